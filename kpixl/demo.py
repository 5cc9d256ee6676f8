"""A year of a plausible inside-sales team, so that anybody can see the whole loop with nothing but the package.

Leads are simulated one by one with a fixed seed: they are called, connect, make appointments, meet, qualify and buy,
days apart. The team was at work before the plan begins, so orders come from its first days on. The story in the
numbers: webinars bring too few leads in the second half of the year, one person books appointments far better than the
others, another has lost touch with qualifying, and a new call script books more of the connects, while a text message
before the call changes nothing. More calls get through between four and six. kpixl should find all of it. Leads that
have made an appointment stand in a list of deals as well, of which those in the IT industry are won more often.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from kpixl import demo_deals
from kpixl.engine.calendar import Calendar
from kpixl.errors import WorkbookRefused
from kpixl.files.whole import write_whole
from kpixl.plan import REVENUE, Plan, set_targets
from kpixl.plan.currency import amount
from kpixl.texts import say, section, speaking
from kpixl.xlsx import Package
from kpixl.xlsx.address import address

if TYPE_CHECKING:
    from kpixl.actuals import Import
    from kpixl.workbook.refresh import Refreshed
    from kpixl.workbook.report import Report

__all__ = ["AS_OF", "MONTH", "START", "keep_log", "run", "write_exports"]

START, MONTH, AS_OF = dt.date(2025, 4, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 13)
_SEED = 20250401
_DAYS = (0, 1, 0, 5, 7, 21)  # from each stage to the next, on average
_SKILL = {1: (2, 1.45), 4: (4, 0.6)}  # member → (step, how much better or worse than the plan's rate)
_FADING = (2, 6, 0.6)  # channel, from which month, how much of the leads still come
_SCRIPT = (2, dt.date(2026, 1, 13), 1.35)  # step, from which day, how much better
_MESSAGES = (1, dt.date(2025, 11, 10))  # step, from which day; nothing comes of them
_HOURS, _MOVED = (16, 17), 16  # two in nine of the calls that get through are moved to these hours, which are better so
_REPEATED = ("call", "connect")
_MARKET = 0.95
_MONTHS_BEFORE = 2  # whose leads become orders of the plan's first months


@dataclass(frozen=True)
class Event:
    """What happened with a lead."""

    at: dt.datetime
    event: str
    member: str
    channel: str
    lead: str
    amount: int = 0
    minutes: int = 0


def run(folder: Path, language: str) -> list[str]:
    """Run the whole loop in `folder`, which is made where it is missing, and return in five lines what came of it.

    Raises
    ------
    WorkbookRefused
        When the folder holds files already.
    """
    from kpixl.actuals import read_mapping  # noqa: PLC0415 - heavy, and only the loop needs them
    from kpixl.plan import read_template  # noqa: PLC0415
    from kpixl.workbook.importing import import_into  # noqa: PLC0415
    from kpixl.workbook.planbook import build  # noqa: PLC0415
    from kpixl.workbook.report import write_report  # noqa: PLC0415
    from kpixl.workbook.state import new_state  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise WorkbookRefused("folder_not_empty", path=folder)
    with speaking(language):
        plan = read_template("inside_sales", language=language, start=START)
        book = folder / say("demo.book")
        build(new_state(plan), book)
        keep_log(plan, book)
        log, deals, mapping = write_exports(plan, folder)
        done = import_into(book, [log, deals], read_mapping(mapping), as_of=AS_OF)
        report = write_report(book, MONTH, folder)
        return _findings(done.refreshed, done.brought, report, book)


def _findings(refreshed: "Refreshed", imported: "Import", report: "Report", book: Path) -> list[str]:
    tracking = refreshed.tracking
    from kpixl.workbook.sheets.gap import bottleneck_step  # noqa: PLC0415

    revenue = tracking.kpi(REVENUE)
    missed = tracking.progress[tracking.progress["status"] == "will_miss"]["name"]
    skills = tracking.members.skills
    told = {
        sign: [f"{name} {step}" for name in skills.index for step in skills.columns if skills[step][name] == sign]
        for sign in (1, -1)
    }
    nothing, join = say("demo.nothing"), say("join")
    return [
        say("demo.imported", rows=imported.controls[0].read, facts=len(imported.facts)),
        say(
            "demo.progress",
            day=tracking.as_of,
            actual=amount(revenue["actual_to_date"]),
            target=amount(revenue["target_to_date"]),
            missed=join.join(missed) or nothing,
        ),
        say("demo.bottleneck", step=bottleneck_step(tracking.bottleneck) if tracking.bottleneck else nothing),
        say("demo.skills", strong=join.join(told[1]) or nothing, weak=join.join(told[-1]) or nothing),
        say("demo.open", book=book, report=report.path),
    ]


def write_exports(plan: Plan, folder: Path) -> tuple[Path, Path, Path]:
    """Write the team's activity log and its list of deals as a CRM would export them, and the mapping of their columns.

    Returns the paths of the log, of the list and of the mapping, with headings in the language in force.
    """
    log, deals, mapping = folder / say("demo.log_file"), folder / say("demo.deals_file"), folder / "mapping.toml"
    for path in (log, deals, mapping):
        if path.exists():
            raise WorkbookRefused("file_exists", path=path)
    headings = section("demo.columns")
    names = section("demo.events")
    simulated = list(_simulate(plan, np.random.default_rng(_SEED)))
    seen = [event for event in simulated if plan.period.start <= event.at.date() <= AS_OF]
    events = _once(sorted(seen, key=lambda event: (event.at, event.lead)))
    _write_csv(
        log,
        headings.values(),
        (
            (f"{e.at:%Y/%m/%d %H:%M}", names[e.event], e.member, e.channel, e.lead, e.amount or "", e.minutes or "")
            for e in events
        ),
    )
    listed = {f"deal_{key}": heading for key, heading in section("demo.deal_columns").items()}
    rows = demo_deals.deals_of(simulated, plan.goal.unit_value, plan.period.start, AS_OF)
    _write_csv(deals, listed.values(), rows)
    told = {"values": _values(names), "milestones": _milestones(names), "match": log.name, "deals": deals.name}
    write_whole(mapping, say("demo.mapping", **told, **headings, **listed).encode())
    return log, deals, mapping


def _write_csv(path: Path, headings: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def _values(names: dict[str, str]) -> str:
    """Return what the activities are, but for those of deals, which are read apart."""
    return "\n".join(f'"{name}" = "{event}"' for event, name in names.items() if event not in demo_deals.STAGES)


def _milestones(names: dict[str, str]) -> str:
    """Return how the steps of the deals are read: each lead makes them once, and an order is worth something."""
    columns = section("demo.columns")
    worth = {"won": f'amount = "{columns["amount"]}"\n'}
    parts = (
        say("demo.milestone", told=event, name=names[event], worth=worth.get(event, ""), **columns)
        for event in demo_deals.STAGES
    )
    return "".join(parts).strip()


def keep_log(plan: Plan, book: Path) -> None:
    """Type into the log of the plan workbook at `book` what the team did and what befell it, in the language in force.

    The workbook is that of `plan`, with the log still empty.
    """
    words = {key: say(f"heading.{key}") for key in ("date", "kind", "step", "action")}
    log = (
        (plan.period.starts[_FADING[1]], "trouble", None, "fading"),
        (_MESSAGES[1], "measure", plan.step_name(_MESSAGES[0]), "messages"),
        (_SCRIPT[1], "measure", plan.step_name(_SCRIPT[0]), "script"),
    )
    with Package.open(book) as package:
        table = package.tables["kpixl_actions"]
        left, top, *_ = table.body_area
        columns = [left + table.columns.index(heading) for heading in words.values()]
        for row, (day, kind, step, note) in enumerate(log, top):
            typed = (day, say(f"action_kind.{kind}"), step, say(f"demo.log.{note}"))
            cells = zip(columns, typed, strict=True)
            package.set_cells(table.sheet, {address(column, row): value for column, value in cells})
        package.save()


def _simulate(plan: Plan, rng: Generator) -> Iterator[Event]:
    targets = set_targets(plan)
    number = 0
    first = plan.period.start
    for month, (start, end) in enumerate(zip(plan.period.starts, plan.period.ends, strict=True)):
        days = _working_days(plan, start, end)
        part = targets.strength[month] / targets.strength[month].sum()
        for place in range(len(plan.channels)):
            expected = int(targets.by_channel[0, month, place]) * _MARKET
            if place == _FADING[0] and month >= _FADING[1]:
                expected *= _FADING[2]
            for _ in range(rng.poisson(expected)):
                number += 1
                person = int(rng.choice(len(part), p=part))
                yield from _lead(plan, rng, days[rng.integers(len(days))], place, person, f"L{number:05d}")
    start = (first - dt.timedelta(days=28 * _MONTHS_BEFORE)).replace(day=1)
    days = _working_days(plan, start, first - dt.timedelta(days=1))
    part = targets.strength[0] / targets.strength[0].sum()
    for place in range(len(plan.channels)):
        expected = int(targets.by_channel[0, 0, place]) * _MARKET * _MONTHS_BEFORE
        for _ in range(rng.poisson(expected)):
            number += 1
            person = int(rng.choice(len(part), p=part))
            yield from _lead(plan, rng, days[rng.integers(len(days))], place, person, f"L{number:05d}")


def _once(events: list[Event]) -> list[Event]:
    """Keep the last of each step of a lead; only calls and connects are repeated."""
    last = {(event.lead, event.event): event for event in events}
    return [event for event in events if event.event in _REPEATED or last[event.lead, event.event] is event]


def _lead(plan: Plan, rng: Generator, day: dt.date, place: int, person: int, lead: str) -> Iterator[Event]:
    """Follow one lead down the funnel until it is lost."""
    channel, member = plan.channels[place], plan.members[person].name

    def happened(event: str, on: dt.date, **more: int) -> Event:
        at = dt.datetime.combine(on, dt.time(int(rng.integers(9, 18)), int(rng.integers(60))))
        return Event(at, event, "" if event == "lead" else member, channel.name, lead, **more)

    yield happened("lead", day)
    for call in range(max(1, rng.poisson(channel.rates[0]))):
        day = _later(plan, day, call)
        called = happened("call", day, minutes=int(rng.integers(1, 4)))
        if rng.random() >= _rate(plan, place, person, 1, day):
            yield called
            continue
        connected = happened("connect", day, minutes=int(rng.integers(3, 15)))
        late = connected.at.hour >= _MOVED
        at = connected.at.replace(hour=_HOURS[connected.at.minute % 2]) if late else called.at
        yield replace(called, at=at)
        yield replace(connected, at=at)
        reached = day
        for step in range(2, len(plan.stages) - 1):
            if rng.random() >= _rate(plan, place, person, step, reached):
                break
            reached = _later(plan, reached, rng.poisson(_DAYS[step]))
            event = plan.stages[step + 1].event
            amount = round(plan.goal.unit_value * rng.lognormal(-0.02, 0.2), -4) if event == "won" else 0
            yield happened(event, reached, amount=int(amount))


def _rate(plan: Plan, place: int, person: int, step: int, day: dt.date) -> float:
    skilled, skill = _SKILL.get(person, (0, 1.0))
    scripted, since, script = _SCRIPT
    rate = plan.channels[place].rates[step] * (skill if skilled == step else 1.0)
    return float(rate * (script if scripted == step and day >= since else 1.0))


def _later(plan: Plan, day: dt.date, days: int) -> dt.date:
    """Return the business day that lies `days` calendar days later, or the next one after it."""
    return _working_day(plan.period.calendar, day + dt.timedelta(days=int(days)))


@lru_cache(maxsize=1024)
def _working_day(calendar: Calendar, day: dt.date) -> dt.date:
    """Return a business day itself, or the next one after another day."""
    first: dt.date = calendar.dates(day, day + dt.timedelta(days=31)).tolist()[0]
    return first


def _working_days(plan: Plan, start: dt.date, end: dt.date) -> list[dt.date]:
    return list(plan.period.calendar.dates(start, end).tolist())
