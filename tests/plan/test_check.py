"""The check of a template: problems that keep it from being a plan, else what the audit finds, each with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.errors import InvalidPlan
from kpixl.plan.audit import Severity
from kpixl.plan.check import Remark, check_template
from kpixl.plan.sections import template_names


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., tuple[Remark, ...]]:
    """Check a user's own template, in Japanese unless told otherwise."""

    def run(text: str, language: str = "ja") -> tuple[Remark, ...]:
        path = tmp_path / "my.toml"
        path.write_text(text, encoding="utf-8")
        return check_template(str(path), language)

    return run


@pytest.mark.parametrize("name", template_names())
def test_a_template_of_kpixl_has_nothing_to_remark(name: str) -> None:
    assert check_template(name, "ja") == ()


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("[goal]\nvalue = 120_000_000\nunit_value = 1_000_000\nlast_year = 50_000_000", "kgi_leap", 3),
        (
            "[[kgis]]\nname = '解約率'\nvalue = 0.03\npriority = 2\ntrade_off = '売上を優先'\n"
            "[[kgis]]\nname = '満足度'\nvalue = 4\npriority = 2",
            "kgi_priority",
            5,
        ),
        ("[[members]]\nname = '佐藤'\ncapacity = 999\n[[members]]\nname = '鈴木'\n", "member_capacity", 5),
        ("[period]\nmonths = 1\n", "lead_time", 1),
    ],
)
def test_a_finding_names_its_line(checked: Callable[..., tuple[Remark, ...]], text: str, rule: str, line: int) -> None:
    found = [remark for remark in checked(f'extends = "inside_sales"\n{text}') if remark.rule == rule]
    assert found
    assert found[0].at == {"file": "my.toml", "line": line}
    assert found[0].where == f"my.toml {line}行目"


def test_what_stands_in_the_template_beneath_is_found_at_its_name(
    checked: Callable[..., tuple[Remark, ...]],
) -> None:
    remarks = checked('# mine\nextends = "inside_sales"\n[[csfs]]\nname = "リードの量と質"\n')
    served = [remark for remark in remarks if remark.rule == "kpi_csf"]
    assert {remark.at["line"] for remark in served} == {2}
    assert [remark.at["line"] for remark in remarks if remark.rule == "csf_count"] == [3]


def test_problems_are_remarks_with_lines(checked: Callable[..., tuple[Remark, ...]]) -> None:
    remarks = checked('extends = "inside_sales"\nfoo = 1\n[goal]\nvalue = "x"\nunit_value = 1\n', "en")
    assert [(remark.rule, remark.severity, remark.at["line"]) for remark in remarks] == [
        ("unreadable", Severity.ERROR, 2),
        ("unreadable", Severity.ERROR, 4),
    ]
    assert "foo" in remarks[0].what
    assert remarks[1].where == "my.toml, line 4"


def test_what_only_the_targets_show_is_a_remark_too(checked: Callable[..., tuple[Remark, ...]]) -> None:
    text = "[[members]]\nname = '佐藤'\n[[members]]\nname = '鈴木'\njoined = 2099-01-01\npinned = 5\n"
    [remark] = checked(f'extends = "inside_sales"\n{text}')
    assert (remark.rule, remark.at) == ("unreadable", {"file": "my.toml", "line": 4})
    assert "鈴木" in remark.what


def test_no_toml_at_all(checked: Callable[..., tuple[Remark, ...]], tmp_path: Path) -> None:
    [remark] = checked("\n\n[goal")
    assert remark.at == {"file": "my.toml", "line": 3}
    with pytest.raises(InvalidPlan, match=r"nothing\.toml"):
        check_template(str(tmp_path / "nothing.toml"), "ja")


def test_a_finding_about_one_of_many_names_the_line_of_that_one(checked: Callable[..., tuple[Remark, ...]]) -> None:
    """The second channel of its file, and the same in a plan whose entries have names in two languages."""
    channel = "[[channels]]\nname = {name}\nmix = 1\nrates = [3.0, 0.3, 0.3, 0.9, 0.6, 0.25]\n"
    first, second = '{ ja = "展示会", en = "Fairs" }', '{ ja = "Web", en = "Web" }'
    text = channel.format(name=first) + channel.format(name=second) + "capacity = 1\n"
    for language in ("ja", "en"):
        remarks = checked(f'extends = "inside_sales"\n{text}', language)
        assert [remark.at["line"] for remark in remarks if remark.rule == "channel_capacity"] == [10]
