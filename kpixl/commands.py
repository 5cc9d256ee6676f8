"""The commands of `kpixl`: new, import, refresh, report, demo. Each reads its options, calls one room, says what came.

Whatever a command needs beyond its options is imported within it, so that `kpixl --help` is there at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kpixl import addin_commands, calling, checking
from kpixl.logbook import logbook
from kpixl.texts import language, say

if TYPE_CHECKING:
    from kpixl.actuals import Import
    from kpixl.workbook.refresh import Refreshed

__all__ = ["app"]

_T = TypeVar("_T")

app = typer.Typer(
    help=say("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)


class _Language(StrEnum):
    JA = "ja"
    EN = "en"


_Lang = Annotated[_Language | None, typer.Option("--lang", help=say("cli.lang"))]
_Book = Annotated[Path, typer.Argument(metavar="BOOK", help=say("cli.book"), show_default=False)]
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=say("cli.as_of"))]
_Map = Annotated[Path | None, typer.Option("--map", metavar="FILE.toml", help=say("cli.map"))]


@app.callback(invoke_without_command=True)
def _common(
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
    lang: _Lang = None,
) -> None:
    if version:
        from kpixl import __version__  # noqa: PLC0415

        typer.echo(f"kpixl {__version__}")
        raise typer.Exit


@app.command(help=say("cli.new"))
def new(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=say("cli.new_path"), show_default=False)],
    template: Annotated[str, typer.Option(metavar="NAME|FILE.toml", help=say("cli.template"))] = "inside_sales",
    goal: Annotated[str | None, typer.Option(metavar="1.2億", help=say("cli.goal"))] = None,
    unit_value: Annotated[str | None, typer.Option(metavar="100万", help=say("cli.unit_value"))] = None,
    start: Annotated[str | None, typer.Option(metavar="YYYY-MM", help=say("cli.start"))] = None,
    months: Annotated[int | None, typer.Option(help=say("cli.months"))] = None,
    members: Annotated[Path | None, typer.Option(metavar="FILE.csv", help=say("cli.members"))] = None,
    lang: _Lang = None,
) -> None:
    from kpixl.engine.numbers import parse_number  # noqa: PLC0415
    from kpixl.plan import parse_month, read_members, read_template  # noqa: PLC0415
    from kpixl.workbook.planbook import build  # noqa: PLC0415
    from kpixl.workbook.state import new_state  # noqa: PLC0415

    plan = read_template(
        template,
        language=lang or language(),
        goal=_option("--goal", goal, parse_number),
        unit_value=_option("--unit-value", unit_value, parse_number),
        start=_option("--start", start, parse_month),
        months=months,
        members=None if members is None else read_members(members),
    )
    state = new_state(plan, live=path.suffix.lower() == ".xlsm")
    build(state, path)
    typer.echo(say("cli.made", path=path))
    orders = int(state.tracking.targets.orders.sum())
    typer.echo(say("cli.planned", goal=plan.goal.value, orders=orders, stage=plan.stages[-1].name))


@app.command("import", help=say("cli.import"))
def import_(
    book: _Book,
    files: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help=say("cli.files"), show_default=False)],
    mapping: _Map = None,
    as_of: _AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli.dry_run"))] = False,
    lang: _Lang = None,
) -> None:
    imported = _imported(files, mapping)
    _say_controls(imported)
    _say_refreshed(_refresh(book, imported, as_of, dry_run), dry_run)


@app.command(help=say("cli.refresh"))
def refresh(
    book: _Book,
    data: Annotated[list[str] | None, typer.Option(metavar="FILE|URL", help=say("cli.data"))] = None,
    mapping: _Map = None,
    as_of: _AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli.dry_run"))] = False,
    lang: _Lang = None,
) -> None:
    imported = _imported(data, mapping) if data else None
    if imported:
        _say_controls(imported)
    _say_refreshed(_refresh(book, imported, as_of, dry_run), dry_run)


@app.command(help=say("cli.report"))
def report(
    book: _Book,
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help=say("cli.month"), show_default=False)],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help=say("cli.out"))] = None,
    lang: _Lang = None,
) -> None:
    from kpixl.plan import parse_month  # noqa: PLC0415
    from kpixl.workbook.report import write_report  # noqa: PLC0415

    with _busy(say("cli.reporting")) as now:
        written = write_report(book, parse_month(month), out or book.parent, progress=now)
    for sentence in written.sentences:
        typer.echo(f"・{sentence}")
    typer.echo(say("cli.made", path=written.path))


@app.command(help=say("cli.demo"))
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.demo_folder"))] = Path("kpixl-demo"),
    lang: _Lang = None,
) -> None:
    from kpixl.demo import run  # noqa: PLC0415

    with _busy(say("cli.demonstrating")):
        lines = run(folder, lang or language())
    for line in lines:
        typer.echo(line)


app.add_typer(addin_commands.app, name="addin")
app.command("check", help=say("cli.check"))(checking.check)
app.command("call", help=say("cli.call"), context_settings={"ignore_unknown_options": True})(calling.call)
app.command("functions", help=say("cli.functions"))(calling.functions)


def _imported(files: list[str], mapping: Path | None) -> "Import":
    from kpixl.actuals import import_events, read_mapping  # noqa: PLC0415
    from kpixl.errors import InvalidPlan  # noqa: PLC0415

    if mapping is None:
        raise InvalidPlan("mapping_needed")
    with _busy(say("cli.importing")):
        return import_events(files, read_mapping(mapping))


def _refresh(book: Path, imported: "Import | None", as_of: str | None, dry_run: bool) -> "Refreshed":
    from kpixl.engine.numbers import parse_date  # noqa: PLC0415
    from kpixl.workbook.refresh import refresh as refresh_book  # noqa: PLC0415

    day = _option("--as-of", as_of, parse_date)
    logbook()
    with _busy(say("cli.refreshing")):
        return refresh_book(book, imported=imported, as_of=day, dry_run=dry_run)


def _option(name: str, text: str | None, read: Callable[[str], _T]) -> _T | None:
    """Read the text given for an option, and name the option where it cannot be read."""
    from kpixl.errors import InvalidValue, UserError  # noqa: PLC0415

    try:
        return None if text is None else read(text)
    except UserError as error:
        raise InvalidValue("option", option=name, reason=error) from error


def _say_controls(imported: "Import") -> None:
    """Print the control totals of an import as a table, and where the rows that were set aside are."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    columns = ("file", "event", "read", "used", "set_aside", "duplicates", "other", "amount_in", "amount_out")
    table = Table(title=say("cli.controls"))
    for column in columns:
        table.add_column(say(f"heading.{column}"), justify="left" if column in ("file", "event") else "right")
    for control in imported.controls:
        shown = [getattr(control, column) for column in columns]
        table.add_row(*(value if isinstance(value, str) else f"{value:,.0f}" for value in shown))
    Console().print(table)
    if imported.rejects:
        typer.echo(say("cli.rejects", path=imported.rejects))


def _say_refreshed(refreshed: "Refreshed", dry_run: bool) -> None:
    from kpixl.workbook.receipts import changed_cells  # noqa: PLC0415

    receipt = refreshed.receipt
    for line in refreshed.told if dry_run else changed_cells(receipt):
        typer.echo(line)
    typer.echo(
        say("cli.would_refresh" if dry_run else "cli.refreshed", path=receipt.path, day=refreshed.tracking.as_of)
    )
    for line in () if dry_run else refreshed.closing:
        typer.echo(line)
    if not dry_run:
        typer.echo(say("cli.receipt", path=logbook()[1]))
    for kind, names in refreshed.unlisted.items():
        typer.echo(say(f"cli.unlisted_{kind}", names=say("join").join(names)))


@contextmanager
def _busy(what: str) -> Iterator[Callable[[str], None]]:
    """Show that long work goes on, on a terminal only; what is given to the yielded function is shown behind it."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda detail: None
        return
    with console.status(what) as status:
        yield lambda detail: status.update(f"{what} {detail}")
