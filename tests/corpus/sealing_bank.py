"""A department that seals and signs what it sends, with keys that the hub of a test line knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.line import sealing_files
from hub.line.opening import keys_of

AGREED = """    customProperties:
      - {{property: files, value: [店铺*, shop*]}}
      - {{property: encryption, value: {encryption}}}
      - {{property: signature, value: {signature}}}
"""


class Bank:
    """A line whose department seals and signs; ``kind`` and ``signing`` as the contract says."""

    def __init__(self, line: Any, folder: Path, kind: str, signing: str) -> None:
        self.line, self.folder, self.kind, self.signing = line, folder, kind, signing
        self.keys = keys_of(line.hub)
        folder.mkdir()
        if kind != "none":
            self.public = sealing_files.new_key(self.keys, kind, "k-1", folder)
        if signing != "none":
            self.signer = self.register("one")

    def register(self, name: str) -> Path:
        """A new pair of keys, the public one being known to the hub."""
        made = sealing_files.new_key(self.keys, self.signing, name, self.folder)
        place = self.keys.folder / "senders" / "market"
        place.mkdir(parents=True, exist_ok=True)
        Path(made["public_key"]).rename(place / Path(made["public_key"]).name)
        return Path(made["key"])

    def sealed(self, content: bytes, name: str = "店铺.csv") -> Path:
        file = self.folder / name
        file.write_bytes(content)
        if self.kind == "age":
            return sealing_files.seal_for(file, self.public["public_key"])
        return sealing_files.seal_with(file, Path(self.public["key"])) if self.kind == "sm4" else file

    def send(self, file: Path, signature: bytes | None = None) -> None:
        """Drop a file and its signature, made by the registered key unless given; ``b""`` sends none."""
        if signature is None and self.signing != "none":
            signature = sealing_files.sign(file, self.signer, "openssl").read_bytes()
        self.line.drop(file.read_bytes(), file.name)
        if signature:
            (self.line.root / "market" / "inbox" / f"{file.name}.sig").write_bytes(signature)
        self.line.run()
        self.line.clock.sleep(120)  # nothing at the end of a sealed file says that it is whole
        self.line.run()

    def verdicts(self) -> list[tuple[str, list[str]]]:
        told = [one for one in self.line.receipts() if one["stage"] == "validation"]
        return [(one["verdict"]["code"], [found["rule"] for found in one["findings"]]) for one in told]
