"""What the programs one clicks do for people who type no commands: they ask, say it in sentences, and lose nothing."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl import shortcuts
from kpixl.files import opening

_Clicked = Callable[..., tuple[int, str]]
_TEMPLATE = Path(__file__).parents[1] / "templates" / "inside_sales.ja.xlsx"
_DEALS = """商談 ID,商談 所有者,商談名,フェーズ,金額,完了予定日,作成日,リードソース
1,佐藤,甲社,受注,1000000,2026-05-20,2026-04-02,Web
2,鈴木,乙社,失注,,2026-05-21,2026-04-03,Web
"""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were opened for the user."""
    files: list[Path] = []
    monkeypatch.setattr(shortcuts, "open_file", files.append)
    monkeypatch.setattr(opening, "open_file", files.append)
    return files


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[Path]) -> Path:
    """The folder of the user's plans."""
    monkeypatch.setenv("HOME", str(tmp_path / "山田 太郎"))
    return tmp_path / "山田 太郎" / "kpixl"


@pytest.fixture
def clicked(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> _Clicked:
    """Do an action with what is dropped, while somebody types: exit code and all that was said."""

    def run(action: str, *dropped: object, typed: tuple[str, ...] = ()) -> tuple[int, str]:
        answers, questions = iter(typed), []

        def answer(question: str) -> str:
            questions.append(question)
            try:
                return next(answers)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", answer)
        with pytest.raises(SystemExit) as ended:
            shortcuts.main([action, *map(str, dropped)])
        said = capsys.readouterr()
        assert list(answers) == []
        return int(ended.value.code or 0), "\n".join((*questions, said.out, said.err))

    return run


@pytest.fixture
def plan(home: Path) -> Path:
    home.mkdir(parents=True)
    return Path(shutil.copyfile(_TEMPLATE, home / "計画.xlsx"))


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run; a plan that is to be made is there afterwards."""
    ran: list[list[str]] = []

    def kpixl(*arguments: object) -> int:
        ran.append([str(argument) for argument in arguments])
        if arguments[0] == "new":
            Path(str(arguments[1])).touch()
        return 0

    monkeypatch.setattr(shortcuts, "_kpixl", kpixl)
    return ran


def _export(folder: Path) -> Path:
    """The export of a tool that is known by its headings."""
    path = folder / "export.csv"
    path.write_text(_DEALS, encoding="utf-8")
    return path


def test_a_plan_is_made_from_answers_and_opened(clicked: _Clicked, home: Path, opened: list[Path]) -> None:
    code, said = clicked("new", typed=("1", "1.2億", "100万", "2026-04", "2026年度"))
    assert code == 0
    assert "売上目標120,000,000円に必要な受注は120件です" in said
    assert opened == [home / "2026年度.xlsx"]


def test_what_is_not_known_yet_is_left_to_the_yellow_cells(
    clicked: _Clicked, home: Path, opened: list[Path], commands: list[list[str]]
) -> None:
    for _ in range(2):
        assert clicked("new", typed=("", "", "", "", ""))[0] == 0
    assert opened == [home / "営業KPI計画.xlsx", home / "営業KPI計画 2.xlsx"]
    assert commands == [["new", str(path), "--template", "inside_sales"] for path in opened]


def test_nonsense_is_answered_with_a_sentence_and_asked_again(
    clicked: _Clicked, home: Path, opened: list[Path], commands: list[list[str]]
) -> None:
    typed = ("9", "二", "2", "たくさん", "1億", "？？", "100万", "来月あたり", "2026-04", "a/b", "CON|1", ".", "計画")
    code, said = clicked("new", typed=typed)
    assert code == 0
    assert opened == [home / "計画.xlsx"]
    for nonsense in ("9", "二", "たくさん", "？？", "来月あたり", "a/b", "CON|1"):
        assert f"{nonsense}" in said
    assert "Traceback" not in said
    told = ["--template", "field_sales", "--goal=1億", "--unit-value=100万", "--start=2026-04"]
    assert commands == [["new", str(home / "計画.xlsx"), *told]]


def test_a_name_that_is_taken_is_asked_again(clicked: _Clicked, plan: Path, commands: list[list[str]]) -> None:
    before = plan.read_bytes()
    code, said = clicked("new", typed=("", "", "", "", "計画", "計画.xlsx", "別の計画"))
    assert code == 0
    assert said.count("すでにあります") == 2
    assert plan.read_bytes() == before
    assert [command[1] for command in commands] == [str(plan.with_name("別の計画.xlsx"))]


def test_a_plan_that_cannot_be_made_is_asked_for_anew(clicked: _Clicked, home: Path) -> None:
    """A goal of nothing can be read as a number, and is no goal."""
    code, said = clicked("new", typed=("", "-5億", "", "", "計画", "", "1億", "", "", "計画"))
    assert code == 0
    assert "もう一度" in said
    assert (home / "計画.xlsx").is_file()


def test_who_closes_the_window_leaves_nothing(clicked: _Clicked, home: Path) -> None:
    assert clicked("new", typed=("1", "1億"))[0] == 130
    assert list(home.iterdir()) == []


def test_the_demo_never_lands_on_another(
    clicked: _Clicked, home: Path, opened: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def run(folder: Path, language: str) -> list[str]:
        folder.mkdir()
        made.append(folder)
        return ["できました"]

    monkeypatch.setattr("kpixl.demo.run", run)
    assert [clicked("demo")[0] for _ in range(2)] == [0, 0]
    assert made == [home / "kpixl デモ", home / "kpixl デモ 2"]
    assert opened == [folder / "営業KPI計画.xlsx" for folder in made]


def test_a_csv_goes_into_the_only_plan(clicked: _Clicked, plan: Path, tmp_path: Path) -> None:
    code, said = clicked("import", _export(tmp_path))
    assert code == 0, said
    assert f"{plan} に取り込みます：export.csv" in said
    assert "受注" in said


def test_a_csv_goes_into_the_plan_that_was_dropped_with_it(
    clicked: _Clicked, plan: Path, tmp_path: Path, commands: list[list[str]]
) -> None:
    other, export = tmp_path / "営業 表.xlsx", _export(tmp_path)
    other.write_bytes(plan.read_bytes())
    assert clicked("import", export, other)[0] == 0
    assert commands == [["import", "--", str(other), str(export)]]


def test_a_mapping_beside_the_file_or_dropped_with_it_is_used(
    clicked: _Clicked, plan: Path, tmp_path: Path, commands: list[list[str]]
) -> None:
    export, beside, dropped = _export(tmp_path), tmp_path / "mapping.toml", tmp_path / "対応表.toml"
    beside.touch()
    dropped.touch()
    assert str(beside) in clicked("import", export)[1]
    assert str(dropped) in clicked("import", export, dropped)[1]
    assert commands == [["import", f"--map={one}", "--", str(plan), str(export)] for one in (beside, dropped)]


def test_among_several_plans_one_is_chosen(clicked: _Clicked, plan: Path, commands: list[list[str]]) -> None:
    """The one last worked on comes first."""
    other, export = plan.with_name("前の計画.xlsx"), _export(plan.parent)
    other.write_bytes(plan.read_bytes())
    os.utime(other, (1, 1))
    code, said = clicked("import", export, typed=("3", "前の", "2"))
    assert code == 0
    assert f"1: {plan}" in said
    assert f"2: {other}" in said
    assert commands == [["import", "--", str(other), str(export)]]


def test_without_a_plan_it_says_where_it_looked(clicked: _Clicked, home: Path, tmp_path: Path) -> None:
    code, said = clicked("import", _export(tmp_path))
    assert code == 2
    assert f"計画が見つかりません（探した場所：{tmp_path}、{home}）" in said


def test_columns_that_nobody_knows_get_a_draft(clicked: _Clicked, plan: Path, tmp_path: Path) -> None:
    path, before = tmp_path / "what.csv", plan.read_bytes()
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    code, said = clicked("import", path)
    assert code == 2
    assert f"対応表の案を {tmp_path / 'mapping.toml'} に書きました" in said
    assert (tmp_path / "mapping.toml").is_file()
    assert plan.read_bytes() == before
    again = (tmp_path / "mapping.toml").read_bytes()
    assert clicked("import", path)[0] == 2
    assert (tmp_path / "mapping.toml").read_bytes() == again


def test_what_is_dropped_by_mistake_is_a_sentence(clicked: _Clicked, plan: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "a.toml").touch()
    (tmp_path / "b.toml").touch()
    export = _export(tmp_path)
    for dropped in (
        (plan,),
        (tmp_path / "picture.csv",),
        (tmp_path / "empty.csv",),
        (tmp_path / "gone.csv",),
        (plan, plan, export),
        (export, tmp_path / "a.toml", tmp_path / "b.toml"),
    ):
        code, said = clicked("import", *dropped)
        assert code == 2, dropped
        assert "kpixl: " in said
        assert "Traceback" not in said
    assert clicked("import")[0] == 0


def test_a_plan_that_is_open_elsewhere_stays(clicked: _Clicked, plan: Path, tmp_path: Path) -> None:
    plan.with_name("~$計画.xlsx").touch()
    before = plan.read_bytes()
    code, said = clicked("import", _export(tmp_path))
    assert code == 2
    assert "ほかのプログラムで開かれています" in said
    assert plan.read_bytes() == before


def test_where_the_folder_should_be_stands_a_file(clicked: _Clicked, home: Path) -> None:
    home.parent.mkdir()
    home.touch()
    for action in ("demo", "new"):
        code, said = clicked(action)
        assert code == 2
        assert str(home) in said
        assert "Traceback" not in said


def test_a_bug_is_a_sentence_too(clicked: _Clicked, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(shortcuts, "_home", broken)
    code, said = clicked("demo")
    assert code == 70
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said


def test_the_language_is_asked_for_or_that_of_the_machine(clicked: _Clicked) -> None:
    assert "Drag a CSV" in clicked("import", "--lang", "en")[1]
    assert "ドラッグ" in clicked("import")[1]
