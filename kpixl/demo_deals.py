"""The list of deals of the demo's team: the leads that have made an appointment, with how each stands on the day.

Chance is asked apart from the log's, so that the log is the same with the list and without. Orders are in the IT
industry more often than other deals; nothing else is planted.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from kpixl.texts import say, section

if TYPE_CHECKING:
    from kpixl.demo import Event

__all__ = ["STAGES", "deals_of"]

STAGES = ("appointment", "meeting", "qualified", "won")
_SEED = 20260313
_INDUSTRIES = {True: (0.5, 0.2, 0.2, 0.1), False: (0.2, 0.35, 0.3, 0.15)}  # of orders, of other deals; IT first
_REASONS = (0.4, 0.3, 0.2, 0.1)
_DAYS_TO_LOSS = 25.0  # after the last step, on average


def deals_of(
    events: "Iterable[Event]", unit_value: float, first: dt.date, as_of: dt.date
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the list by `demo.deal_columns`: the deals that were open on the `first` day or came later."""
    rng = np.random.default_rng(_SEED)
    industries, reasons = (tuple(section(f"demo.{key}").values()) for key in ("industry", "reason"))
    names = section("demo.events")
    deals: dict[str, list[Event]] = {}
    for event in events:
        if event.event in STAGES:
            deals.setdefault(event.lead, []).append(event)
    for lead, steps in sorted(deals.items()):
        to_win = any(step.event == "won" for step in steps)
        industry = industries[rng.choice(len(industries), p=_INDUSTRIES[to_win])]
        size, wait = float(rng.lognormal(-0.02, 0.2)), float(rng.gamma(2.0, _DAYS_TO_LOSS / 2))
        reason = reasons[rng.choice(len(reasons), p=_REASONS)]
        known = {step.event: step for step in sorted(steps, key=_when) if step.at.date() <= as_of}  # the last of each
        if not known:
            continue
        last = known[max(known, key=STAGES.index)]
        lost = max(map(_when, known.values())).date() + dt.timedelta(days=1 + round(wait))
        gone = not to_win and lost <= as_of
        won = last.event == "won"
        if (gone and lost < first) or (won and last.at.date() < first):
            continue
        yield (
            lead,
            f"{min(map(_when, known.values())):%Y/%m/%d}",
            last.member,
            last.channel,
            say("event.lost") if gone else names[last.event],
            last.amount if won else int(round(unit_value * size, -4)),
            industry,
            f"{last.at:%Y/%m/%d}" if won else "",
            f"{lost:%Y/%m/%d}" if gone else "",
            reason if gone else "",
        )


def _when(event: "Event") -> dt.datetime:
    return event.at
