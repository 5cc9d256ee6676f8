"""Two answers of the engine are equal where all their numbers are."""

import copy
import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kpixl import engine
from kpixl.engine.answers import Answer

_JUNE = dt.date(2025, 6, 1), dt.date(2025, 6, 30)
_AS_OF = dt.date(2025, 6, 13)
_MOMENTS = np.array(["2025-06-02T10:00"] * 10, dtype="datetime64[m]")


def _answers() -> dict[str, Any]:
    return {
        "landing": engine.landing(50, *_JUNE, as_of=_AS_OF, target=100),
        "landing of two": engine.landing([50, 20], *_JUNE, as_of=_AS_OF),
        "funnel_gap": engine.funnel_gap([500, 100, 25], [500, 100, 20]),
        "rank": engine.rank([3, 0], [10, 0]),
        "rate": engine.rate(18, 20),
        "rates": engine.rate([18, 3], [20, 9]),
        "effect": engine.effect(12, 99, 5, 83),
        "factors": engine.factors(["a", "a", "b"], [True, False, True]),
        "heatmap": engine.heatmap(_MOMENTS, [1] * 10),
        "leadtime": engine.leadtime([10], [0.5], [5], dt.date(2025, 6, 1)),
        "levers": engine.levers(100, "a * b", ["a", "b"], [10, 5]),
        "sensitivity": engine.sensitivity("a * b", ["a", "b"], [10, 5]),
        "phase": engine.phase(100, *_JUNE),
        "review": engine.review([10, 10, 10], [5, 5, 5]),
        "alert": engine.alert(100, 10, *_JUNE, as_of=_AS_OF),
        "cohort": engine.cohort(_MOMENTS, _MOMENTS + 1440, as_of=_AS_OF),
        "conversion": engine.conversion(_MOMENTS, _MOMENTS + 1440, as_of=_AS_OF),
        "pipeline": engine.pipeline(["提案"], [5], [100], ["提案"] * 10, [*range(10, 30, 2)], [True, False] * 5),
        "tree": engine.tree(["a", "b"], ["b * 2", 3.0]),
        "tree with a goal": engine.tree(["a", "b"], ["b * 2", 3.0], weights=[None, 1.0], goal=10.0),
    }


_MADE, _AGAIN = _answers(), _answers()


@pytest.mark.parametrize("name", _MADE)
def test_the_same_question_has_an_equal_answer(name: str) -> None:
    assert _MADE[name] == _AGAIN[name]


@pytest.mark.parametrize("name", _MADE)
def test_one_other_number_makes_another_answer(name: str) -> None:
    answer = _MADE[name]
    field = next(f.name for f in dataclasses.fields(answer) if np.asarray(getattr(answer, f.name)).dtype.kind in "fi")
    other = dataclasses.replace(answer, **{field: np.asarray(getattr(answer, field)) + 1})
    assert answer != other


def test_answers_of_other_lengths_or_kinds_are_not_equal() -> None:
    assert engine.rate([1], [2]) != engine.rate([1, 1], [2, 2])
    assert engine.rate(18, 20) != engine.landing(50, *_JUNE, as_of=_AS_OF)
    assert engine.rate(18, 20) != 0.9
    assert _MADE["tree"] != _MADE["tree with a goal"], "one has targets, the other None"


@dataclasses.dataclass(frozen=True, eq=False)
class _Held(Answer):
    value: Any


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (pd.DataFrame({"count": [1, 2]}), pd.DataFrame({"count": [1, 3]})),
        (pd.Series([1.0, np.nan]), pd.DataFrame({"count": [1.0, np.nan]})),
        ({"call": np.array([1, 2])}, {"call": np.array([1, 3])}),
        ({"call": 1}, {"won": 1}),
        ((np.array([1]), "a"), (np.array([1]), "b")),
        ((1, 2), (1, 2, 3)),
    ],
)
def test_frames_and_collections_of_arrays_are_equal_where_all_in_them_is(value: Any, other: Any) -> None:
    assert _Held(value) == _Held(copy.deepcopy(value))
    assert _Held(value) != _Held(other)


@dataclasses.dataclass(frozen=True)
class _Plain:
    value: float
    where: str = dataclasses.field(default="", compare=False)


def test_what_is_unknown_in_a_dataclass_that_is_held_is_equal_too() -> None:
    assert _Held((_Plain(float("nan")),)) == _Held((_Plain(float("nan")),))
    assert _Held(_Plain(1.0)) != _Held(_Plain(2.0))
    assert _Held(_Plain(1.0, "here")) == _Held(_Plain(1.0, "there"))


def test_no_answer_with_arrays_is_left_out() -> None:
    tried = {type(answer) for answer in _MADE.values()}
    offered = {getattr(engine, name) for name in engine.__all__}
    with_arrays = {
        answer
        for answer in offered
        if dataclasses.is_dataclass(answer)
        and any("NDArray" in str(field.type) or "ndarray" in str(field.type) for field in dataclasses.fields(answer))
    }
    assert len(with_arrays) > 10
    assert with_arrays <= tried


def test_an_answer_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(_MADE["rate"])
