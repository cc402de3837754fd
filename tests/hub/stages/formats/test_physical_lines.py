"""Counting and cutting physical lines, by themselves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stages.formats.encoding import physical_lines
from hub.stages.formats.lines import blocks, count

TEXT = st.text(alphabet='a甲",\n\r\u2028\x85', max_size=60)


def _naive(text: bytes) -> int:
    """One character at a time."""
    total, open_line, previous = 0, False, 0
    for byte in text:
        if byte == 10 and previous == 13:
            pass
        elif byte in (10, 13):
            total, open_line = total + 1, False
        else:
            open_line = True
        previous = byte
    return total + open_line


@given(TEXT)
def test_every_kind_of_line_break_is_counted_once(text):
    assert count(text.encode()) == _naive(text.encode())


@given(TEXT, st.integers(1, 9))
def test_blocks_hold_all_bytes_in_order_and_whole_lines_only(text, size):
    data = text.encode()
    parts = list(blocks(data[at : at + size] for at in range(0, len(data), size)))
    assert b"".join(part.data for part in parts) == data
    assert sum(part.lines for part in parts) == _naive(data)
    assert [part.first for part in parts] == [1 + sum(before.lines for before in parts[:n]) for n in range(len(parts))]
    assert all(not (left.data.endswith(b"\r") and right.data.startswith(b"\n")) for left, right in pairwise(parts))


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
def test_lines_of_a_file_are_counted_across_chunks(tmp_path: Path, monkeypatch, size):
    monkeypatch.setattr("hub.stages.formats.encoding.CHUNK", size)
    for data in (b"", b"a", b"a\n", b"a\r\nb", b"\r\n\r\n", b"a\rb\r", b"\xef\xbb\xbf", b"\xef\xbb\xbfa\r\n\nb"):
        file = tmp_path / "file"
        file.write_bytes(data)
        assert physical_lines(file) == _naive(data.removeprefix(b"\xef\xbb\xbf"))
