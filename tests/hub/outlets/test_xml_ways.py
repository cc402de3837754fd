"""Rows as XML to a service or in packages: names and codes from the profile, pages, and what XML cannot carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.embedded_sftp import Account, EmbeddedServer
from connectors.keys import make_key_pair
from connectors.soap import Service
from hub.contract.document import Problems
from hub.contract.model import Contract, Outlet
from hub.contract.profiles import PackageProfile, SoapProfile, read_profile
from hub.demo.package_receiver import SimulatedReceiver
from hub.demo.province_service import SimulatedService
from hub.errors import FixConfiguration
from hub.outlets import sharing, soap_service, xml_packages, xml_rows
from hub.outlets.receiver import Parcel
from hub.settings import SftpServer

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
TODAY = date(2026, 11, 23)
DATASET = "market/admin_licence"


def profiled(kind: str, name: str) -> Outlet:
    problems = Problems()
    read = read_profile(SCHEMAS, name, kind, problems)
    assert problems.found == ()
    return Outlet("province", "省平台", kind, "supervision", "上报", {}, read)  # type: ignore[arg-type]


PACKAGES, SERVICE = profiled("xml_packages", "xml_packages"), profiled("soap_service", "xinyong_soap")
assert isinstance(PACKAGES.profile, PackageProfile) and isinstance(SERVICE.profile, SoapProfile)
PROFILE = PACKAGES.profile


@pytest.fixture
def receiver(tmp_path: Path) -> SimulatedReceiver:
    return SimulatedReceiver(PROFILE, tmp_path / "files")


@pytest.fixture
def server(tmp_path: Path, receiver: SimulatedReceiver) -> Iterator[SftpServer]:
    public = make_key_pair(tmp_path / "key")
    with EmbeddedServer(tmp_path / "files", tmp_path / "host", [Account("hub", public, tmp_path / "files")]) as made:
        yield SftpServer(
            host="127.0.0.1", port=made.port, user="hub", key_file=tmp_path / "key", host_key=made.host_key
        )


def row(number: int, **cells: str) -> dict[str, str]:
    return {"RECID": f"{number:032x}", "SJXH": str(number), "CZLX": "1", "XK_NR": "许可"} | cells


def test_12001_rows_make_three_packages_and_the_same_rows_make_no_fourth(
    server: SftpServer, receiver: SimulatedReceiver
) -> None:
    parcel = Parcel(DATASET, {number: row(number) for number in range(1, 12_002)}, {})
    with xml_packages.door(PACKAGES, server, TODAY) as way:
        assert way.put(parcel) == {}
        files = sorted(receiver.packages.iterdir())
        assert [file.name for file in files] == [
            "000001_20261123_05000.xml",
            "000001_20261123_10000.xml",
            "000001_20261123_12001.xml",
        ]
        assert [file.read_bytes().count(b"<DATA>") for file in files] == [5000, 5000, 2001]
        written = [(file.stat().st_mtime_ns, file.read_bytes()) for file in files]
        assert way.put(parcel) == {}
        assert [(file.stat().st_mtime_ns, file.read_bytes()) for file in sorted(receiver.packages.iterdir())] == written
        waiting = {f"{number:032x}": number for number in range(1, 12_002)}
        assert {one.state for one in way.answers(DATASET, waiting)} == {"sent"}
        receiver.answer()
        assert {one.state for one in way.answers(DATASET, waiting)} == {"acknowledged"}


def test_removals_go_before_rows_and_a_late_older_package_brings_nothing_back(
    server: SftpServer, receiver: SimulatedReceiver
) -> None:
    with xml_packages.door(PACKAGES, server, TODAY) as way:
        way.put(Parcel(DATASET, {1: row(1)}, {}))
        way.put(Parcel(DATASET, {3: row(3)}, {2: (f"{1:032x}", "withdrawn")}))
        first, second, third = receiver.waiting()
        assert b"<CZLX>2</CZLX>" in second.read_bytes() and b"XK_NR" not in second.read_bytes()
        receiver.take(second)
        receiver.take(third)
        receiver.take(first)
        assert list(receiver.held[DATASET]) == [f"{3:032x}"]


def test_the_number_of_a_package_is_never_given_twice(server: SftpServer, receiver: SimulatedReceiver) -> None:
    with xml_packages.door(PACKAGES, server, TODAY) as way:
        way.put(Parcel(DATASET, {100_007: row(100_007)}, {}))
        way.put(Parcel(DATASET, {200_007: row(200_007)}, {}))
        receiver.answer()
        for file in receiver.packages.iterdir():
            file.unlink()  # taken away by the receiver when it had answered
        way.put(Parcel(DATASET, {300_007: row(300_007)}, {}))
    assert [file.name for file in receiver.packages.iterdir()] == ["000001_20261123_00009.xml"]
    assert len(list(receiver.receipts.iterdir())) == 2


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_a_character_that_xml_cannot_carry_keeps_its_row_back_and_no_other(
    server: SftpServer, receiver: SimulatedReceiver, character: str
) -> None:
    rows = {1: row(1), 2: row(2, XK_NR=f"许可{character}"), 3: row(3)}
    with xml_packages.door(PACKAGES, server, TODAY) as way:
        assert way.put(Parcel(DATASET, rows, {})) == {2: xml_rows.UNFIT}
    receiver.answer()
    assert len(receiver.held[DATASET]) == 2
    with SimulatedService(SERVICE.profile, "t") as simulated, Service(simulated.wsdl) as service:  # type: ignore[arg-type]
        by_service = soap_service.SoapService(SERVICE, SERVICE.profile, service, "t")  # type: ignore[arg-type]
        assert by_service.put(Parcel(DATASET, rows, {})) == {2: xml_rows.UNFIT}
        assert len(simulated.held[DATASET]) == 2


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_whatever_fits_is_read_as_it_was_written(text: str) -> None:
    cells = row(1, XK_NR=text)
    if xml_rows.fits(cells):
        written = xml_rows.write(PROFILE.envelope, [cells], "000001")
        assert xml_rows.rows_of(xml_rows.read(written), "DATA") == [cells]
    else:
        with pytest.raises(ValueError):
            xml_rows.write(PROFILE.envelope, [cells], "000001")


@pytest.mark.parametrize(
    "content", [b"", b"<DATAS>", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<a>\xff</a>", b"<a><b></a></b>"]
)
def test_what_is_no_whole_xml_is_not_read(content: bytes) -> None:
    with pytest.raises(xml_rows.NotXml):
        xml_rows.read(content)


def test_an_external_entity_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{tmp_path / "secret"}">]><a>&x;</a>'.encode()
    with pytest.raises(xml_rows.NotXml):
        xml_rows.read(outside)


def test_cells_are_written_as_the_profile_says(contracts: Mapping[str, Contract], lived: Any) -> None:
    licences = lived.records[DATASET].head(3).with_columns(pl.int_range(101, 104).alias("outbox_sequence"))
    profile = dataclasses.replace(
        SERVICE.profile,
        datasets={
            DATASET: dataclasses.replace(SERVICE.profile.datasets[DATASET], columns={"xk_nr": "NR"})  # type: ignore[union-attr, type-var]
        },
    )
    way = soap_service.SoapService(SERVICE, profile, None, "")  # type: ignore[arg-type]
    ready = way.prepare(contracts[DATASET], licences, TODAY, sharing.NOTHING_STANDS)
    first = licences.row(0, named=True)
    sent = ready.rows[101]
    assert (sent["RECID"], sent["SJXH"], sent["NR"]) == (first["record_id"], "101", first["xk_nr"])
    assert "XK_NR" not in sent and sent["XK_JDRQ"] == f"{first['xk_jdrq']:%Y/%m/%d}"
    assert all(isinstance(cell, str) for cell in sent.values())
    assert xml_rows.text_of(Decimal("0.200000"), "") == "0.200000" and xml_rows.text_of(None, "") == ""
    assert xml_rows.text_of(Decimal("1E+3"), "") == "1000"


@pytest.mark.parametrize("name", ["RECID", "SJXH", "XK_WSH"])
def test_a_column_never_takes_the_name_of_another(contracts: Mapping[str, Contract], lived: Any, name: str) -> None:
    licences = lived.records[DATASET].head(1).with_columns(pl.lit(1).alias("outbox_sequence"))
    operations = dataclasses.replace(SERVICE.profile.datasets[DATASET], columns={"xk_nr": name})  # type: ignore[union-attr, type-var]
    profile = dataclasses.replace(SERVICE.profile, datasets={DATASET: operations})  # type: ignore[type-var]
    way = soap_service.SoapService(SERVICE, profile, None, "")  # type: ignore[arg-type]
    with pytest.raises(FixConfiguration, match="same name"):
        way.prepare(contracts[DATASET], licences, TODAY, sharing.NOTHING_STANDS)


def test_the_header_holds_what_the_profile_says() -> None:
    root = etree.fromstring(xml_rows.write(PROFILE.envelope, [row(1)], "000001"))
    assert (root.tag, root.findtext("HEAD/BB"), root.findtext("HEAD/BWH")) == ("DATAS", "1.0", "000001")


def test_a_receipt_with_a_result_that_the_profile_lacks_is_for_the_engineer(
    server: SftpServer, receiver: SimulatedReceiver
) -> None:
    with xml_packages.door(PACKAGES, server, TODAY) as way:
        way.put(Parcel(DATASET, {1: row(1)}, {}))
        (file,) = receiver.waiting()
        receipt = receiver.take(file)
        receipt.write_bytes(receipt.read_bytes().replace(b"<JG>00</JG>", b"<JG>55</JG>"))
        with pytest.raises(FixConfiguration, match="receipt"):
            way.answers(DATASET, {f"{1:032x}": 1})
        with pytest.raises(FixConfiguration, match="does not name"):
            way.put(Parcel("bank/credit_line", {}, {}))
