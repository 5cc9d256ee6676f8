"""Cached values as Excel and other programs store them, and odd but sound packages: never stale, never rewritten."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kpixl.errors import WorkbookRefused
from kpixl.xlsx import Cached, Package

Edit = Callable[..., None]


@pytest.fixture
def answers(make: Callable[..., Path]) -> Path:
    """A1 is 1; B1 answers "" as long as A1 is at most 5, C1 depends on B1."""

    def fill(book: Any) -> None:
        page = book.add_worksheet("A")
        page.write("A1", 1)
        page.write_formula("B1", '=IF(A1>5,"big","")', None, "")
        page.write_formula("C1", '=IF(B1="","none","some")', None, "none")

    return make(fill)


def _b1(form: bytes, kind: bytes = b"str") -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        xml = xml.replace(b'<c r="B1">', b'<c r="B1" t="' + kind + b'">')
        return xml.replace(b'"")</f><v></v>', b'"")</f>' + form).replace(b'"")</f><v/>', b'"")</f>' + form)

    return change


@pytest.mark.parametrize("form", [b"<v/>", b"<v></v>", b'<v xml:space="preserve"/>'])
def test_an_empty_answer_is_a_value(answers: Path, edit_part: Edit, cells: Callable[..., Any], form: bytes) -> None:
    """Given again it is left as it is; it goes when what it depends on changes."""
    edit_part(answers, "xl/worksheets/sheet1.xml", _b1(form))
    before = answers.read_bytes()
    for value in ("", None):
        with Package.open(answers) as book:
            book.set_cells("A", {"B1": Cached(value)})
            assert book.save().changed == ()
    assert answers.read_bytes() == before
    with Package.open(answers) as book:
        book.set_cells("A", {"A1": 9})
        assert book.save().to_calculate == 2
    assert (cells(answers, "A").value("B1"), cells(answers, "A").attribute("B1", "t")) == (None, None)


def test_an_answer_stored_as_an_inline_string_does_not_stay_stale(
    answers: Path, edit_part: Edit, cells: Callable[..., Any]
) -> None:
    edit_part(answers, "xl/worksheets/sheet1.xml", _b1(b"<is><t>small</t></is>", b"inlineStr"))
    with Package.open(answers) as book:
        book.set_cells("A", {"A1": 9})
        assert book.save().to_calculate == 2
    assert cells(answers, "A").value("B1") is None
    assert cells(answers, "A").formula("B1") == 'IF(A1>5,"big","")'


def test_a_name_that_means_the_own_row_of_a_table_does_not_stay_stale(
    sales: Path, edit_part: Edit, cells: Callable[..., Any]
) -> None:
    """Each row's formula reads its own Amount, through a name."""
    name = b'<definedName name="Own">Sales[[#This Row],[Amount]]</definedName></definedNames>'
    edit_part(sales, "xl/workbook.xml", lambda xml: xml.replace(b"</definedNames>", name))
    edit_part(sales, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"A20*2", b"Own"))
    with Package.open(sales) as book:
        book.set_cells("Data", {"C5": 77})
        book.save()
    assert cells(sales, "Report").value("B20") is None


def test_a_formula_that_waits_for_a_hand_calculation_is_not_available(
    answers: Path, edit_part: Edit, cells: Callable[..., Any]
) -> None:
    """Excel would show 0 for a formula without a value until its user asks for the calculation."""
    edit_part(answers, "xl/workbook.xml", lambda xml: xml.replace(b"<calcPr ", b'<calcPr calcMode="manual" '))
    with Package.open(answers) as book:
        book.set_cells("A", {"A1": 9})
        book.save()
    seen = cells(answers, "A")
    assert [(seen.attribute(place, "t"), seen.value(place)) for place in ("B1", "C1")] == [("e", "#N/A")] * 2
    assert [seen.formula(place) for place in ("B1", "C1")] == ['IF(A1>5,"big","")', 'IF(B1="","none","some")']


def test_part_names_with_backslashes_are_read_as_with_slashes(sales: Path, cells: Callable[..., Any]) -> None:
    with zipfile.ZipFile(sales) as archive:
        contents = {item: archive.read(item) for item in archive.namelist()}
    with zipfile.ZipFile(sales, "w") as archive:
        for item, content in contents.items():
            archive.writestr(item.replace("/", "\\"), content)
    with Package.open(sales) as book:
        assert list(book.tables) == ["Sales"]
        book.replace_table("Sales", ["Amount"], [[row] for row in range(1, 13)])
        book.add_sheet("new", [[1]])
        book.save()
    assert cells(sales, "Report").formula("B2") == "SUM(Data!C2:C13)"
    with Package.open(sales) as book:
        assert (book.tables["Sales"].ref, book.sheets[-1]) == ("A1:F13", "new")


def test_a_new_sheet_does_not_take_the_name_of_a_missing_part(sales: Path) -> None:
    """The workbook still says that its third sheet is there; it must not come to show the new one."""
    with zipfile.ZipFile(sales) as archive:
        contents = {item: archive.read(item) for item in archive.namelist()}
    del contents["xl/worksheets/sheet3.xml"], contents["xl/worksheets/_rels/sheet3.xml.rels"]
    with zipfile.ZipFile(sales, "w") as archive:
        for item, content in contents.items():
            archive.writestr(item, content)
    with Package.open(sales) as book:
        book.add_sheet("new", [[1]])
        assert book.save().added == ("xl/worksheets/sheet4.xml",)


def test_merged_columns_and_rows_are_no_damage(sales: Path, edit_part: Edit) -> None:
    merged = b'<mergeCells count="2"><mergeCell ref="J:K"/><mergeCell ref="40:41"/></mergeCells>'
    edit_part(sales, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + merged))
    with Package.open(sales) as book:
        book.set_cells("Data", {"L1": 1, "J1": 2})
        for place in ("K7", "C41"):
            with pytest.raises(WorkbookRefused, match="結合"):
                book.set_cells("Data", {place: 1})
        book.save()


def test_managed_rights_are_distinguished_from_a_password(tmp_path: Path) -> None:
    """Both are OLE files with an EncryptedPackage; only one names the space of rights management."""
    for word, told in (
        ("DRMEncryptedDataSpace", "権限管理"),
        ("StrongEncryptionDataSpace", "パスワード"),
        ("", ".xls"),
    ):
        stream = f"EncryptedPackage\0{word}" if word else "Workbook"
        for gap in (512, (1 << 20) - 20):  # also across two pieces of reading
            path = tmp_path / "sealed.xlsx"
            path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(gap) + stream.encode("utf-16-le") + bytes(512))
            with pytest.raises(WorkbookRefused, match=told):
                Package.open(path)
