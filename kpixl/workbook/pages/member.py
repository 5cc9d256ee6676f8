"""1on1: an upright page per member, to talk along: figures, what stands out, what to talk about, and what is agreed.

Own counts stand beside their targets, own rates beside the team's and the plan's. What is said of a strength or a gap
says how sure it is (`tracking.advice`). Only the table of agreements is read back (`workbook.agreed`).
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpixl.engine.answers import Answer
from kpixl.plan import Stage
from kpixl.texts import say
from kpixl.tracking import Basis, Own, person
from kpixl.workbook.agreed import open_agreements
from kpixl.workbook.blocks import Block, Column, Sheet, Sparkline, Table, Value, figure, lettering
from kpixl.workbook.fitting import display_width, shortened
from kpixl.workbook.layout import lines_of, ruled, titled
from kpixl.workbook.pages.months import MEMBER, MOST, Months, months_of
from kpixl.workbook.pages.talk import (
    Figure,
    agreed_sentence,
    checks,
    headline,
    spoken,
    standings,
    told,
)
from kpixl.workbook.pages.wording import attained, due, style_of_targets
from kpixl.workbook.sheets.agreements import agreed_column
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.reasons import unknown
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.state import State
from kpixl.xlsx.address import address, column_letters

__all__ = ["pages", "title"]

_LEFT, _RIGHT, _DATA = 2, 9, 11  # columns: the first and last of the page, and the first beside it
_WIDTHS = (38, 18, 10, 10, 12, 13, 12, 11)
_WIDE = len(_WIDTHS)
_LINE, _SMALL_LINE = 116, 120  # half-width characters across the page
_TOP = 5
_MOST_OF_NAME = 36  # half-width characters of a name in the title
_ROOM, _MOST_AGREED = 4, 6  # blank rows for agreements, and how many rows these and the earlier ones fill at least
_ROWS, _LEAST_MEMO = 47, 3  # of an A4 page, and of them to write on freely
_ROOMY = 28  # points, of a row to write on

Floats = NDArray[np.float64]


def pages(state: State, taken: Iterable[str], progress: Callable[[str], None]) -> Iterator[Sheet]:
    """Yield the page of each member, with sheet titles that are not `taken`."""
    team, titles = _Team(state), set(taken)
    for number, member in enumerate(state.plan.members, 1):
        progress(member.name)
        made = _page(team, member.name, title(member.name, titles), number)
        titles.add(made.title)
        yield made


def _page(team: "_Team", name: str, heading: str, number: int) -> Sheet:
    state = team.state
    found = person(state.tracking, state.playbook, name)
    noted = lettering(f"B{_TOP}", standings(state, name, found, _LINE, _SMALL_LINE))
    at = noted.area.bottom + 2
    figures, known = _figures(team, name, f"B{at + 1}", number)
    trend = _history(team, name, figures)
    note = figures.area.bottom + 1
    below = note + len(team.note)
    points = lettering(f"B{below + 2}", spoken(state, found, _LINE, _SMALL_LINE))
    agreed_at, earlier = points.area.bottom + 2, team.agreed.get(name, [])
    agreed = _agreed(earlier, checks(state, found, known), f"B{agreed_at + 2}", number)
    memo_at = agreed.area.bottom + 2
    memo = max(_ROWS - memo_at, _LEAST_MEMO)
    return Sheet(
        heading,
        blocks=(
            *titled(say("member.title", member=shortened(name, _MOST_OF_NAME), **team.words)),
            _beside_title(state, name),
            lettering("B3", [[(headline(state, name), "headline")]]),
            noted,
            ruled(f"B{at}", say("member.figures_section"), _WIDE),
            lettering(f"B{note}", [[(line, "key")] for line in team.note]),
            ruled(f"B{below + 1}", say("member.points_section"), _WIDE),
            points,
            ruled(f"B{agreed_at}", say("member.agreed_section"), _WIDE),
            lettering(f"B{agreed_at + 1}", [[(agreed_sentence(state, earlier), "lead")]]),
            ruled(f"B{memo_at}", say("member.memo_section"), _WIDE),
            lettering(f"B{memo_at + 1}", [[("", "writing")] * _WIDE] * memo),
            lettering(f"B{memo_at + memo + 1}", [[(say("member.signature"), "key")]]),
            trend,
        ),
        tables=(figures, agreed),
        sparklines=tuple(_sparklines(figures, trend)),
        widths={column_letters(_LEFT + place): wide for place, wide in enumerate(_WIDTHS)},
        heights=dict.fromkeys(range(agreed.body.top, agreed.body.bottom + 1), _ROOMY),
        print_columns=f"A:{column_letters(_RIGHT)}",
        one_page=True,
        upright=True,
        footer=say("member.private"),
    )


def _beside_title(state: State, name: str) -> Block:
    """Return what stands beside the title: team, level and day; a name too long for the title stands whole below it."""
    if display_width(name) <= _MOST_OF_NAME:
        return lettering(f"{column_letters(_RIGHT)}2", [[(told(state, name), "aside")]])
    return lettering("B4", [[(say("member.dot").join((name, told(state, name))), "note")]])


def _figures(team: "_Team", name: str, at: str, number: int) -> tuple[Table, dict[str, Figure]]:
    """Return the table of counts and rates, and its figures that an agreement can be checked by, by name."""
    state, own = team.state, team.state.tracking.members.of(name)
    rows: list[tuple[Value, ...]] = []
    checked: dict[str, Figure] = {}
    for step in team.steps:
        stage, above = step.stage, step.above
        pace = own.pace[stage.event]
        actual = own.actual[stage.event] if step.known and own.recorded else None
        rate = step.rate(own)
        attainment = None if actual is None else figure(own.attainment[stage.event], None)
        rows.append((stage.name, None, pace if pace > 0 else None, actual, attainment, rate, step.team, step.planned))
        checked[stage.name] = Figure(actual, step.target(own), rate=False)
        if above is not None and step.basis is not Basis.SLOW:
            checked[say("member.rate_check", step=f"{above.name}→{stage.name}")] = Figure(rate, step.planned, rate=True)
    columns = (
        Column("stage", "strong", _WIDTHS[0]),
        Column("trend", "text", _WIDTHS[1]),
        Column("pace", style_of_targets(state) if span_over(state) else "decimal", _WIDTHS[2], heading=due(state)),
        Column("actual", "count", _WIDTHS[3]),
        Column("attainment", "attainment", _WIDTHS[4], heading=attained(state)),
        Column("own_rate", "rate", _WIDTHS[5]),
        Column("team_rate", "rate", _WIDTHS[6]),
        Column("plan_rate", "rate", _WIDTHS[7]),
    )
    return Table(at, f"report_member_{number}", columns, rows), checked


@dataclass(frozen=True, eq=False)
class _Step(Answer):
    """A stage with targets for members and the step into it from `above` (None: its own rate is not looked at).

    `known` says whether its counts are known, `compared` whether those above are too. `team` and `planned` are the
    rates of the team and of the plan, None where there are none. `wanted` are the members' targets of the next span,
    if the plan has it; `matured` are what each member won and of how many, where deals are followed.
    """

    stage: Stage
    above: Stage | None
    basis: Basis | None
    known: bool
    compared: bool
    team: float | None
    planned: float | None
    wanted: list[float] | None
    matured: tuple[Floats, Floats] | None

    def target(self, own: Own) -> float | None:
        """Return the target of a member in the next span; None where there is none."""
        return (self.wanted[own.place] or None) if self.wanted else None

    def rate(self, own: Own) -> float | None:
        """Return the rate of a member; None where there is none."""
        if self.matured:
            won, tried = self.matured
            return _rate(won[own.place], tried[own.place])
        if self.above is None or not self.compared or not own.recorded:
            return None
        return _rate(own.actual[self.stage.event], own.actual[self.above.event])


@dataclass(frozen=True, eq=False)
class _Team:
    """What the pages of all members have in common, each found once."""

    state: State

    @cached_property
    def words(self) -> dict[str, str]:
        """The words for the span."""
        return words(self.state)

    @cached_property
    def agreed(self) -> dict[str, list[dict[str, Any]]]:
        """The agreements that pages show, by member."""
        return open_agreements(self.state)

    @cached_property
    def steps(self) -> list[_Step]:
        """The stages but the first, which the channels bring, so that no member has a target for it."""
        carried = self.state.plan.stages[1:]
        return [self._step(above, stage) for above, stage in zip((None, *carried), carried, strict=False)]

    def _step(self, above: Stage | None, stage: Stage) -> _Step:
        tracking, blank = self.state.tracking, unknown(self.state)
        following, targets = tracking.span.later, tracking.targets
        wanted = following.of(targets.members(stage.event)).tolist() if following else None
        known = stage.event not in blank
        if above is None:
            return _Step(stage, None, None, known, False, None, None, wanted, None)
        place = self.state.plan.stages.index(above)
        planned = _rate(*(float(tracking.span.of(targets.team(one.event))) for one in (stage, above)))
        compared = known and above.event not in blank
        done, basis, matured = tracking.members.team, tracking.bases[place], None
        team = _rate(done[stage.event], done[above.event]) if compared else None
        if basis is Basis.MATURED:
            won, tried = matured = tracking.matured.won[place], tracking.matured.tried[place]
            team = _rate(won.sum(), tried.sum())
        return _Step(stage, above, basis, known, compared, team, planned, wanted, matured)

    @cached_property
    def note(self) -> list[str]:
        """How the rates are to be read, and on which steps no verdict rests, in lines."""
        told = [say("member.rates_note", **self.words)]
        for basis in (Basis.MATURED, Basis.SLOW):
            mine = [f"{step.above.name}→{step.stage.name}" for step in self.steps if step.above and step.basis is basis]
            told += [say(f"member.{basis}_steps", steps=say("join").join(mine), **self.words)] if mine else []
        return lines_of(say("join_sentences").join(told), _SMALL_LINE)

    @cached_property
    def months(self) -> list[Months]:
        """The last months of each such stage."""
        return [months_of(self.state, place, MEMBER) for place in range(1, len(self.state.plan.stages))]

    @cached_property
    def starts(self) -> tuple[dt.date, ...]:
        """The months of the trends: those, or the first of the plan, of which some are to come."""
        starts, begun = self.state.plan.period.starts, self.months[0].starts
        first = starts.index(begun[0])
        return starts[first : first + MOST]


def _rate(count: float, above: float) -> float | None:
    return float(count / above) if 0 <= count <= above * (1 + 1e-12) and above > 0 else None


def _history(team: _Team, name: str, figures: Table) -> Block:
    """Return the member's counts of the last months, beside the printed page, for the trends."""
    place = team.state.tracking.members.of(name).place
    rows: list[list[tuple[Value, str]]] = [[(month, "month") for month in team.starts]]
    for months in team.months:
        values = months.of(place)
        rows.append([(value, "count") for value in (*values, *[None] * (len(team.starts) - len(values)))])
    return lettering(f"{column_letters(_DATA)}{figures.area.top}", rows)


def _sparklines(figures: Table, trend: Block) -> list[Sparkline]:
    column, area = figures.area.left + 1, trend.area
    rows = range(figures.body.top, figures.body.bottom + 1)
    return [Sparkline(address(column, row), f"{address(area.left, row)}:{address(area.right, row)}") for row in rows]


def _agreed(earlier: list[dict[str, Any]], checked: list[tuple[str, str, str]], at: str, number: int) -> Table:
    """Return the table of agreements that are open or of this month, with rows to type into: two have a figure."""
    keys = ("action", "check", "now", "goal", "by_whom", "by_when", "month", "done")
    rows: list[tuple[Value, ...]] = [tuple(one.get(key) for key in keys) for one in earlier]
    rows += [(None, *check, None, None, None, None) for check in checked]
    blank = max(_ROOM, _MOST_AGREED - len(earlier)) + len(earlier) - len(rows)
    rows += [(None,) * len(keys)] * blank
    columns = tuple(
        Column(f"member.{key}", "text", wide, typed=key != "now") if key in _CHECKED else agreed_column(key)
        for key, wide in zip(keys, _WIDTHS, strict=True)
    )
    return Table(at, f"report_agreed_{number}", columns, rows, typed=True)


_CHECKED = ("check", "now", "goal")


def title(name: str, taken: Iterable[str]) -> str:
    """Return the name as a sheet title: at most 31 characters, none that Excel forbids, different from all others."""
    base = re.sub(r"[\[\]:*?/\\]", "_", name)[:31].strip("'") or "_"
    free, number = base, 2
    reserved = {other.lower() for other in taken} | {"history"}  # reserved by Excel
    while free.lower() in reserved:
        free = f"{base[:27]} {number}"
        number += 1
    return free
