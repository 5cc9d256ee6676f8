"""Whoever waits for an import is told how far it is."""

import time
from types import SimpleNamespace
from typing import Any

from kpixl.actuals import pace
from kpixl.texts import speaking


def test_rows_and_rows_a_second_in_the_language_in_force(monkeypatch: Any) -> None:
    monkeypatch.setattr(pace, "_EVERY", 0.01)
    told: list[str] = []
    desk = SimpleNamespace(opened={("a.csv", ""): [SimpleNamespace(records=1000), SimpleNamespace(records=234)]})
    with speaking("en"), pace.paced(desk, told.append):  # type: ignore[arg-type]
        while not told:
            time.sleep(0.01)
    assert told[0].startswith("1,234 rows (")
    seen = len(told)
    time.sleep(0.05)
    assert len(told) == seen, "nothing is told afterwards"


def test_nobody_who_waits(monkeypatch: Any) -> None:
    with pace.paced(SimpleNamespace(), None):  # type: ignore[arg-type]
        pass
