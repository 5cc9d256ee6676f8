"""The last import is taken back exactly, also where there are too many facts to look at each."""

import pandas as pd
import pytest

from kpixl.actuals import undoing_many
from kpixl.actuals.undoing import changes, taken_back
from kpixl.errors import UnreadableData


def _facts(days: int, first: int = 1) -> pd.DataFrame:
    dates = pd.date_range(f"2026-06-{first:02d}", periods=days)
    keys = pd.MultiIndex.from_product([dates, ["佐藤", "鈴木"], ["Web"], ["call", "won"], ["log"]])
    frame = keys.to_frame(index=False, name=["date", "member", "channel", "event", "source"])
    measures = {"count": 1.0 + frame.index % 3, "amount": 0.0, "minutes": (frame.index % 7) / 60, "itemised": False}
    return frame.assign(**measures).astype({"date": "datetime64[s]", "count": "float64"})


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing_many, "MOST_BY_DAY", 20)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_facts(20), _facts(25)),
        (_facts(20), _facts(20).assign(count=lambda t: t["count"].where(t["date"] != "2026-06-07", 9.0))),
        (_facts(20), _facts(10, first=15)),
        (_facts(20), _facts(2)),
        (_facts(2), _facts(20)),
        (_facts(20)[:0], _facts(20)),
        (_facts(20), _facts(20)[:0]),
    ],
)
def test_what_was_comes_back(before: pd.DataFrame, after: pd.DataFrame) -> None:
    text = changes({"facts": before}, {"facts": after})
    found = taken_back(text, {"facts": after})["facts"]
    same = (undoing_many.in_words(frame).reset_index(drop=True) for frame in (found, before))
    pd.testing.assert_frame_equal(*same, check_dtype=False)


def test_little_is_kept_of_an_import_that_changes_little() -> None:
    before = _facts(25)
    after = before.assign(count=before["count"].where(before["date"] != "2026-06-07", 9.0))
    assert len(changes({"facts": before}, {"facts": after})) < 4000


def test_what_was_changed_since_is_noticed() -> None:
    text = changes({"facts": _facts(20)}, {"facts": _facts(25)})
    with pytest.raises(UnreadableData):
        taken_back(text, {"facts": _facts(25).assign(count=2.0)})
