"""What is given may be a folder of thousands of files, a link in a circle, a pipe, or gone by the time it is read."""

import gzip
import os
import time
import zipfile
from pathlib import Path

import pytest

from kpixl.actuals import facts, import_events, read_mapping
from kpixl.errors import UnreadableData, UserError

_MAPPING = """
[files.log]
match = "*"
[[events]]
event = "won"
occurred_at = "日"
member = "担当"
id = "ID"
amount = "額"
"""
_HEADINGS = "日,担当,ID,額\n"
_GOOD = f"{_HEADINGS}2025-06-02,佐藤,1,5\n"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    (tmp_path / "map.toml").write_text(_MAPPING, "utf-8")
    return tmp_path / "map.toml"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def test_a_folder_of_hundreds_of_daily_exports(mapping: Path, inbox: Path) -> None:
    for number in range(400):
        (inbox / f"{number:04}.csv").write_text(f"{_HEADINGS}2025-06-02,佐藤,{number},5\n", "utf-8")
    found = import_events([inbox], read_mapping(mapping))
    assert found.facts[["count", "amount"]].to_numpy().tolist() == [[400, 2000]]
    assert [(control.file, control.used) for control in found.controls[:2]] == [("0000.csv", 1), ("0001.csv", 1)]
    assert len(found.controls) == 400


def test_many_files_of_any_shape_are_accounted_for_each_by_itself(mapping: Path, inbox: Path) -> None:
    for number in range(56):
        (inbox / f"a{number:02}.csv").write_text(_GOOD.replace(",1,", f",{number},"), "utf-8")
    (inbox / "b.csv").write_bytes("担当,日,額,ID,file\n鈴木,2025-06-03,7,b,x\n".encode("cp932"))
    (inbox / "c.csv").write_text(f"{_HEADINGS}2025-06-02,佐藤\n2025-06-02,佐藤,c,5\nsomeday,佐藤,d,5\n", "utf-8")
    (inbox / "d.csv.gz").write_bytes(gzip.compress(_GOOD.replace(",1,", ",3,").replace(",5", ",6").encode()))
    (inbox / "e.csv").write_text(f"7月の受注,,,\n\n{_GOOD.replace(',1,', ',e,')}", "utf-8")
    found = import_events([inbox], read_mapping(mapping))
    totals = found.facts.groupby("member")[["count", "amount"]].sum()
    assert totals.loc["佐藤"].tolist() == [56 + 2, 58 * 5 + 1], "the last file that has 3 says what it is"
    assert totals.loc["鈴木"].tolist() == [1, 7]
    by_file: dict[str, list[int]] = {}
    for control in found.controls:
        by_file.setdefault(control.file, []).extend([control.used, control.set_aside, control.duplicates])
    assert by_file["a03.csv"] == [0, 0, 1]
    assert by_file["c.csv"] == [1, 1, 0, 0, 1, 0]
    assert by_file["d.csv.gz"] == [1, 0, 0]
    assert found.rejects.waiting is not None
    told = found.rejects.waiting.read_text("utf-8-sig")
    assert "c.csv,2," in told
    assert "c.csv,4," in told


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_links_in_a_circle_and_pipes_in_a_folder_are_no_exports(mapping: Path, inbox: Path) -> None:
    (inbox / "good.csv").write_text(_GOOD, "utf-8")
    (inbox / "again.csv").symlink_to(inbox)
    (inbox / "self.csv").symlink_to(inbox / "self.csv")
    (inbox / "one.csv").symlink_to(inbox / "other.csv")
    (inbox / "other.csv").symlink_to(inbox / "one.csv")
    os.mkfifo(inbox / "pipe.csv")
    for given in (inbox, inbox / "*.csv", inbox / "**" / "*.csv"):
        assert import_events([given], read_mapping(mapping)).facts["count"].sum() == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_or_a_device_is_not_waited_for(mapping: Path, inbox: Path) -> None:
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "zeros.csv").symlink_to("/dev/zero")
    for given in (inbox / "pipe.csv", inbox / "zeros.csv"):
        with pytest.raises(UnreadableData, match="装置やパイプ"):
            import_events([given], read_mapping(mapping))


@pytest.mark.parametrize("name", ["長" * 300 + ".csv", "長" * 2000 + "*.csv", "a\0b.csv", "a\0*.csv"])
def test_a_name_that_no_file_can_have(mapping: Path, inbox: Path, name: str) -> None:
    with pytest.raises(UserError):
        import_events([inbox / name], read_mapping(mapping))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a\nb.csv", "長" * 80 + ".csv"])
def test_an_odd_name(mapping: Path, inbox: Path, name: str) -> None:
    (inbox / name).write_text(_GOOD, "utf-8")
    assert import_events([inbox / name], read_mapping(mapping)).controls[0].file == name


@pytest.mark.parametrize("others", [0, 60])
def test_a_file_that_is_gone_before_it_is_read(
    mapping: Path, inbox: Path, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(others):
        (inbox / f"{number}.csv").write_text(_GOOD, "utf-8")
    gone = inbox / "gone.csv"
    gone.write_text(_GOOD, "utf-8")
    looked = facts._at_home
    monkeypatch.setattr(facts, "_at_home", lambda file, given: (looked(file, given), gone.unlink(missing_ok=True)))
    with pytest.raises(UnreadableData, match=r"gone\.csv"):
        import_events([gone, *inbox.glob("[0-9]*.csv")], read_mapping(mapping))


def test_a_workbook_that_swells_is_refused_at_once(mapping: Path, inbox: Path) -> None:
    bomb = inbox / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b" " * (200 << 20))
    began = time.process_time()
    with pytest.raises(UserError, match=r"bomb\.xlsx"):
        import_events([bomb], read_mapping(mapping))
    assert time.process_time() - began < 5
