"""One kit for the whole session, made of the real contracts and the small one, and a bare Python to run it with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.kit.making import make
from hub.line import Hub
from hub.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
_UNSHARE = ("unshare", "--net")
NO_NETWORK = _UNSHARE if subprocess.run([*_UNSHARE, "true"], capture_output=True).returncode == 0 else ()


@dataclass(frozen=True)
class Kit:
    """The file, the contracts that it was made from, and where it unpacks itself."""

    file: Path
    settings: Settings
    cache: Path

    def command(self, *words: object) -> list[str]:
        """How a bare Python starts it: without any variable, package or network."""
        bare = Path(sys.base_prefix) / "bin" / "python3"
        told = f"XDG_CACHE_HOME={self.cache}"
        return [*NO_NETWORK, "env", "-i", told, str(bare), "-S", "-I", str(self.file), *map(str, words)]

    def run(self, *words: object, input: str = "") -> subprocess.CompletedProcess[bytes]:
        """Run it to its end."""
        return subprocess.run(self.command(*words), capture_output=True, input=input.encode(), timeout=250)

    @property
    def unpacked(self) -> Sequence[Path]:
        """The folders in the cache."""
        return sorted((self.cache / "credit-hub-kit").iterdir())


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Contracts of the county and, beside them, the small dataset that most files of the corpus are for."""
    folder = tmp_path_factory.mktemp("ground")
    small = ROOT / "tests" / "hub" / "small" / "schemas" / "market" / "shop.odcs.yaml"
    for name in ("schemas", "expectations"):
        shutil.copytree(ROOT / name, folder / name)
    text = small.read_text(encoding="utf-8").replace("test/shop", "national_2024/administration")
    (folder / "schemas" / "market" / "shop.odcs.yaml").write_text(text, encoding="utf-8")
    outlets = folder / "schemas" / "outlets.yaml"
    known = outlets.read_text(encoding="utf-8")
    outlets.write_text(known.replace("tables:\n", "tables:\n        market/shop: L_SHOP\n", 1), encoding="utf-8")
    return Settings(home=folder / "home", schemas=folder / "schemas", expectations=folder / "expectations")


@pytest.fixture(scope="session")
def kit(ground: Settings, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """The kit of the market department; little compressed, for that is quicker."""
    content, _ = make(Hub(ground), "market", level=1)
    folder = tmp_path_factory.mktemp("kit")
    (folder / "试报工具.pyz").write_bytes(content)
    return Kit(folder / "试报工具.pyz", ground, folder / "cache")
