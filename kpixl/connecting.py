"""The command `kpixl connect`: what a workbook is connected to, in words, and what a refresh brought in from there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kpixl.listing import listed, room
from kpixl.texts import say

if TYPE_CHECKING:
    from kpixl.workbook.connections import Came
    from kpixl.workbook.refresh import Refreshed

__all__ = ["as_json", "disconnect", "failed", "run", "say_came", "show"]


def run(
    book: Path, sources: Sequence[str], mapping: Path | None, tool: str | None, covers: str = "", *, ask: bool
) -> None:
    """Connect a workbook to sources, having said how each would be read, and asked on a terminal."""
    from kpixl.errors import InvalidPlan  # noqa: PLC0415
    from kpixl.workbook.connecting import connect, prepared  # noqa: PLC0415

    found = prepared(book, sources, mapping, tool, covers)
    for one in found:
        key = "cli.connect_empty" if one.empty else "cli.recognised"
        typer.echo(say(key, file=_shown(one.source), name=one.name))
    if ask and not all(one.empty for one in found) and not typer.confirm(say("cli.is_it"), default=True):
        raise InvalidPlan("mapping_declined")
    for one, known in zip(found, connect(book, found), strict=True):
        typer.echo(say("cli.connected_anew" if known else "cli.connected", source=_shown(one.source)))
    typer.echo(say("cli.connected_next", book=book))


def disconnect(book: Path, sources: Sequence[str]) -> None:
    """Take sources out of a workbook."""
    from kpixl.errors import InvalidPlan  # noqa: PLC0415
    from kpixl.workbook.connecting import connections_of  # noqa: PLC0415
    from kpixl.workbook.connecting import disconnect as take_out  # noqa: PLC0415

    if not sources:
        known = say("join").join(_shown(one.source) for one in connections_of(book)) or "-"
        raise InvalidPlan("connect_nothing", known=known)
    for source in take_out(book, sources):
        typer.echo(say("cli.removed", source=_shown(source)))


def show(book: Path) -> None:
    """Print what a workbook is connected to."""
    from kpixl.workbook.connecting import connections_of  # noqa: PLC0415

    found = connections_of(book)
    if not found:
        typer.echo(say("cli.no_connections"))
        return
    headings = [say(f"heading.{key}") for key in ("connection", "mapping", "covers", "brought", "said")]
    rows = [
        [
            _shown(one.source),
            one.mapping or say("cli.by_headings"),
            say(f"covers.{one.covers}") if one.covers else "",
            one.brought,
            one.said,
        ]
        for one in found
    ]
    typer.echo("\n".join(listed(headings, rows, room())))


def say_came(came: "Sequence[Came]") -> None:
    """Print what came of each source of a refresh."""
    for one in came:
        typer.echo(say("cli.came", source=one.source, said=one.said), err=one.failed)
        for note in one.notes:
            typer.echo(f"  {note}")


def failed(came: "Sequence[Came]") -> int:
    """Say how many sources could not be brought in; return the exit code."""
    number = sum(one.failed for one in came)
    if number:
        typer.echo(say("cli.some_failed", number=number), err=True)
    return 1 if number else 0


def as_json(refreshed: "Refreshed", came: "Sequence[Came]", *, written: bool) -> str:
    """Return what a refresh did as JSON."""
    told = {
        "path": str(refreshed.receipt.path),
        "as_of": refreshed.tracking.as_of.isoformat(),
        "sources": [
            {"source": one.source, "outcome": one.outcome, "said": one.said, "notes": list(one.notes)} for one in came
        ],
        "told": list(refreshed.told),
        "written": written,
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _shown(source: str) -> str:
    from kpixl.actuals.databases import is_url, shown_url  # noqa: PLC0415

    return shown_url(source) if is_url(source) else source
