"""The fair ranking: few trials do not lead, and only what lies beyond the control limits stands apart."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import binom

from kpixl.plan import Member, Plan
from kpixl.tracking.ranking import ranking

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
        frame = ranking(plan, values(*rows))
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


def test_only_beyond_the_control_limits_somebody_stands_apart(ranked: Callable[..., pd.DataFrame]) -> None:
    """Of 40 % on the whole, 60 of 100 happen less than once in 1,000 times, 30 of 100 once in 40."""
    assert binom.sf(59, 100, 0.4) < 0.001 < binom.cdf(30, 100, 0.4)
    frame = ranked((60, 100), (30, 100), (30, 100)).set_index("member")
    assert frame["standing"].to_dict() == {"A": 1, "B": 0, "C": 0}
    lower = ranked((20, 100), (50, 100), (50, 100)).set_index("member")
    assert binom.cdf(20, 100, 0.4) < 0.001
    assert lower["standing"].to_dict() == {"A": -1, "B": 0, "C": 0}


def test_who_has_no_rate_is_left_out(ranked: Callable[..., pd.DataFrame]) -> None:
    frame = ranked((5, 10), (0, 0), (3, 2))
    assert frame["member"].tolist() == ["A"]
    assert ranked((0, 0)).empty
