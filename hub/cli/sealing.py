"""Commands for sealed files: seal; keys new, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import at_rest
from hub.cli.output import AsJson, print_facts, print_json, print_table

keys_app = typer.Typer(
    help="Keys 密钥: list, new for sealed files; at-rest, rotate, seal, destroy for the ledger.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command()(seal)
    keys_app.command("list")(list_keys)
    keys_app.command("new")(new)
    at_rest.register(keys_app)
    app.add_typer(keys_app, name="keys")


def seal(
    file: Annotated[Path, typer.Argument(help="The file to encrypt, to sign, or both.")],
    recipient: Annotated[str, typer.Option("--for", help="The hub's age key, age1…, or a file that holds it.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="An agreed SM4 key, <id>.key.")] = None,
    signing: Annotated[Path | None, typer.Option("--sign", help="Private key in PEM, Ed25519 or SM2.")] = None,
    as_json: AsJson = False,
) -> None:
    """Encrypt and sign a file for the hub.

    Writes FILE.age or FILE.sm4 beside it, and the signature over that as .sig. Needs no hub.

    Example: hub seal 信易贷授信.csv --for age1… --sign bank.ed25519.key
    """
    from hub.errors import NotFound, WrongUsage
    from hub.line import sealing_files
    from hub.line.hub import is_there
    from hub.settings import settings

    if not is_there(file):
        raise NotFound("there is no such file")
    if bool(recipient) and key is not None:
        raise WrongUsage("a file is encrypted once: --for or --key")
    if not recipient and key is None and signing is None:
        raise WrongUsage("say how: --for, --key, --sign")
    written = file
    if recipient:
        given = Path(recipient)
        public = given.read_text(encoding="ascii") if is_there(given) else recipient
        written = sealing_files.seal_for(file, public)
    elif key is not None:
        written = sealing_files.seal_with(file, key)
    facts = {"file": str(written)}
    if signing is not None:
        if not is_there(signing):
            raise NotFound("there is no such key file")
        facts["signature"] = str(sealing_files.sign(written, signing, settings().keys.openssl))
    (print_json if as_json else print_facts)(facts)


def new(
    kind: Annotated[str, typer.Argument(help="age or sm4 for the hub; ed25519 or sm2 for a sender.")],
    name: Annotated[str, typer.Option("--name", help="Its name; of an SM4 key, the id.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where a sender's keys go.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Make a key; earlier ones stay valid.

    The hub's own go into its folder of keys. Prints what senders are given, never the key itself.

    Example: hub keys new age --name 2026-11
    """
    from hub.line import open_hub, sealing_files
    from hub.line.opening import keys_of

    facts = sealing_files.new_key(keys_of(open_hub()), kind, name, folder)
    (print_json if as_json else print_facts)(facts)


def list_keys(as_json: AsJson = False) -> None:
    """Names and ages of the keys, the newest of each kind first.

    The first age key is the one to publish.

    Example: hub keys list
    """
    from hub.line import open_hub
    from hub.line.opening import keys_of
    from hub.stages.key_files import told

    found = [
        {"kind": one.kind, "name": one.name, "created": one.created, "public_key": one.public}
        for one in told(keys_of(open_hub()))
    ]
    if as_json:
        print_json(found)
    else:
        print_table(found, [(name, name) for name in ("kind", "name", "created", "public_key")])
