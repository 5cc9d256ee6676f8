"""Files of text as people have them: any encoding, any delimiter, and the line of every record."""

from pathlib import Path

import pytest

from kpixl.errors import UnreadableData
from kpixl.files.text import lines_at, read_records, read_text

_ROWS = [["氏名", "メモ"], ["髙橋 ①", "a;b"], ["伊藤", "二\n行"], ["鈴木", ""]]
_TEXT = '氏名,メモ\n髙橋 ①,a;b\n\n伊藤,"二\n行"\n鈴木,\n'


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
def test_records_with_the_line_on_which_they_begin(tmp_path: Path, encoding: str, ends: str) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(_TEXT.replace("\n", ends).encode(encoding))
    found = read_records(path)
    assert [line for line, _ in found] == [1, 2, 4, 6]
    assert [[cell.replace(ends, "\n") for cell in record] for _, record in found] == _ROWS


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_the_one_between_the_headings(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'"a,;\t;,"{delimiter}b\n1{delimiter}2\n')
    assert read_text(path, tmp_path / "copy").delimiter == delimiter
    assert read_records(path)[1] == (2, ["1", "2"])


def test_plain_utf8_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("名前\n佐藤\n".encode())
    assert read_text(path, tmp_path / "copy").utf8 == path
    assert not (tmp_path / "copy").exists()


def test_bytes_that_spell_nothing_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name\nSato\n\x81\n")
    with pytest.raises(UnreadableData, match=r"a\.csv.*3"):
        read_records(path)
    assert list(lines_at(path, [0, 6, 10])) == [1, 2, 3]


def test_what_is_empty_or_has_a_cell_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    with pytest.raises(UnreadableData):
        read_records(path)
    path.write_text('name,note\nSato,"' + "x" * 200_000)
    with pytest.raises(UnreadableData, match="2"):
        read_records(path)
