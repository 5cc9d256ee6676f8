"""A template's own figures are samples: they go with another goal, and nobody is told that they are wrong."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpixl.plan import Plan, read_template, set_targets
from kpixl.plan.audit import Audited, audit
from kpixl.plan.samples import samples_in
from kpixl.plan.sections import template_names
from kpixl.texts import speaking


def _plan(template: str = "inside_sales", **options: Any) -> Plan:
    return read_template(template, language="ja", start=dt.date(2025, 4, 1), **options)


def _told(plan: Plan) -> list[tuple[str, str]]:
    with speaking("ja"):
        samples = samples_in(plan)
        found = audit(Audited(plan, set_targets(plan)))
    return [(one.rule, one.place.name) for one in found if not samples.blamed(one)]


@pytest.mark.parametrize("template", template_names())
def test_a_goal_of_ones_own_leaves_no_figure_of_the_samples(template: str) -> None:
    plan = _plan(template, goal=3e8)
    revenue, *others = plan.kgis
    assert (revenue.value, revenue.last_year, revenue.growth) == (3e8, None, None)
    assert others == []


def test_an_order_worth_something_else_leaves_no_cost_of_the_samples() -> None:
    plan = _plan(unit_value=250_000)
    assert [kgi.name for kgi in plan.kgis] == ["売上"]
    assert plan.kgis[0].last_year == 104_000_000


def test_figures_in_a_file_of_ones_own_stay(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "inside_sales"\n[goal]\nvalue = 5e7\nunit_value = 1e6\nlast_year = 4e7\n'
        '[[kgis]]\nname = "販促費"\nmeasure = "cost"\nvalue = 9e6\n',
        encoding="utf-8",
    )
    plan = _plan(str(own), goal=6e7)
    assert [(kgi.name, kgi.target, kgi.last_year) for kgi in plan.kgis] == [("売上", 6e7, 4e7), ("販促費", 9e6, None)]
    assert not any(kgi.sample for kgi in plan.kgis)
    assert all(member.sample for member in plan.members)


def test_a_goal_in_a_file_of_ones_own_drops_the_samples_other_goals(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('extends = "inside_sales"\n[goal]\nvalue = 5e8\nunit_value = 1e6\n', encoding="utf-8")
    assert [kgi.name for kgi in _plan(str(own)).kgis] == ["売上"]


@pytest.mark.parametrize("goal", [6e6, 6e7, 6e8, 6e9])
@pytest.mark.parametrize("template", template_names())
def test_samples_are_not_reported_as_wrong(template: str, goal: float) -> None:
    kept = {"member_capacity", "channel_capacity", "kgi_reached", "kgi_leap", "kgi_too_low"}
    plan = _plan(template)
    revenue = replace(plan.kgis[0], value=goal, growth=None)
    changed = replace(plan, kgis=(revenue, *plan.kgis[1:]), goal=replace(plan.goal, value=goal, existing=0.0))
    for one in (changed, _plan(template, goal=goal)):
        assert [told for told in _told(one) if told[0] in kept] == []


def test_what_somebody_changed_is_judged_again() -> None:
    plan = _plan(goal=6e8)
    mine = replace(plan.members[0], name="山田")
    changed = replace(plan, members=(mine, *plan.members[1:]))
    assert ("member_capacity", "山田") in _told(changed)
    narrow = replace(plan.channels[0], capacity=1.0)
    assert ("channel_capacity", narrow.name) in _told(replace(plan, channels=(narrow, *plan.channels[1:])))
    grown = replace(plan.kgis[0], last_year=1e8)
    assert ("kgi_leap", "売上") in _told(replace(plan, kgis=(grown,)))
