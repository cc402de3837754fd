"""Reading CSV files as departments write them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.contract.model import Intake

HEADER = "行政相对人名称,统一社会信用代码,许可决定日期,金额,备注"
ROW = "盱眙甲有限公司,91320830000000019L,2026-01-05,12.50,"


def lines(*rows: str, end: str = "\n", last: bool = True) -> str:
    return end.join([HEADER, *rows]) + (end if last else "")


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("last", [True, False], ids=["with-final-break", "without"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_last_row_is_never_lost(read, end, last, encoding):
    text = lines(ROW, "乙,N23208300000000194,,,完", end=end, last=last)
    outcome, table = read(text.encode(encoding))
    assert outcome.rows == table.height == 2
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", "乙"]
    assert table["bz"].to_list() == [None, "完"]
    assert table["row"].to_list() == [2, 3]
    assert outcome.encoding == ("gb18030" if encoding == "gb18030" else "utf-8")
    assert outcome.findings == ()


def test_line_ends_of_all_kinds_may_stand_in_one_file(read):
    content = (f"{HEADER}\r\n{ROW}\n{ROW}\r{ROW}\r\n\r\r\n\n{ROW}").encode()
    outcome, table = read(content)
    assert outcome.rows == 7
    assert table.filter(table["xk_xdr_mc"].is_not_null())["row"].to_list() == [2, 3, 4, 8]


def test_the_artefact_has_the_columns_and_types_that_the_next_stage_expects(read, contract, tmp_path):
    read(lines(ROW).encode())
    names = [column.name for column in contract.columns]
    schema = pq.read_schema(tmp_path / "read.parquet")
    assert schema.names == ["record", "row", *names, "row__mark", "row__text", "row__types"]
    assert [str(schema.field(name).type) for name in ("record", "row", "bz", "row__mark")] == [
        "int64",
        "int64",
        "string",
        "string",
    ]


def test_row_groups_have_the_size_of_a_chunk_and_keep_the_order(read, tmp_path):
    _, table = read(lines(*[f"{n},代码,,," for n in range(25)]).encode(), chunk_rows=10)
    metadata = pq.read_metadata(tmp_path / "read.parquet")
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [10, 10, 5]
    assert table["record"].to_list() == list(range(1, 26))
    assert table["xk_xdr_mc"].to_list() == [str(n) for n in range(25)]


def test_rows_too_large_for_a_chunk_make_smaller_row_groups(read, tmp_path, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.artefact._MOST_WAITING", 1 << 20)
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 1 << 18)
    _, table = read(lines(*[f"{n},代码,,,{'x' * 50_000}" for n in range(100)]).encode())
    metadata = pq.read_metadata(tmp_path / "read.parquet")
    assert metadata.num_row_groups > 2
    assert max(metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)) < 40
    assert table["xk_xdr_mc"].to_list() == [str(n) for n in range(100)]


def test_blank_lines_are_records_of_empty_cells_and_keep_their_row(read):
    _, table = read(lines(ROW, "", ROW, "   ", ",,,,").encode())
    assert table["row"].to_list() == [2, 3, 4, 5, 6]
    assert table["xk_xdr_mc"].is_null().to_list() == [False, True, False, True, True]
    assert table["row__mark"].null_count() == 5


def test_a_row_with_another_number_of_cells_is_marked_and_moves_no_other_row(read):
    _, table = read(lines(ROW, "甲,乙", ROW, "a,b,c,d,e,f", ROW, last=False).encode())
    assert table["row"].to_list() == [2, 3, 4, 5, 6]
    assert table["row__mark"].to_list() == [None, "ROW-RAGGED", None, "ROW-RAGGED", None]
    assert table["row__text"].to_list() == [None, "甲,乙", None, "a,b,c,d,e,f", None]
    assert table["xk_xdr_mc"].to_list() == ["盱眙甲有限公司", None] * 2 + ["盱眙甲有限公司"]


def test_quoted_cells_keep_their_delimiters_and_quotes(read):
    _, table = read(lines('"甲,乙","a""b",,,5"管').encode())
    assert table.row(0)[2:7] == ("甲,乙", 'a"b', None, None, '5"管')


def test_a_quote_that_pairs_by_luck_within_its_line_marks_the_row(read):
    # Without the stray quote: 甲 | 乙,丙 | d | e | f. With it the parser finds five cells too, but other ones.
    _, table = read(lines(ROW, '"甲,"乙,丙",d,e,f', ROW).encode())
    assert table["row__mark"].to_list() == [None, "ROW-RAGGED", None]
    assert table["row__text"][1] == '"甲,"乙,丙",d,e,f'


def test_nul_and_control_characters_pass_through_for_the_kernels(read):
    _, table = read(lines("甲\x00乙\x07\u202e,代码,,,\x1a").encode())
    assert table["xk_xdr_mc"][0] == "甲\x00乙\x07\u202e"
    assert table["bz"][0] == "\x1a"


def test_a_byte_order_mark_that_begins_a_cell_stays_in_the_cell(read):
    _, table = read(lines("\ufeff甲,代码,,,").encode())
    assert table["xk_xdr_mc"][0] == "\ufeff甲"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_gives_most_known_headers(read, delimiter):
    outcome, table = read(lines(ROW).replace(",", delimiter).encode("gb18030"))
    assert outcome.delimiter == delimiter
    assert table["xk_jdrq"][0] == "2026-01-05"


def test_a_declared_delimiter_wins(read, contract_with):
    under = contract_with(Intake("market", ("*",), delimiter="|"))
    outcome, _ = read(lines(ROW).encode(), under)
    assert codes(outcome) == ["HDR-MISSING"]


def test_characters_whose_second_byte_is_a_delimiter_or_backslash_stay_whole(read):
    name = "亅誠衆"  # GB18030: 81 7C, D5 5C, D0 5C
    assert b"|" in name.encode("gb18030") and b"\\" in name.encode("gb18030")
    _, table = read(lines(f"{name},代码,,,").replace(",", "|").encode("gb18030"))
    assert table["xk_xdr_mc"][0] == name


def test_four_byte_characters_of_gb18030_are_read(read):
    _, table = read(lines("𠀀㐂,代码,,,").encode("gb18030"))
    assert table["xk_xdr_mc"][0] == "𠀀㐂"


def test_the_bytes_of_the_replacement_character_are_kept_for_the_kernel(read):
    content = lines("甲@,代码,,,").encode("gb18030").replace(b"@", bytes.fromhex("8431A437"))
    outcome, table = read(content)
    assert outcome.encoding == "gb18030"
    assert table["xk_xdr_mc"][0] == "甲\ufffd"


def test_an_empty_quoted_cell_is_empty(read):
    _, table = read(lines('"甲","代码","","",""').encode())
    assert table["xk_jdrq"][0] is None and table["bz"][0] is None


def test_rows_stay_right_across_many_blocks(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 97)
    rows = [f"公司{n},代码{n},,,{'甲' * (n % 7)}" if n % 11 else f"坏{n}" for n in range(500)]
    for end in ("\n", "\r\n", "\r"):
        for encoding in ("utf-8", "gb18030"):
            outcome, table = read(lines(*rows, end=end, last=False).encode(encoding))
            assert outcome.rows == 500
            ragged = [n for n in range(500) if n % 11 == 0]
            assert table.filter(table["row__mark"].is_not_null())["row"].to_list() == [n + 2 for n in ragged]
            names = [None if n in ragged else f"公司{n}" for n in range(500)]
            assert table["xk_xdr_mc"].to_list() == names


def test_reading_twice_gives_the_same_artefact(read, tmp_path):
    content = lines(ROW, "坏", ROW).encode()
    read(content)
    once = (tmp_path / "read.parquet").read_bytes()
    read(content)
    assert (tmp_path / "read.parquet").read_bytes() == once


def test_a_file_is_never_in_memory_as_a_whole(read, monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 1 << 16)
    content = lines(*[ROW] * 160_000).encode()
    usual = pa.default_memory_pool()
    watched = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(watched)
    try:
        assert read(content, chunk_rows=5_000)[0].rows == 160_000
    finally:
        pa.set_memory_pool(usual)
    # How many chunks wait for the writer depends on the machine's mood; a quarter of the file is far above any of them.
    assert watched.max_memory() < len(content) / 4


@pytest.fixture
def blocks_of_1_kb(monkeypatch):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", 1 << 10)


def test_cells_that_repeat_are_read_as_those_that_do_not(read, tmp_path, blocks_of_1_kb):
    kinds = ("甲", "", '""', '"乙,丙"', "  ", " 丁")
    rows = [f"名{n},{kinds[n // 40 % 6]},{'2026-01-05' if n < 150 else n},{kinds[n % 6]},同" for n in range(300)]
    rows[77], rows[170], rows[171] = "少,了", '甲,"乙"丙,,,', ",,,,"
    outcome, table = read(lines(*rows).encode(), chunk_rows=100)
    assert outcome.rows == 300
    assert table["row__mark"].is_not_null().arg_true().to_list() == [77, 170]
    meant = {"甲": "甲", "": None, '""': None, '"乙,丙"': "乙,丙", "  ": "  ", " 丁": " 丁"}
    for n, row in enumerate(table.iter_rows(named=True)):
        if n in (77, 170, 171):
            assert [row[name] for name in ("xk_xdr_mc", "xk_xdr_shxym", "xk_jdrq", "xk_je", "bz")] == [None] * 5
            continue
        assert row["xk_xdr_mc"] == f"名{n}"
        assert row["xk_xdr_shxym"] == meant[kinds[n // 40 % 6]]
        assert row["xk_jdrq"] == ("2026-01-05" if n < 150 else str(n))
        assert (row["xk_je"], row["bz"]) == (meant[kinds[n % 6]], "同")
    group = pq.read_metadata(tmp_path / "read.parquet").row_group(1)
    stored = {
        chunk.path_in_schema for chunk in map(group.column, range(group.num_columns)) if chunk.has_dictionary_page
    }
    assert "bz" in stored and "xk_xdr_mc" not in stored


@pytest.mark.parametrize("before", [0, 470, 471, 472, 473, 474, 475, 1_500])
@pytest.mark.parametrize("beyond", ["\u0080", "\ue81e", "\U00020000"])
def test_characters_beyond_gbk_are_read_wherever_a_block_ends(read, blocks_of_1_kb, before, beyond):
    text = "字" * before + beyond + "a" + "字" * 2_000 + beyond
    outcome, table = read(f"{HEADER}\n甲,代码,,,{text}\n".encode("gb18030"))
    assert (outcome.encoding, outcome.findings) == ("gb18030", ())
    assert table["bz"].to_list() == [text]


def test_the_first_bad_byte_of_a_gb18030_file_is_named_behind_a_character_beyond_gbk(read, blocks_of_1_kb):
    good = f"{HEADER}\n".encode("gb18030") + b"\x81\x30\x81\x30,\xb0\xa1,,,\n" * 200
    outcome, _ = read(good + b"\xb0\xa1\xff,,,,\n")
    assert codes(outcome) == ["FIL-ENCODING"]
    assert f"第{len(good) + 2}字节" in outcome.findings[0].detail
