"""The command `kpixl import`: which mapping, then the import, then what came of it in words or as JSON.

Without a mapping the files are recognised by their headings. What is recognised is said; on a terminal it is asked once
for each workbook, which then remembers it.
"""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Lookup
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import typer

from kpixl.busy import busy
from kpixl.listing import listed, room
from kpixl.logbook import logbook
from kpixl.texts import say, section

if TYPE_CHECKING:
    import datetime as dt

    from kpixl.actuals import Import, Mapping, Merged
    from kpixl.actuals.presets import Recognised
    from kpixl.actuals.rules import Rule
    from kpixl.plan import Plan
    from kpixl.workbook.importing import Imported
    from kpixl.workbook.refresh import Refreshed

__all__ = ["FILES", "at_a_terminal", "interruptible", "require_undo", "run", "suggest", "undo"]

FILES = "FILE|URL..."  # what the help calls them
_REMEMBERED = "kpixl_import_tools"  # the presets that were agreed to for a workbook


def suggest(files: Sequence[str]) -> None:
    """Print a draft of a mapping for the files."""
    from kpixl.actuals.samples import samples_of  # noqa: PLC0415
    from kpixl.actuals.suggest import suggestion  # noqa: PLC0415

    typer.echo(suggestion(samples_of(files)), nl=False)


def run(
    book: Path,
    files: Sequence[str],
    mapping: Path | None,
    tool: str | None = None,
    *,
    covers: str | None,
    rejects: Path | None,
    as_of: "dt.date | None",
    replace: bool,
    dry_run: bool,
    aliases: Sequence[str] = (),
    strict: bool = False,
    as_json: bool = False,
    add: Lookup[str, bool] = MappingProxyType({}),
) -> "Imported":
    """Import files into a workbook, and say what was read and what became of the workbook."""
    from kpixl.actuals import read_mapping  # noqa: PLC0415
    from kpixl.workbook.importing import import_into  # noqa: PLC0415

    remember = None
    if mapping is not None:
        told = read_mapping(mapping)
    else:
        told, remember = _recognised(book, files, tool, quiet=as_json)
    pairs = [_pair(text) for text in aliases]
    if not dry_run:
        logbook()
    brought: dict[str, Any] = {}

    def tell(imported: "Import", merged: "Merged", plan: "Plan") -> None:
        brought.update(_as_data(imported, merged))
        if not as_json:
            _say_brought(imported, merged, plan)

    with interruptible(), busy(say("cli.importing")) as now:

        def wanted(kind: str, names: list[str]) -> bool:
            """Say whether new names are to be added to the settings, asking for it on a terminal."""
            if add.get(kind) or dry_run or as_json or not at_a_terminal():
                return add.get(kind, False)
            with now.paused():
                return typer.confirm(say(f"cli.add_{kind}", names=say("join").join(names)), default=False)

        done = import_into(
            book,
            files,
            told if covers is None else dataclasses.replace(told, covers=covers),
            as_of=as_of,
            dry_run=dry_run,
            may_replace=replace,
            rejects=rejects,
            remember=remember,
            strict=strict,
            aliases=pairs,
            wanted=wanted,
            progress=now.detail,
            tell=tell,
        )
    if done.added and not as_json:
        typer.echo("\n".join(done.added))
    if as_json:
        brought |= {
            "added": list(done.added),
            "rejects": None if done.rejects is None else str(done.rejects),
            "written": not dry_run,
        }
        typer.echo(json.dumps(brought, ensure_ascii=False, indent=2, default=str))
    elif done.rejects:
        typer.echo(say("cli.rejects", path=done.rejects))
    return done


@contextmanager
def interruptible() -> Iterator[None]:
    """Say that all is as it was where somebody stops the work."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(say("cli.interrupted"), err=True)
        raise


def require_undo(files: Sequence[str] | None, *, undo: bool) -> None:
    """Refuse files beside an undo, and an import without files."""
    from kpixl.errors import InvalidValue  # noqa: PLC0415

    if files:
        raise InvalidValue("undo_alone")
    if not undo:
        missing = InvalidValue("usage_missing", name=FILES)
        raise InvalidValue("usage", reason=missing, command="kpixl import")


def undo(book: Path, *, as_of: "dt.date | None", dry_run: bool) -> "Refreshed":
    """Undo the last import into a workbook."""
    from kpixl.workbook.importing import undo_last  # noqa: PLC0415

    if not dry_run:
        logbook()
    with interruptible():
        return undo_last(book, as_of=as_of, dry_run=dry_run)


def _pair(text: str) -> tuple[str, str]:
    from kpixl.errors import InvalidPlan  # noqa: PLC0415

    old, _, new = text.rpartition("=")
    if not old.strip() or not new.strip():
        raise InvalidPlan("alias", given=text)
    return old.strip(), new.strip()


def _recognised(
    book: Path, files: Sequence[str], tool: str | None, *, quiet: bool
) -> "tuple[Mapping, tuple[str, str] | None]":
    """Return how the files are read without a mapping, and what the workbook is to remember of it."""
    from kpixl.actuals.samples import recognised, samples_of  # noqa: PLC0415
    from kpixl.errors import InvalidPlan  # noqa: PLC0415

    samples = samples_of(files)
    found = recognised(samples)
    if not found and tool is None:
        raise InvalidPlan("mapping_needed")
    file, agreed = samples[0].file, _agreed(book)
    one = _chosen(file, found, tool, agreed)
    mapping = one.mapping()
    if not quiet:
        typer.echo(say("cli.recognised", file=file, name=one.name))
        for rule in mapping.rules:
            typer.echo(say("cli.reads", event=section("event")[rule.event.fixed], columns=_columns(rule)))
    if one.key in agreed:
        return mapping, None
    if at_a_terminal() and not quiet and not typer.confirm(say("cli.is_it"), default=True):
        raise InvalidPlan("mapping_declined")
    return mapping, (_REMEMBERED, ",".join([*agreed, one.key]))


def _chosen(file: str, found: "list[Recognised]", tool: str | None, agreed: list[str]) -> "Recognised":
    from kpixl.errors import UnreadableData  # noqa: PLC0415

    keys = [one.key for one in found]
    if tool is not None:
        if tool not in keys:
            raise UnreadableData("source_no_tool", file=file, given=tool, known=", ".join(keys) or "-")
        return found[keys.index(tool)]
    remembered = [one for one in found if one.key in agreed]
    if len(found) == 1 or len(remembered) == 1:
        return (remembered or found)[0]
    if not at_a_terminal():
        names = say("join").join(one.name for one in found)
        raise UnreadableData("source_presets", file=file, names=names, keys=", ".join(keys))
    typer.echo(say("cli.which_tool"))
    for place, one in enumerate(found, 1):
        typer.echo(f"  {place}: {one.name}")
    place = 0
    while not 1 <= place <= len(found):
        place = typer.prompt(say("cli.choose"), type=int)
    return found[place - 1]


def _agreed(book: Path) -> list[str]:
    """Return the presets to which somebody agreed for this workbook."""
    from kpixl.xlsx import Package  # noqa: PLC0415

    with Package.open(book) as package:
        return [key for key in str(package.properties.get(_REMEMBERED, "")).split(",") if key]


def at_a_terminal() -> bool:
    """Say whether there is somebody who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _columns(rule: "Rule") -> str:
    """Return the columns that a rule reads, in a line."""
    told = [rule.occurred_at, rule.member.column, rule.channel.column, rule.count, rule.amount, rule.minutes, rule.id]
    named = [f"{column} = {' / '.join(values)}" for column, values in rule.where.items()]
    return say("join").join([*dict.fromkeys(column for column in told if column), *named])


def _say_brought(imported: "Import", merged: "Merged", plan: "Plan") -> None:
    """Print what an import has read, and what the workbook held before and holds after it."""
    from kpixl.workbook.importing import balance_rows, control_rows, notes_of  # noqa: PLC0415

    for title, rows in (("controls", control_rows(imported, plan)), ("balances", balance_rows(merged, plan))):
        headings, *lines = rows
        typer.echo("\n".join([say(f"cli.{title}"), *listed([str(heading) for heading in headings], lines, room()), ""]))
    for note in notes_of(imported, merged):
        typer.echo(note)


def _as_data(imported: "Import", merged: "Merged") -> dict[str, Any]:
    """Return the same as data."""
    from kpixl.workbook.importing import notes_of  # noqa: PLC0415

    return {
        "source": imported.source,
        "files": [dataclasses.asdict(control) for control in imported.controls],
        "events": merged.balances.to_dict("records"),
        "notes": notes_of(imported, merged),
    }
