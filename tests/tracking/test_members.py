"""Members: attainment of their own targets, a rank, and strengths only where they are more than chance."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kpixl.plan import Goal, Member, Plan, set_targets
from kpixl.tracking.members import members
from kpixl.tracking.skills import skills, step_counts

Values = Callable[..., pd.DataFrame]


def test_each_member_is_held_against_their_own_pace(september: Plan, values: Values) -> None:
    known = values((3, "佐藤", "Web", "lead", 100), (4, "鈴木", "Web", "lead", 300))
    targets = set_targets(september)
    frames = members(september, targets, known, dt.date(2026, 9, 18))
    assert frames.actual["lead"].tolist() == [100, 300]
    assert frames.pace["lead"].sum() == pytest.approx(525 * 14 / 19)
    for place, name in enumerate(("佐藤", "鈴木")):
        own = targets.members("lead")[0, place]
        assert own in (262, 263)
        assert frames.attainment.loc[name, "lead"] == pytest.approx(frames.actual.loc[name, "lead"] / (own * 14 / 19))


def test_who_has_no_target_has_no_attainment(small_plan: Callable[..., Plan], values: Values) -> None:
    plan = small_plan(members=(Member("佐藤"), Member("鈴木", 0)))
    frames = members(plan, set_targets(plan), values((3, "鈴木", "Web", "won", 2)), dt.date(2026, 9, 18))
    assert pd.isna(frames.attainment.loc["鈴木", "won"])
    assert frames.actual.loc["鈴木", "won"] == 2


def test_the_rank_goes_by_orders_then_by_the_stages_before(september: Plan, values: Values) -> None:
    """Everybody is asked for 6 of 24 orders."""
    plan = replace(september, goal=Goal(24, 1), kgis=(), members=tuple(Member(name) for name in "ABCD"))
    known = values(
        *((3, name, "Web", "won", count) for name, count in zip("ABC", (1, 5, 1), strict=True)),
        (3, "A", "Web", "meeting", 2),
        (3, "C", "Web", "meeting", 4),
    )
    frames = members(plan, set_targets(plan), known, dt.date(2026, 9, 30))
    assert frames.pace["won"].tolist() == [6, 6, 6, 6]
    assert dict(frames.rank) == {"B": 1, "C": 2, "A": 3, "D": 4}


def test_a_difference_beyond_chance_is_a_strength_of_one_and_a_weakness_of_the_other(
    september: Plan, values: Values
) -> None:
    """18 of 20 against 30 of 100: equals would differ as much less than once in 100,000 times (Fisher)."""
    known = values(
        (3, "佐藤", "Web", "appointment", 20),
        (3, "佐藤", "Web", "meeting", 18),
        (3, "鈴木", "Web", "appointment", 100),
        (3, "鈴木", "Web", "meeting", 30),
    )
    assert skills(september, *step_counts(september, known))["アポ→商談"].to_dict() == {"佐藤": 1, "鈴木": -1}


def test_a_difference_within_chance_is_not_named(september: Plan, values: Values) -> None:
    """6 of 10 is more than 50 of 100, but no more than equals differ by (Fisher: p = .74)."""
    known = values(
        (3, "佐藤", "Web", "appointment", 10),
        (3, "佐藤", "Web", "meeting", 6),
        (3, "鈴木", "Web", "appointment", 100),
        (3, "鈴木", "Web", "meeting", 50),
    )
    assert not skills(september, *step_counts(september, known)).to_numpy().any()


def test_who_is_alone_or_did_nothing_has_neither_strength_nor_weakness(september: Plan, values: Values) -> None:
    known = values((3, "佐藤", "Web", "appointment", 10), (3, "佐藤", "Web", "meeting", 9))
    assert not skills(september, *step_counts(september, known)).to_numpy().any()


def test_the_mvp_leads_those_who_reached_their_pace(september: Plan, values: Values) -> None:
    """On the last day everybody is asked for 6 of 24 orders; 7 are the most, and 5 would not do."""
    plan = replace(september, goal=Goal(24, 1), kgis=(), members=tuple(Member(name) for name in "ABCD"))
    targets, last = set_targets(plan), dt.date(2026, 9, 30)
    few = values((3, "A", "Web", "won", 5), (3, "B", "Web", "won", 4))
    assert members(plan, targets, few, last).mvp() is None
    more = pd.concat([few, values((4, "B", "Web", "won", 3), (4, "C", "Web", "won", 6))])
    assert members(plan, targets, more, last).mvp() == "B"


def test_who_is_asked_for_no_whole_order_is_ranked_by_what_they_won(september: Plan, values: Values) -> None:
    """3 orders among 5 people leave two without: one order of theirs is more than none, and as good as 1 of 1."""
    plan = replace(september, goal=Goal(3, 1), kgis=(), members=tuple(Member(name) for name in "ABCDE"))
    targets, last = set_targets(plan), dt.date(2026, 9, 30)
    asked = dict(zip("ABCDE", targets.members("won")[0].tolist(), strict=True))
    without = [name for name, target in asked.items() if target == 0]
    with_one = [name for name, target in asked.items() if target == 1]
    assert (len(without), len(with_one)) == (2, 3)
    frames = members(plan, targets, values((3, without[0], "Web", "won", 2), (3, with_one[0], "Web", "won", 1)), last)
    assert frames.mvp() == without[0]
    assert frames.rank[without[0]] == 1
    assert frames.rank[with_one[0]] == 2
    assert frames.rank[[without[1], *with_one[1:]]].tolist() == [3, 3, 3]


def test_ranking_and_strengths_say_the_same_of_everybody(september: Plan, values: Values) -> None:
    known = values(
        *((3, name, "Web", "appointment", 100) for name in ("佐藤", "鈴木")),
        (3, "佐藤", "Web", "meeting", 70),
        (3, "鈴木", "Web", "meeting", 40),
    )
    frames = members(september, set_targets(september), known, dt.date(2026, 9, 18))
    assert frames.skills["アポ→商談"].to_dict() == {"佐藤": 1, "鈴木": -1}
    for row in frames.ranking.to_dict("records"):
        assert row["standing"] == frames.skills.loc[row["member"], row["step"]]


def test_the_figures_of_one_member_are_their_row_of_the_frames(september: Plan, values: Values) -> None:
    known = values((3, "佐藤", "Web", "lead", 100), (4, "佐藤", "Web", "won", 2), (4, "", "Web", "won", 1))
    frames = members(september, set_targets(september), known, dt.date(2026, 9, 30))
    sato, suzuki = frames.of("佐藤"), frames.of("鈴木")
    assert (sato.place, suzuki.place) == (0, 1)
    assert (sato.actual["lead"], sato.actual["won"], frames.team["won"]) == (100, 2, 2)
    assert sato.attainment["won"] == pytest.approx(2 / sato.pace["won"])
    assert (sato.recorded, suzuki.recorded) == (True, False)


def test_what_a_member_won_stands_beside_what_all_others_did(september: Plan, values: Values) -> None:
    known = values(
        (3, "佐藤", "Web", "appointment", 20),
        (3, "佐藤", "Web", "meeting", 18),
        (3, "鈴木", "Web", "appointment", 100),
        (3, "鈴木", "Web", "meeting", 30),
    )
    frames = members(september, set_targets(september), known, dt.date(2026, 9, 30))
    assert frames.beside_others("佐藤", "アポ→商談") == ((18, 20), (30, 100))
