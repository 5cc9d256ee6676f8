"""The fair ranking: few trials do not lead, and only who differs beyond chance stands apart, as on every page."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from kpixl.plan import Member, Plan
from kpixl.tracking.ranking import ranking
from kpixl.tracking.skills import skills, step_counts

Values = Callable[..., pd.DataFrame]
_STEP = "アポ→商談"


@pytest.fixture
def ranked(september: Plan, values: Values) -> Callable[..., pd.DataFrame]:
    """Rank members A, B, C ... by how many of their appointments became meetings: `ranked((3, 3), (40, 100))`."""

    def run(*counts: tuple[float, float]) -> pd.DataFrame:
        names = "ABCDEF"[: len(counts)]
        plan = replace(september, members=tuple(Member(name) for name in names))
        rows = [
            (3, name, "Web", event, count)
            for name, pair in zip(names, counts, strict=True)
            for event, count in zip(("meeting", "appointment"), pair, strict=True)
        ]
        known = values(*rows)
        frame = ranking(plan, *step_counts(plan, known), skills(plan, *step_counts(plan, known)))
        return frame[frame["step"] == _STEP]

    return run


def test_three_out_of_three_do_not_lead(ranked: Callable[..., pd.DataFrame]) -> None:
    frame = ranked((3, 3), (40, 100), (30, 100))
    assert frame["member"].tolist() == ["B", "C", "A"]
    assert frame["rank"].tolist() == [1, 2, 3]
    assert frame["rate"].tolist() == [0.4, 0.3, 1.0]
    lucky = frame.set_index("member").loc["A"]
    assert 73 / 203 < lucky["shrunk"] < 1
    assert lucky["low"] < lucky["shrunk"] < lucky["high"]


def test_only_beyond_chance_somebody_stands_apart(ranked: Callable[..., pd.DataFrame]) -> None:
    """Fisher's p of 60, 38 and 34 of 100 against the two others, and what Benjamini and Hochberg make of the three."""
    counts = [60, 38, 34]
    p = [fisher_exact([[mine, 100 - mine], [132 - mine, 68 + mine]])[1] for mine in counts]
    assert multipletests(p, alpha=0.05, method="fdr_bh")[0].tolist() == [True, False, True]
    frame = ranked(*((mine, 100) for mine in counts)).set_index("member")
    assert frame["standing"].to_dict() == {"A": 1, "B": 0, "C": -1}


def test_calls_per_lead_are_no_rate_to_be_good_at(september: Plan, values: Values) -> None:
    first, second, *rest = september.stages
    plan = replace(september, stages=(first, replace(second, capacity=20.0), *rest))
    known = values(
        (3, "佐藤", "Web", "lead", 100), (3, "佐藤", "Web", "appointment", 90), (3, "鈴木", "Web", "lead", 50)
    )
    strengths = skills(plan, *step_counts(plan, known))
    assert "リード→アポ" in skills(september, *step_counts(september, known)).columns
    assert "リード→アポ" not in strengths.columns
    assert "リード→アポ" not in set(ranking(plan, *step_counts(plan, known), strengths)["step"])


def test_who_has_no_rate_is_left_out(ranked: Callable[..., pd.DataFrame]) -> None:
    frame = ranked((5, 10), (0, 0), (3, 2))
    assert frame["member"].tolist() == ["A"]
    assert ranked((0, 0)).empty
