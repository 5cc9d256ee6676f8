"""Effects add up to the gap, and the bottleneck is where the funnel leaks most."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.engine import funnel_bottleneck, funnel_gap, funnel_rates
from kpixl.errors import InvalidValue, NoTrials

_COUNTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=8)


def test_rates_lead_from_stage_to_stage() -> None:
    assert funnel_rates([1000, 200, 50, 10]).tolist() == [0.2, 0.25, 0.2]


def test_a_rate_needs_trials(refuses) -> None:
    assert funnel_rates([10, 0]).tolist() == [0]
    with refuses(NoTrials, "stage_without_trials"):
        funnel_rates([10, 0, 0])


def test_the_stage_without_trials_is_named_by_its_place() -> None:
    for place, counts in ((1, [0, 5, 1]), (2, [9, 0, 0, 0]), (3, [9, 8, 0, 1])):
        with pytest.raises(NoTrials) as caught:
            funnel_rates(counts)
        assert caught.value.values["place"] == place


def test_one_factor_that_moved_explains_the_gap() -> None:
    gap = funnel_gap([500, 100, 25], [500, 100, 20], unit_value=1_000_000)
    assert gap.effect == pytest.approx([0, 0, -5_000_000])
    assert gap.rank.tolist()[2] == 1
    assert gap.gap.tolist() == [0, 0, -5]
    assert gap.attainment.tolist() == [1, 1, 0.8]
    assert math.isnan(gap.target_rate[0])
    assert gap.target_rate[1:].tolist() == [0.2, 0.25]
    assert gap.actual_rate[1:].tolist() == [0.2, 0.2]
    assert gap.rate_gap[1:] == pytest.approx([0, -0.05])


def test_the_effects_are_those_of_the_logarithmic_mean() -> None:
    # 500 × 20% = 100 becomes 400 × 18% = 72; L(72, 100) = 28 / ln(100 / 72)
    mean = 28 / math.log(100 / 72)
    expected = [mean * math.log(400 / 500), mean * math.log(0.18 / 0.2)]
    assert funnel_gap([500, 100], [400, 72]).effect == pytest.approx(expected)


def test_a_dry_stage_takes_the_whole_loss() -> None:
    gap = funnel_gap([500, 100, 25], [500, 0, 0])
    assert gap.effect == pytest.approx([0, -25, 0])
    assert math.isnan(gap.actual_rate[2])
    assert funnel_bottleneck([500, 100, 25], [500, 0, 0]) == 1


def test_where_nothing_happened_the_volume_takes_the_whole_loss() -> None:
    assert funnel_gap([500, 100, 25], [0, 0, 0]).effect == pytest.approx([-25, 0, 0])


def test_a_stage_that_nobody_counted_is_taken_as_planned() -> None:
    # No leads were recorded, yet 80 meetings took place: 500 leads at 16%.
    assert funnel_gap([500, 100, 25], [0, 80, 20]).effect == pytest.approx([0, -5, 0])


def test_a_stage_in_the_middle_that_nobody_counted_has_the_planned_rate() -> None:
    """400 of 500 leads, 80 of 100 uncounted, 40 of 50 and 20 of 25 after them: all of the gap is the volume."""
    assert funnel_gap([500, 100, 50, 25], [400, 0, 40, 20]).effect == pytest.approx([-5, 0, 0, 0])


def test_stages_without_a_target_have_no_attainment() -> None:
    assert math.isnan(funnel_gap([10, 0], [10, 5]).attainment[1])
    assert funnel_gap([10, 0], [10, 5]).effect == pytest.approx([0, 5])


def test_no_bottleneck_where_everything_is_met() -> None:
    assert funnel_bottleneck([500, 100], [500, 100]) is None
    assert funnel_bottleneck([500, 100], [600, 120]) is None
    assert funnel_bottleneck([500, 100], [600, 100]) == 1


@pytest.mark.parametrize(
    ("targets", "actuals", "worst"),
    [
        ([500, 100], [500, 100 * (1 - 0.8e-9)], None),
        ([500, 100], [500, 100 * (1 - 1.2e-9)], 1),
        ([500, 100], [500 * (1 - 5e-10), 1000], None),  # of 1,000 orders, 2 in ten million
        ([5, 0], [5, 0], None),
    ],
)
def test_an_effect_of_a_thousand_millionth_is_noise(
    targets: list[float], actuals: list[float], worst: int | None
) -> None:
    assert funnel_bottleneck(targets, actuals) == worst


@given(st.data(), _COUNTS)
def test_the_effects_sum_to_the_gap(data: st.DataObject, targets: list[int]) -> None:
    actuals = data.draw(st.lists(st.integers(0, 10_000), min_size=len(targets), max_size=len(targets)))
    gap = funnel_gap(targets, actuals, unit_value=3.0)
    assert gap.effect.sum() == pytest.approx(3 * (actuals[-1] - targets[-1]), abs=1e-6)
    assert sorted(gap.rank) == list(range(1, len(targets) + 1))
    assert (np.diff(gap.effect[np.argsort(gap.rank)]) >= 0).all()


def test_bad_arguments_are_named(refuses) -> None:
    with refuses(InvalidValue, "too_few_stages"):
        funnel_gap([1], [1])
    with refuses(InvalidValue, "unequal_lengths"):
        funnel_gap([1, 2], [1, 2, 3])
    with refuses(InvalidValue, "vector_range"):
        funnel_rates([1, -2])
    with refuses(InvalidValue, "above_zero"):
        funnel_gap([1, 2], [1, 2], unit_value=0)
