"""A small contract made by hand, and short ways to read a file with it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from hub.contract.model import Column, Contract, Intake, Storage, Subject
from hub.stages.read import Read, run


def a_column(
    name: str,
    label: str,
    kernel: str = "text",
    *synonyms: str,
    required: bool = False,
    storage: Storage = "text",
) -> Column:
    """A column with nothing but its names, kernel and need."""
    return Column(
        name=name,
        label=label,
        physical_name=name.upper(),
        synonyms=synonyms,
        kernel=kernel,
        storage=storage,
        options={},
        codes=(),
        required=required,
        primary_key=False,
        max_length=None,
        pattern=None,
        classification="public",
        disclosure={},
    )


def a_contract(*columns: Column, intakes: tuple[Intake, ...] = ()) -> Contract:
    """A contract over ``columns``; without any, a licence of five columns of which two are required."""
    return Contract(
        dataset="market/small_licence",
        code="XZXK",
        version="1.0.0",
        title="行政许可",
        description="",
        owner="market",
        contact="",
        columns=columns
        or (
            a_column("xk_xdr_mc", "行政相对人名称", "text", "企业名称", required=True),
            a_column("xk_xdr_shxym", "统一社会信用代码", "uscc", required=True),
            a_column("xk_jdrq", "许可决定日期", "date", storage="date"),
            a_column("xk_je", "金额", "money", storage="decimal"),
            a_column("bz", "备注"),
        ),
        intakes=intakes,
        subject=Subject(None, (), (), (), "organisation", None, None, None),
        order_by=None,
        refuse_above=0.5,
        lawful=(),
        aggregates=(),
        working_days=None,
        frequency="",
        quality=(),
        file="market/small_licence.odcs.yaml",
        fingerprint="0" * 64,
    )


@pytest.fixture
def contract() -> Contract:
    return a_contract()


@pytest.fixture
def contract_with() -> Callable[..., Contract]:
    """The same contract with one declared way in."""
    return lambda intake: a_contract(intakes=(intake,))


MakeDbf = Callable[..., bytes]


@pytest.fixture
def make_dbf() -> MakeDbf:
    """``make_dbf(fields, rows, ...)``: a DBF file; a field is (name, type, length), a cell str or raw bytes."""

    def making(
        fields: Sequence[tuple[str, str, int]],
        rows: Sequence[Sequence[str | bytes]],
        *,
        deleted: Sequence[int] = (),
        version: int = 0x03,
        language: int = 0x4D,
        encoding: str = "gbk",
        flags: Sequence[int] = (),
    ) -> bytes:
        header = b"".join(
            struct.pack("<11scIBBB13x", name.encode(encoding)[:10], kind.encode(), 0, length % 256, length >> 8, flag)
            for (name, kind, length), flag in zip(fields, [*flags, *[0] * len(fields)], strict=False)
        )
        length = 32 + len(header) + 1
        size = 1 + sum(length for _, _, length in fields)
        head = struct.pack("<4BIHH17xB2x", version, 126, 11, 23, len(rows), length, size, language)
        records = []
        for number, row in enumerate(rows, 1):
            cells = (cell if isinstance(cell, bytes) else cell.encode(encoding) for cell in row)
            parts = [cell.ljust(width) for cell, (_, _, width) in zip(cells, fields, strict=True)]
            records.append((b"*" if number in deleted else b" ") + b"".join(parts))
        return head + header + b"\r" + b"".join(records) + b"\x1a"

    return making


Reading = Callable[..., tuple[Read, pl.DataFrame | None]]


@pytest.fixture
def read(tmp_path: Path, contract: Contract) -> Reading:
    """``read(bytes or path, contract=..., **options)`` -> the outcome, and the artefact unless refused."""

    def reading(
        content: bytes | Path, /, under: Contract | None = None, **options: object
    ) -> tuple[Read, pl.DataFrame | None]:
        source = tmp_path / "landed"
        if isinstance(content, bytes):
            source.write_bytes(content)
        else:
            source = content
        target = tmp_path / "read.parquet"
        target.unlink(missing_ok=True)
        outcome = run(source, under or contract, target, **options)  # type: ignore[arg-type]
        assert target.exists() != outcome.refused, "an artefact stands exactly when the file was not refused"
        assert not list(tmp_path.glob(".*.part")), "no temporary file is left"
        return outcome, None if outcome.refused else pl.read_parquet(target)

    return reading
