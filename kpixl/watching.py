"""The command `kpixl status`: the morning look in a terminal, or as JSON, and word of it to others."""

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kpixl.busy import busy
from kpixl.listing import listed, room
from kpixl.texts import say, speaking

if TYPE_CHECKING:
    from kpixl.workbook.morning import Look, Row

__all__ = ["run"]

_COLOURS = {"on_track": "green", "recoverable": "yellow", "will_miss": "red"}
_HEADINGS = (
    "heading.kpi",
    "heading.target",
    "status_command.due",
    "heading.actual",
    "status_command.attained",
    "heading.landing",
    "heading.status",
)
_FIGURES = range(1, len(_HEADINGS) - 1)


def run(book: Path, as_of: dt.date | None, urls: Sequence[str], *, as_json: bool) -> None:
    """Print the state of a plan, tell it where something has changed, and exit 1 if something will be missed."""
    from kpixl.workbook.morning import look  # noqa: PLC0415 - heavy

    with busy(say("cli.looking")):
        seen = look(book, as_of)
    with speaking(seen.language):
        typer.echo(_as_json(seen) if as_json else "\n".join(_lines(seen)))
        if urls:
            from kpixl.notifying import tell  # noqa: PLC0415

            for sentence in tell(seen, urls):
                typer.echo(sentence, err=as_json)
    raise typer.Exit(1 if seen.missed else 0)


def _lines(seen: "Look") -> list[str]:
    """Return what is printed: a sentence, the KPIs, and what to do next."""
    table = listed([say(key) for key in _HEADINGS], [_cells(seen, row) for row in seen.rows], room(), right=_FIGURES)
    told = [line for what, note in seen.tasks for line in ([what, f"    {note}"] if note else [what])]
    alerts = [say("summary.alerts", kpis=say("join").join(seen.alerts))] if seen.alerts else []
    body = ["", *(_coloured(line, seen.rows) for line in table), "", *alerts, say("board.tasks_section"), *told]
    return [say("status_command.title", file=seen.path.name, day=seen.day), seen.headline, *body]


def _cells(seen: "Look", row: "Row") -> list[str]:
    unit, divisor = seen.unit
    name = say("status_command.in_unit", kpi=row.name, unit=unit) if row.money else row.name
    scale = divisor if row.money else 1
    amounts = ["" if one is None else f"{one / scale:,.0f}" for one in (row.target, row.due, row.actual)]
    attained = "" if row.attained is None else f"{row.attained:.0%}"
    landing = "" if row.landing is None else f"{row.landing / scale:,.0f}"
    return [name, *amounts, attained, landing, row.said]


def _coloured(line: str, rows: "Sequence[Row]") -> str:
    """Colour the verdict at the end of a line; only a terminal is shown that."""
    for row in rows:
        if row.status in _COLOURS and line.endswith(row.said):
            return line.removesuffix(row.said) + typer.style(row.said, fg=_COLOURS[row.status])
    return line


def _as_json(seen: "Look") -> str:
    told = {
        "path": str(seen.path),
        "as_of": seen.as_of.isoformat(),
        "headline": seen.headline,
        "kpis": [dataclasses.asdict(row) for row in seen.rows],
        "missed": list(seen.missed),
        "alerts": list(seen.alerts),
        "next": [{"what": what, "note": note} for what, note in seen.tasks],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
