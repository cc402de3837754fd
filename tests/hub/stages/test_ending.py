"""A file that is still growing is told by its end, whatever its format."""

from __future__ import annotations

import io
import zipfile

import pytest

from hub.stages.ending import ends_well

FIELDS = [("XK_XDR_MC", "C", 20), ("BZ", "C", 10)]


def zipped() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.csv", b"a,b\n")
    return memory.getvalue()


@pytest.fixture
def ends(tmp_path):
    def ending(content: bytes) -> bool:
        file = tmp_path / "file"
        file.write_bytes(content)
        return ends_well(file)

    return ending


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"a,b\r1,2\r",
        b"[a],[b]\n1,2\n",
        b"<a>,b\n1,2\n",
        b'[{"a": 1}]',
        b'\xef\xbb\xbf\n [\n{"a": 1}\n]\n\n',
        b"[]",
        b'{"rows": [{"a": 1}]}',
        b'{"a": 1}\n{"a": 2}\n',
        b'<?xml version="1.0"?>\n<!-- x -->\n<R>\n<ROW/>\n</R>\n',
        b"<R><ROW/></R >\n<!-- end -->\n",
        b"<n:R a='1'/>",
        "<数据><行/></数据>".encode("gb18030"),
        zipped(),
    ],
    ids=range(14),
)
def test_a_whole_file_ends_well(ends, content):
    assert ends(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2",
        b'[\n{"a": 1},\n',
        b'{"rows": [\n{"a": 1}\n]\n',
        b'{"a": 1}\n{"a":\n',
        b'<?xml version="1.0"?>\n',
        b"<R>\n<ROW>\n</ROW>\n",
        b"<R>\n<R>\n</R",
        zipped()[:-5],
    ],
    ids=range(9),
)
def test_a_file_that_stops_within_its_structure_does_not(ends, content):
    assert not ends(content)


def test_a_dbf_is_whole_when_its_size_is_what_it_says(ends, make_dbf):
    content = make_dbf(FIELDS, [["x", "y"], ["\n", "\n"]])
    assert ends(content) and ends(content[:-1])
    assert not any(ends(content[:cut]) for cut in range(32, len(content) - 1))
