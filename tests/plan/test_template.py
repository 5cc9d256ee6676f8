"""Templates and lists of members: what a user writes becomes a plan, or a sentence that says where it cannot."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.errors import InvalidPlan, InvalidValue
from kpixl.plan import Member, Plan, read_members, read_template
from kpixl.plan.sections import Problems, template_names
from kpixl.plan.template import default_start, parse_month


@pytest.fixture
def template(tmp_path: Path) -> Callable[[str], str]:
    """Write a user's own template and return its path."""

    def write(text: str) -> str:
        path = tmp_path / "my.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def _plan(source: str, language: str = "ja") -> Plan:
    return read_template(source, language=language, start=dt.date(2025, 4, 1))


def test_a_template_of_kpixl_speaks_both_languages() -> None:
    japanese, english = _plan("inside_sales"), _plan("inside_sales", "en")
    assert "→".join(stage.name for stage in japanese.stages) == "リード→架電→着電→アポ→商談→有効商談→受注"
    assert english.stages[0].name == "Leads"
    assert [channel.rates for channel in japanese.channels] == [channel.rates for channel in english.channels]


@pytest.mark.parametrize("name", template_names())
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_template_is_a_sound_plan(name: str, language: str) -> None:
    plan = _plan(name, language)
    assert plan.language == language
    assert plan.stages[-1].event == "won"


def test_national_holidays_are_days_off() -> None:
    assert _plan("inside_sales").period.business_days[:9].tolist() == [
        21,
        20,
        21,
        22,
        20,
        20,
        22,
        18,
        23,
    ]  # April to December


def test_what_is_given_goes_before_the_template() -> None:
    plan = read_template(
        "inside_sales",
        language="ja",
        goal=5e7,
        unit_value=2e6,
        start=dt.date(2026, 9, 1),
        months=2,
        members=(Member("一人"),),
    )
    assert (plan.goal.value, plan.goal.unit_value) == (5e7, 2e6)
    assert (plan.period.start, plan.period.end) == (dt.date(2026, 9, 1), dt.date(2026, 10, 31))
    assert [member.name for member in plan.members] == ["一人"]


def test_a_plan_begins_with_the_fiscal_year() -> None:
    assert default_start(dt.date(2026, 4, 1)) == dt.date(2026, 4, 1)
    assert default_start(dt.date(2026, 3, 31), 1) == dt.date(2026, 1, 1)


def test_an_extended_template_replaces_only_its_own_sections(template: Callable[[str], str]) -> None:
    plan = _plan(
        template(
            """
            extends = "inside_sales"
            [goal]
            value = "5,000万円"
            unit_value = 2_000_000
            [[channels]]
            name = "紹介"
            mix = 1
            rates = [1, "40%", 0.5, 0.9, 0.7, 0.3]
            """
        )
    )
    assert plan.template == "my"
    assert plan.goal.value == 50_000_000
    assert [(channel.name, channel.rates[1]) for channel in plan.channels] == [("紹介", 0.4)]
    assert len(plan.stages) == 7
    assert [member.name for member in plan.members][:2] == ["佐藤", "鈴木"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('extends = "inside_sales"\nchanels = []', "chanels.*channels"),
        ('extends = "outside_sales"', "outside_sales.*inside_sales"),
        ("[goal]\nvalue = 1\nunit_value = 1", "period|stages"),
        ('extends = "inside_sales"\ngoal = 5', "goal"),
        ('extends = "inside_sales"\n[goal]\nvalue = true\nunit_value = 1', "value.*True"),
        ('extends = "inside_sales"\n[goal]\nvalue = 1', "unit_value"),
        ('extends = "inside_sales"\nchannels = [{ name = "Web", mix = 1, rates = 0.5 }]', "rates.*0.5"),
        ('extends = "inside_sales"\nchannels = [{ name = 5, mix = 1, rates = [1,1,1,1,1,1] }]', "name.*5"),
        ('extends = "inside_sales"\nmembers = [{ name = "佐藤", weigth = 1.5 }]', "weigth"),
        ('extends = "inside_sales"\nmembers = "members.csv"', "members"),
        ('extends = "inside_sales"\n[goal]\nvalue = "たくさん"\nunit_value = 1', "value.*たくさん"),
        ('extends = "inside_sales"\n[period]\nmonths = 2.5', r"months.*60.*2\.5"),
        ('extends = "inside_sales"\n[period]\nfiscal_start = 13', "fiscal_start.*12.*13"),
        ('extends = "inside_sales"\n[period]\nclosures = "2025-05-01"', "closures.*2025-05-01"),
        ('extends = "inside_sales"\n[period]\nclosures = ["元日"]', "元日"),
        ("[goal", "my.toml"),
    ],
)
def test_a_wrong_template_is_said_in_a_sentence(template: Callable[[str], str], text: str, told: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        _plan(template(text))
    assert refused.match(told)


def test_an_unknown_template_names_those_there_are() -> None:
    with pytest.raises(InvalidPlan, match="inside_sales"):
        _plan("inside-sales")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
def test_members_from_a_file_as_excel_saves_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "members.csv"
    text = "氏名,重み,入社日\r\n髙橋 ①,１.５,\r\n伊藤,,2026/10/1\r\n"
    path.write_bytes(text.replace(",", delimiter).encode(encoding))
    assert read_members(path) == (Member("髙橋 ①", 1.5), Member("伊藤", 1.0, dt.date(2026, 10, 1)))


@pytest.mark.parametrize("heading", ["退任日", "退職日", "離任日", "left"])
def test_members_from_a_csv_may_have_a_last_day(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "members.csv"
    path.write_text(f"氏名,{heading}\n佐藤,2025-09-30\n鈴木,\n", encoding="utf-8")
    assert read_members(path) == (Member("佐藤", left=dt.date(2025, 9, 30)), Member("鈴木"))


def test_members_need_no_more_than_a_name(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("Name\nSato\n\nSuzuki\n", encoding="utf-8")
    assert read_members(path) == (Member("Sato"), Member("Suzuki"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("担当コード,重み\n1,1\n", "担当コード"),
        ("氏名,重み\n佐藤,1\n鈴木,多い\n", "3.*多い"),
        ("氏名,入社日\n佐藤,春\n", "2.*春"),
        ("氏名,重み\n\n佐藤,1\n,2\n", "4.*名前"),
        ("氏名,重み\n佐藤,1,2\n", "2.*見出しは2列"),
        ("氏名,名前\n佐藤,鈴木\n", "氏名, 名前"),
        ("氏名,重み\n", "1人もいません"),
        ('氏名,重み\n"佐\n藤",1\n鈴木,多い\n', "4.*多い"),
        ("番号,メール\n1,a\n", "1日の上限.*受注件数を固定"),
        ("氏名,入社日,退職日\n佐藤,2025-10-01,2025-09-30\n", "2.*2025-09-30.*2025-10-01"),
    ],
)
def test_a_wrong_list_of_members_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "members.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPlan) as refused:
        read_members(path)
    assert refused.match(told)


def test_unknown_headings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    headings = "社員番号,氏名,ﾒｰﾙ,1日の上限,受注の固定,立ち上がり月数,レベル,チーム,重み,着任日"
    path.write_text(f"{headings}\n7,佐藤,a,5,2,3,,東,2,2025/4/1\n", encoding="utf-8")
    members = read_members(path)
    assert members == (Member("佐藤", 2.0, dt.date(2025, 4, 1), "東", "", 3.0, 5.0, 2.0),)
    assert members.unknown == ("社員番号", "ﾒｰﾙ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("氏名,重み\n佐藤,1\n鈴木,-2\n", "members.csv の3行目.*鈴木.*-2"),
        ("氏名,重み\n佐藤,1\n佐藤,2\n", "members.csv 3行目.*佐藤.*2回"),
        ("氏名,レベル\n佐藤,神\n", "members.csv 2行目.*神"),
        ("氏名,重み\n佐藤,0\n鈴木,0\n", "members.csv.*重み"),
    ],
)
def test_a_member_that_no_plan_takes_is_named_by_their_own_file(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "members.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidPlan) as refused:
        read_template("inside_sales", language="ja", members=read_members(path))
    assert refused.match(told)
    assert "inside_sales" not in str(refused.value)


def test_a_missing_list_of_members_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidPlan, match=r"nobody\.csv"):
        read_members(tmp_path / "nobody.csv")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2025-06",
            " 2025/06 ",
            "2025-6",
            "2025.6",
            "2025年6月",
            "２０２５年６月",
            "R7.6",
            "令和7年6月",
            "令和７年６月",
        ),
        *("2025-06-01", "2025/6/1", "2025年6月1日", "R7.6.1"),
    ],
)
def test_a_month_is_named_as_people_do(text: str) -> None:
    assert parse_month(text) == dt.date(2025, 6, 1)


@pytest.mark.parametrize("text", ["六月", "6月", "2025-13", "", "2025-06-15", "45810", "202506"])
def test_a_month_that_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(InvalidValue, match="2025-06"):
        parse_month(text)


def test_all_problems_are_said_at_once_with_their_lines(template: Callable[[str], str]) -> None:
    text = """\
extends = "inside_sales"
chanels = 3

[goal]
value = "たくさん"
unit_value = 1_000_000

[[channels]]
name = "Web"
mix = 1
rates = [1.5, 20, 0.35, 0.90, 0.70, 0.30]

[[channels]]
name = "展示会"
mix = "少し"
rates = [1.5, 0.2, 0.35, 0.90, 0.70, 0.30]

[[channels]]
name = "紹介"
mix = 1
rates = [1.5, 0.2, 0.35, 0.90, 0.70, 0.30]

[[members]]
name = "佐藤"
weight = -2

[[members]]
name = "鈴木"
level = "達人"
"""
    with pytest.raises(Problems) as refused:
        _plan(template(text))
    assert [problem.line for problem in refused.value.found] == [2, 5, 8, 15, 23, 27]
    assert str(refused.value).splitlines()[1].startswith("my.toml 5行目：「value」")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('extends = "inside_sales"\n\n[goal\n', 3),
        ('\nextends = "outside_sales"', 2),
        ('extends = "inside_sales"\n[[csfs]]\nname = "A"\n[[csfs]]\nname = "A"', 4),
        ('extends = "inside_sales"\n[[kpis]]\nname = "A"\nrole = "boss"', 4),
        ('extends = "inside_sales"\n[[kpis]]\nkey = "cals"', 3),
        ('extends = "inside_sales"\n[[levels]]\nname = "A"\nfactor = -1', 2),
        ('extends = "inside_sales"\n[period]\nseasonality = [1, 2]', 2),
        ('extends = "inside_sales"\n[[kgis]]\nname = "A"', 2),
        ('extends = "inside_sales"\nstages = 5', 2),
        ('extends = "inside_sales"\n[[csfs]]\nname = ""', 2),
        ('extends = "inside_sales"\n[team]\nstretch = 5', 2),
        ('extends = "inside_sales"\n[period]\nmonths = inf', 3),
        ('extends = "inside_sales"\n[period]\nseasonality = [inf, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]', 2),
        ('extends = "inside_sales"\n[[kpis]]\nkey = "calls"\ncontrollable = nan', 4),
    ],
)
def test_a_problem_names_its_line(template: Callable[[str], str], text: str, line: int) -> None:
    with pytest.raises(Problems) as refused:
        _plan(template(text))
    assert [problem.line for problem in refused.value.found] == [line]


def test_an_entry_is_blamed_by_its_place_not_its_name(template: Callable[[str], str]) -> None:
    """The channel whose rate is wrong is called as a member and a CSF are, which are right."""
    text = """\
extends = "inside_sales"

[[channels]]
name = "佐藤"
mix = 1
rates = [1.5, 20, 0.35, 0.90, 0.70, 0.30]

[[members]]
name = "佐藤"

[[csfs]]
name = "佐藤"
"""
    with pytest.raises(Problems) as refused:
        _plan(template(text))
    assert [problem.line for problem in refused.value.found] == [3]


def test_of_two_entries_with_one_name_the_second_is_blamed(template: Callable[[str], str]) -> None:
    text = 'extends = "inside_sales"\n' + "".join(f'[[members]]\nname = "{name}"\n' for name in ("A", "B", "a", "C"))
    with pytest.raises(Problems) as refused:
        _plan(template(text))
    assert [problem.line for problem in refused.value.found] == [6]


def test_an_unknown_key_of_the_catalogue_names_close_ones(template: Callable[[str], str]) -> None:
    with pytest.raises(Problems, match=r"cals.*calls"):
        _plan(template('extends = "inside_sales"\n[[kpis]]\nkey = "cals"'))
