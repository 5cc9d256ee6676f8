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


def _saved(tmp_path: Path, text: str, encoding: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("text", ["日時,担当\n2025-06-02,サトウ\n", "日付,担当者\n2025-06-02,佐藤\n"])
def test_euc_jp_is_told_from_code_page_932(tmp_path: Path, text: str) -> None:
    for encoding in ("euc_jp", "cp932"):
        found = [record for _, record in read_records(_saved(tmp_path, text, encoding))]
        assert found == [line.split(",") for line in text.splitlines()]


def test_half_width_kana_of_code_page_932(tmp_path: Path) -> None:
    assert read_records(_saved(tmp_path, "ﾒｲ,ﾋﾂﾞｹ\nｻﾄｳ,1\n", "cp932"))[1] == (2, ["ｻﾄｳ", "1"])


def test_chinese_is_not_taken_for_japanese(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="文字コードを判別できません"):
        read_records(_saved(tmp_path, "日期,负责人,金额\n2025-06-02,王小明,说这个数字\n", "gb18030"))


def test_a_mark_of_inches_in_a_heading(tmp_path: Path) -> None:
    path = _saved(tmp_path, 'Size 5",Name\n' + '5"",a\n' * 1000, "utf-8")
    assert read_text(path, tmp_path / "copy").headings == ('Size 5"', "Name")


def test_a_heading_whose_quotation_mark_is_never_closed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="1行目"):
        read_text(_saved(tmp_path, '"Size,Name\n' + "5,a\n" * 100_000, "utf-8"), tmp_path / "copy")
