"""1on1: an upright page per member, to talk along: figures, what stands out, what to talk about, and what is agreed.

Own counts stand beside their targets, own rates beside the team's and the plan's. What is said of a strength or a gap
says how sure it is (`tracking.advice`). Only the table of agreements is read back (`workbook.agreed`).
"""

import re
from dataclasses import dataclass

import numpy as np

from kpixl.plan import Stage
from kpixl.texts import say
from kpixl.tracking import Basis, person
from kpixl.workbook.agreed import open_agreements
from kpixl.workbook.blocks import Block, Column, Sheet, Sparkline, Table, Value, figure, lettering
from kpixl.workbook.fitting import display_width, shortened
from kpixl.workbook.layout import lines_of, ruled, titled
from kpixl.workbook.pages.talk import (
    Figure,
    agreed_sentence,
    checks,
    headline,
    nothing_recorded,
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

__all__ = ["page"]

_LEFT, _RIGHT, _DATA = 2, 9, 11  # columns: the first and last of the page, and the first beside it
_WIDTHS = (38, 18, 10, 10, 12, 13, 12, 11)
_WIDE = len(_WIDTHS)
_LINE, _SMALL_LINE = 116, 120  # half-width characters across the page
_TOP = 5
_MOST_OF_NAME = 36  # half-width characters of a name in the title
_ROOM, _MOST_AGREED = 4, 6  # blank rows for agreements, and how many rows these and the earlier ones fill at least
_ROWS, _LEAST_MEMO = 47, 3  # of an A4 page, and of them to write on freely
_ROOMY = 28  # points, of a row to write on
_MONTHS = 12


def page(state: State, name: str, taken: set[str]) -> Sheet:
    """Return the page of the member `name`, with a sheet title that is not `taken` yet."""
    number = [member.name for member in state.plan.members].index(name) + 1
    found = person(state.tracking, state.playbook, name)
    noted = lettering(f"B{_TOP}", standings(state, name, found, _LINE, _SMALL_LINE))
    at = noted.area.bottom + 2
    figures, known = _figures(state, name, f"B{at + 1}", number)
    trend = _history(state, name, figures)
    note = figures.area.bottom + 1
    told_of_rates = lines_of(_note(state, name), _SMALL_LINE)
    below = note + len(told_of_rates)
    points = lettering(f"B{below + 2}", spoken(state, found, _LINE, _SMALL_LINE))
    agreed_at = points.area.bottom + 2
    agreed = _agreed(state, name, checks(state, found, known), f"B{agreed_at + 2}", number)
    memo_at = agreed.area.bottom + 2
    memo = max(_ROWS - memo_at, _LEAST_MEMO)
    return Sheet(
        _title(name, taken),
        blocks=(
            *titled(say("member.title", member=shortened(name, _MOST_OF_NAME), **words(state))),
            _beside_title(state, name),
            lettering("B3", [[(headline(state, name), "headline")]]),
            noted,
            ruled(f"B{at}", say("member.figures_section"), _WIDE),
            lettering(f"B{note}", [[(line, "key")] for line in told_of_rates]),
            ruled(f"B{below + 1}", say("member.points_section"), _WIDE),
            points,
            ruled(f"B{agreed_at}", say("member.agreed_section"), _WIDE),
            lettering(f"B{agreed_at + 1}", [[(agreed_sentence(state, name), "lead")]]),
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


def _figures(state: State, name: str, at: str, number: int) -> tuple[Table, dict[str, Figure]]:
    """Return the table of counts and rates, and its figures that an agreement can be checked by, by name."""
    plan, frames = state.plan, state.tracking.members
    known = _Counts(state, name)
    rows: list[tuple[Value, ...]] = []
    checked: dict[str, Figure] = {}
    carried = plan.stages[1:]  # the channels bring the first stage, so no member has a target for it
    for place, stage in enumerate(carried):
        above = carried[place - 1] if place else None
        own, team, planned = known.rates(above, stage)
        pace = float(frames.pace[stage.event][name])
        actual = known.actual(stage)
        rows.append(
            (
                stage.name,
                None,
                pace if pace > 0 else None,
                actual,
                figure(frames.attainment[stage.event][name], None) if actual is not None else None,
                own,
                team,
                planned,
            )
        )
        checked[stage.name] = Figure(actual, known.wanted(stage), rate=False)
        if above is not None and known.basis(above) is not Basis.SLOW:
            step = say("member.rate_check", step=f"{above.name}→{stage.name}")
            checked[step] = Figure(own, planned, rate=True)
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


def _note(state: State, name: str) -> str:
    """Return how the rates are to be read, and on which steps no verdict rests."""
    known = _Counts(state, name)
    kinds = ((basis, known.told(basis)) for basis in (Basis.MATURED, Basis.SLOW))
    more = [
        say(f"member.{basis}_steps", steps=say("join").join(steps), **words(state)) for basis, steps in kinds if steps
    ]
    return say("join_sentences").join([say("member.rates_note", **words(state)), *more])


@dataclass(frozen=True)
class _Counts:
    """What a member and the team did in the span, as far as it is known."""

    state: State
    name: str

    def actual(self, stage: Stage) -> float | None:
        if stage.event in unknown(self.state) or nothing_recorded(self.state, self.name):
            return None
        return float(self.state.tracking.members.actual[stage.event][self.name])

    def wanted(self, stage: Stage) -> float | None:
        """Return the target of the next span, if the plan has one for the member."""
        following, targets = self.state.tracking.span.later, self.state.tracking.targets.members(stage.event)
        return float(following.of(targets)[self._place]) or None if following else None

    def rates(self, above: Stage | None, stage: Stage) -> tuple[float | None, float | None, float | None]:
        """Return the rate of the member, of the team and of the plan; None where there is none."""
        if above is None:
            return None, None, None
        planned, matured = self._planned(above, stage), self.state.tracking.matured
        if self.basis(above) is Basis.MATURED:
            won, tried = (counts[self.state.plan.stages.index(above)] for counts in (matured.won, matured.tried))
            return _rate(won[self._place], tried[self._place]), _rate(won.sum(), tried.sum()), planned
        if {above.event, stage.event} & unknown(self.state):
            return None, None, planned
        actual = self.state.tracking.members.actual
        own = (
            None
            if nothing_recorded(self.state, self.name)
            else _rate(*(actual[one.event][self.name] for one in (stage, above)))
        )
        return own, _rate(*(actual[one.event].sum() for one in (stage, above))), planned

    def basis(self, above: Stage) -> Basis:
        """Return what the rate of the step from a stage rests on."""
        return self.state.tracking.bases[self.state.plan.stages.index(above)]

    def told(self, basis: Basis) -> list[str]:
        """Return the names of the members' steps whose rates rest on something."""
        stages = self.state.plan.stages
        return [
            self.state.plan.step_name(step) for step in range(1, len(stages) - 1) if self.basis(stages[step]) is basis
        ]

    def _planned(self, above: Stage, stage: Stage) -> float | None:
        """Return the rate that the team's targets make."""
        targets, span = self.state.tracking.targets, self.state.tracking.span
        return _rate(*(float(span.of(targets.team(one.event))) for one in (stage, above)))

    @property
    def _place(self) -> int:
        return [member.name for member in self.state.plan.members].index(self.name)


def _rate(count: float, above: float) -> float | None:
    return float(count / above) if 0 <= count <= above * (1 + 1e-12) and above > 0 else None


def _history(state: State, name: str, figures: Table) -> Block:
    """Return the member's counts of the last months, beside the printed page, for the trends."""
    plan, counts = state.plan, state.tracking.ledger.counts
    place = [member.name for member in plan.members].index(name)
    first = max(counts.months - _MONTHS, 0)
    months = plan.period.starts[first : first + _MONTHS]
    blank: list[tuple[Value, str]] = [(None, "count")] * (len(months) - (counts.months - first))
    rows: list[list[tuple[Value, str]]] = [[(month, "month") for month in months]]
    for stage in range(len(plan.stages)):
        if stage:
            monthly = counts.by_month(counts.stage(stage)[..., place].sum(axis=1))[first:]
            seen = np.maximum.reduceat(counts.known(stage), np.flatnonzero(np.diff(counts.month_of, prepend=-1)))[
                first:
            ]
            rows.append(
                [(float(value) if sure else None, "count") for value, sure in zip(monthly, seen, strict=True)] + blank
            )
    return lettering(f"{column_letters(_DATA)}{figures.area.top}", rows)


def _sparklines(figures: Table, trend: Block) -> list[Sparkline]:
    column, area = figures.area.left + 1, trend.area
    rows = range(figures.body.top, figures.body.bottom + 1)
    return [Sparkline(address(column, row), f"{address(area.left, row)}:{address(area.right, row)}") for row in rows]


def _agreed(state: State, name: str, checked: list[tuple[str, str, str]], at: str, number: int) -> Table:
    """Return the table of agreements that are open or of this month, with rows to type into: two have a figure."""
    earlier = open_agreements(state, name)
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


def _title(name: str, taken: set[str]) -> str:
    """Return the name as a sheet title: at most 31 characters, none that Excel forbids, different from all others."""
    base = re.sub(r"[\[\]:*?/\\]", "_", name)[:31].strip("'") or "_"
    title, number = base, 2
    reserved = {other.lower() for other in taken} | {"history"}  # reserved by Excel
    while title.lower() in reserved:
        title = f"{base[:27]} {number}"
        number += 1
    return title
