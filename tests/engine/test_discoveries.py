"""Of many p-values so few are named that the share of lucky ones stays small."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from kpixl.engine.discoveries import discoveries
from kpixl.errors import InvalidValue


@pytest.mark.parametrize("seed", range(20))
def test_it_names_what_benjamini_and_hochberg_name(seed: int) -> None:
    chance = np.random.default_rng(seed)
    p = np.concatenate([chance.uniform(size=40), chance.uniform(size=10) / 100])
    expected, *_ = multipletests(p, alpha=0.1, method="fdr_bh")
    assert (discoveries(p, false_alarms=0.1) == expected).all()


def test_looks_without_a_finding_count() -> None:
    """0.004 is below 0.05 / 10, and above 0.05 / 20."""
    assert discoveries([0.004], looks=10).tolist() == [True]
    assert discoveries([0.004], looks=20).tolist() == [False]


def test_of_nothing_nothing_is_named() -> None:
    assert discoveries([]).tolist() == []


def test_it_refuses_what_is_no_p_value_and_fewer_looks_than_findings() -> None:
    for p, looks in (([1.5], None), ([0.1, 0.2], 1)):
        with pytest.raises(InvalidValue):
            discoveries(p, looks=looks)
