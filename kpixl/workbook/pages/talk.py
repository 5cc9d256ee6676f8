"""What the page of a 1on1 says in sentences: how it went, what stands out and how sure that is.

Every sentence about a gap has its number and its size in money; where nothing is beyond chance, it says so. What to do
comes from the playbook (`plan.playbook`), for gaps that are there.
"""

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

from kpixl.plan import Member
from kpixl.texts import say
from kpixl.tracking import Certainty, Found, Kind, Person
from kpixl.workbook.layout import lines_of
from kpixl.workbook.sheets.insights_told import insight_told, signed_money
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.state import State

__all__ = [
    "Figure",
    "agreed_sentence",
    "checks",
    "headline",
    "spoken",
    "standings",
    "told",
]

_Lines = list[list[tuple[str, str]]]
_MOST_CHECKS = 2
_RARE = 0.01


@dataclass(frozen=True)
class Figure:
    """A figure that an agreement can be checked by: as it is, and as the plan wants it."""

    now: float | None
    wanted: float | None
    rate: bool

    def said(self, value: float) -> str:
        """Return a value of it in words."""
        return f"{value:.1%}" if self.rate else say("member.counted", count=value)

    @property
    def short(self) -> bool:
        """Whether it is known, and below what the plan wants."""
        return self.now is not None and self.wanted is not None and self.now < self.wanted


def told(state: State, name: str) -> str:
    """Return what stands above the page: team and level of a member, and until when it counts."""
    member = _member(state, name)
    parts = [member.team, member.level, say("member.until", day=state.tracking.as_of)]
    return say("member.dot").join(part for part in parts if part)


def headline(state: State, name: str) -> str:
    """Return how it went in one sentence."""
    if absent := _absent(state, name):
        return absent
    own, blank = state.tracking.members.of(name), unknown(state)
    if not own.recorded:
        return say("member.nothing", **words(state))
    listed = [kpi for kpi in state.plan.personal_kpis if kpi.key not in blank and not kpi.money]
    shares = {kpi: share for kpi in listed if not math.isnan(share := own.attainment[kpi.key])}
    if not shares:
        counts = [f"{kpi.name} {say('member.counted', count=own.actual[kpi.key])}" for kpi in listed]
        return say("member.no_target", counts=say("join").join(counts) or say("summary.nothing"), **words(state))
    low, high = (most(shares, key=lambda kpi: shares[kpi]) for most in (min, max))
    key = "all_reached" if shares[low] >= 1 else "none_reached" if shares[high] < 1 else "some_reached"
    return say(
        f"member.{key}",
        than=say("member.target" if span_over(state) else "member.target_to_date"),
        kpi=low.name,
        count=own.actual[low.key],
        share=shares[low],
        best=high.name,
        best_count=own.actual[high.key],
        best_share=shares[high],
    )


def standings(state: State, name: str, found: Person, wide: int, small: int) -> _Lines:
    """Return the lines on a strength and a growth point, each with how sure it is."""
    own = state.tracking.members.of(name)
    if not own.recorded and not state.tracking.ledger.counts.present[:, own.place].any():
        return [[(say("member.never"), "remark")]]
    rows: _Lines = []
    for key, one in (("strength", found.strength), ("growth", found.growth)):
        sentence, sure = _standing(state, one) if one else (say(f"member.no_{key}"), "")
        rows += [[(line, f"said_{key}")] for line in lines_of(say(f"member.{key}", said=sentence), wide)]
        rows += [[(line, "note")] for line in lines_of(sure, small) if line]
    return rows


def spoken(state: State, found: Person, wide: int, small: int) -> _Lines:
    """Return the lines on what to talk about: a gap with its size, then what to do, and what to watch."""
    rows: _Lines = []
    for point in found.points:
        sentence, _ = _standing(state, point.found)
        rows += [[(line, "strong")] for line in lines_of(say("member.point", said=sentence), wide)]
        for measure in point.measures:
            said = say("playbook.measure", name=measure.name, do=measure.do)
            rows += [[(line, "remark")] for line in lines_of(said, wide - 2)]
            rows += [[(line, "note")] for line in lines_of(say("playbook.watch", watch=measure.watch), small)]
    return rows or [[(say("member.no_points"), "remark")]]


def checks(state: State, found: Person, known: dict[str, Figure]) -> list[tuple[str, str, str]]:
    """Return the figures to check until next time, as they are and as the plan wants them: those of the gaps first."""
    names = []
    for point in found.points:
        one, stages = point.found.insight, {stage.event: stage.name for stage in state.plan.stages}
        if one.yen < 0 and one.kpi in stages:
            step = say("member.rate_check", step=f"{stages.get(one.above, '')}→{stages[one.kpi]}")
            names.append(step if one.kind is Kind.RATE else stages[one.kpi])
    names += [kpi.name for kpi in state.plan.personal_kpis]
    listed = [(check, known[check]) for check in dict.fromkeys(names) if check in known]
    short = [(check, one) for check, one in listed if one.short]
    return [(check, one.said(one.now or 0.0), one.said(one.wanted or 0.0)) for check, one in short[:_MOST_CHECKS]]


def agreed_sentence(state: State, listed: list[dict[str, Any]]) -> str:
    """Return what became of a member's agreements so far."""
    if not listed:
        return say("member.none_agreed")
    done = sum(bool(one["done"]) for one in listed)
    late = sum(1 for one in listed if not one["done"] and _before(one["by_when"], state.tracking.as_of))
    sentence = say("member.agreed_so_far", count=len(listed), done=done, open=len(listed) - done)
    return sentence + (say("join_sentences") + say("member.late", count=late) if late else "")


def _before(when: object, day: dt.date) -> bool:
    return isinstance(when, dt.date) and dt.date(when.year, when.month, when.day) < day


def _absent(state: State, name: str) -> str:
    """Return why a member has nothing to show; "" where they are there."""
    member, span = _member(state, name), state.tracking.span
    if member.joined and member.joined > span.end:
        return say("member.not_yet", day=member.joined, **words(state))
    if member.left and member.left < span.start:
        return say("member.gone", day=member.left, **words(state))
    return ""


def _standing(state: State, one: Found) -> tuple[str, str]:
    """Return a finding as a sentence, and how sure it is."""
    found = one.insight
    if one.certainty is Certainty.MONTH:
        sentence, more = insight_told(state, found if found.kind is Kind.STOPPED else replace(found, member=""))
        times = found.p * 100
        sure = say("member.sure_rare") if found.p < _RARE else say("member.sure", times=times)
        return sentence, say("join_sentences").join(part for part in (sure, more) if part)
    stages = {stage.event: stage.name for stage in state.plan.stages}
    figures = {
        "step": f"{stages.get(found.above, '')}→{stages[found.kpi]}",
        "what": stages[found.kpi],
        "above": stages.get(found.above, ""),
        "actual": found.actual,
        "of": found.of,
        "reference": found.reference,
        "yen": signed_money(found.yen),
    }
    if one.certainty is Certainty.TARGET:
        than = say("member.target" if span_over(state) else "member.target_to_date")
        return say("member.below_target", than=than, **figures), ""
    if one.certainty is Certainty.START:
        rates = {"rate": found.actual / found.of, "usual": found.reference / found.of}
        return say("member.since_start", **figures, **rates), say("member.sure_start", of=found.of)
    return say(f"member.open_{'rate' if found.kind is Kind.RATE else 'activity'}", **figures), ""


def _member(state: State, name: str) -> Member:
    return state.plan.members[state.tracking.members.of(name).place]
