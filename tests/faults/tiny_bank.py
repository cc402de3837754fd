"""A bank of the tiny county: what the hub does with the files for it, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from tiny_county import NOW

from hub.contract.model import Outlet
from hub.contract.profiles import PackageProfile
from hub.outlets import bank_files, csv_rows
from hub.outlets.receiver import Parcel
from hub.settings import SftpServer


def to_a_bank(profiled: tuple[Outlet, PackageProfile], folder: Path, server: SftpServer, parcel: Parcel) -> None:
    """Files for a bank, beside one that a broken run left without its marker; it has answered one of them."""
    outlet, profile = profiled
    day: date = NOW.date()
    with bank_files.door(outlet, server, day) as files:
        (folder / profile.packages / f"XYXZXK_{day:%Y%m%d}_99999.csv").write_bytes(b"half")
        assert files.put(replace(parcel, header=("XK_NR",))) == {}
        answered = csv_rows.write(("RECID", "SJXH", "JG", "SM"), [{"RECID": "1" * 32, "SJXH": "7", "JG": "00"}])
        receipt = folder / profile.receipts / f"XYXZXK_{day:%Y%m%d}_00007.receipt.csv"
        receipt.write_bytes(answered)
        receipt.with_suffix(".flg").touch()
        assert [one.state for one in files.answers(parcel.table, {"1" * 32: 7})] == ["acknowledged"]
