"""The commands of `kpixl`: new, import, refresh, report, status, demo. Each calls one package and prints the result.

Whatever a command needs beyond its options is imported within it, so that `kpixl --help` is there at once.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kpixl import addin_commands, calling, checking, completing, connecting, doctor, importing, watching
from kpixl.busy import busy
from kpixl.logbook import log_file, logbook
from kpixl.options import Lang, Unvalued
from kpixl.texts import language, say

if TYPE_CHECKING:
    import datetime as dt

    from kpixl.workbook.refresh import Refreshed

__all__ = ["app"]

_T = TypeVar("_T")
_NAMED = 20  # of a list of names, before it is cut short

app = typer.Typer(
    help=say("cli.help"),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)


class _Covers(StrEnum):
    ALL = "all"
    DAYS = "days"
    SPAN = "span"
    ADDED = "added"


_Book = Annotated[Path, typer.Argument(metavar="BOOK", help=say("cli.book"), show_default=False)]
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=say("cli.as_of"))]
_Map = Annotated[Path | None, typer.Option("--map", metavar="FILE.toml", help=say("cli.map"))]
_Replace = Annotated[bool, typer.Option("--replace", help=say("cli.replace"))]
_Rejects = Annotated[Path | None, typer.Option("--rejects", metavar="DIR", help=say("cli.rejects_folder"))]
_Tool = Annotated[str | None, typer.Option("--tool", metavar="NAME", help=say("cli.tool"))]
_Strict = Annotated[bool, typer.Option("--strict", help=say("cli.strict"))]
_Json = Annotated[bool, typer.Option("--json", help=say("cli.json"))]
_Covering = Annotated[_Covers | None, typer.Option("--covers", help=say("cli.covers"))]


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
    lang: Lang = None,
) -> None:
    if version:
        from kpixl import __version__  # noqa: PLC0415

        typer.echo(f"kpixl {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(help=say("cli.new"))
def new(
    path: Annotated[Path, typer.Argument(metavar="PATH", help=say("cli.new_path"), show_default=False)],
    template: Annotated[str, typer.Option(metavar="NAME|FILE.toml", help=say("cli.template"))] = "inside_sales",
    goal: Annotated[str | None, typer.Option(metavar="1.2億", help=say("cli.goal"))] = None,
    unit_value: Annotated[str | None, typer.Option(metavar="100万", help=say("cli.unit_value"))] = None,
    start: Annotated[str | None, typer.Option(metavar="YYYY-MM", help=say("cli.start"))] = None,
    months: Annotated[int | None, typer.Option(help=say("cli.months"))] = None,
    currency: Annotated[str | None, typer.Option(metavar="JPY|USD|EUR|none", help=say("cli.currency"))] = None,
    members: Annotated[Path | None, typer.Option(metavar="FILE.csv", help=say("cli.members"))] = None,
    lang: Lang = None,
) -> None:
    from kpixl.engine.numbers import parse_number  # noqa: PLC0415
    from kpixl.plan import known_headings, parse_month, read_members, read_template  # noqa: PLC0415
    from kpixl.plan.currency import amount, paid_in, read_currency  # noqa: PLC0415
    from kpixl.workbook.planbook import build  # noqa: PLC0415
    from kpixl.workbook.state import new_state  # noqa: PLC0415

    listed = None if members is None else read_members(members)
    plan = read_template(
        template,
        language=lang or language(),
        goal=_option("--goal", goal, parse_number),
        unit_value=_option("--unit-value", unit_value, parse_number),
        start=_option("--start", start, parse_month),
        months=months,
        members=listed,
    )
    code = _option("--currency", currency, read_currency)
    plan = plan if code is None else replace(plan, currency=code)
    state = new_state(plan, live=path.suffix.lower() == ".xlsm")
    build(state, path)
    typer.echo(say("cli.made", path=path))
    if listed and listed.unknown:
        unknown = say("join").join(listed.unknown)
        typer.echo(say("cli.members_ignored", file=listed.file, names=unknown, known=known_headings()))
    orders = int(state.tracking.targets.orders.sum())
    with paid_in(plan.currency):
        goal_said = amount(plan.goal.value)
    typer.echo(say("cli.planned", goal=goal_said, orders=orders, stage=plan.stages[-1].name))


@app.command("import", help=say("cli.import"))
def import_(
    book: _Book,
    files: Annotated[
        list[str] | None, typer.Argument(metavar=importing.FILES, help=say("cli.files"), show_default=False)
    ] = None,
    mapping: _Map = None,
    tool: _Tool = None,
    undo: Annotated[bool, typer.Option("--undo", help=say("cli.undo"))] = False,
    alias: Annotated[list[str] | None, typer.Option("--alias", metavar="OLD=NEW", help=say("cli.alias"))] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help=say("cli.suggest"))] = False,
    covers: _Covering = None,
    replace: _Replace = False,
    strict: _Strict = False,
    rejects: _Rejects = None,
    add_members: Annotated[bool, typer.Option("--add-members", help=say("cli.add_members"))] = False,
    add_channels: Annotated[bool, typer.Option("--add-channels", help=say("cli.add_channels"))] = False,
    as_of: _AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli.dry_run"))] = False,
    as_json: _Json = False,
    lang: Lang = None,
) -> None:
    if undo or not files:
        importing.require_undo(files, undo=undo)
        with busy(say("cli.refreshing")):
            undone = importing.undo(book, as_of=_day(as_of), dry_run=dry_run)
        typer.echo(say("cli.would_undo" if dry_run else "cli.undone"))
        _say_refreshed(undone, dry_run)
        return
    if suggest:
        importing.suggest(files)
        return
    done = importing.run(
        book,
        files,
        mapping,
        tool,
        aliases=alias or (),
        add={"member": add_members, "channel": add_channels},
        covers=None if covers is None else covers.value,
        rejects=rejects,
        as_of=_day(as_of),
        replace=replace,
        dry_run=dry_run,
        strict=strict,
        as_json=as_json,
    )
    if not as_json:
        _say_refreshed(done.refreshed, dry_run)


@app.command(help=say("cli.refresh"))
def refresh(
    book: _Book,
    data: Annotated[list[str] | None, typer.Option(metavar="FILE|URL", help=say("cli.data"))] = None,
    mapping: _Map = None,
    covers: _Covering = None,
    replace: _Replace = False,
    rejects: _Rejects = None,
    agreements: Annotated[Path | None, typer.Option("--agreements", metavar="DIR", help=say("cli.agreements"))] = None,
    as_of: _AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli.dry_run"))] = False,
    as_json: _Json = False,
    lang: Lang = None,
) -> None:
    from kpixl.workbook.agreed import take_over  # noqa: PLC0415
    from kpixl.workbook.books import Book  # noqa: PLC0415
    from kpixl.workbook.connections import refresh_connected  # noqa: PLC0415

    if agreements is not None:
        with Book(book) as opened, opened.speaking():
            for sentence in take_over(opened, agreements, dry_run=dry_run):
                typer.echo(sentence, err=as_json)
    if data:
        done = importing.run(
            book,
            data,
            mapping,
            covers=None if covers is None else covers.value,
            rejects=rejects,
            as_of=_day(as_of),
            replace=replace,
            dry_run=dry_run,
            as_json=as_json,
        )
        if not as_json:
            _say_refreshed(done.refreshed, dry_run)
        return
    if not dry_run:
        logbook()
    with importing.interruptible(), busy(say("cli.refreshing")) as now, Book(book) as opened:
        refreshed, came = refresh_connected(opened, as_of=_day(as_of), dry_run=dry_run, progress=now.detail)
    if as_json:
        typer.echo(connecting.as_json(refreshed, came, written=not dry_run))
    else:
        connecting.say_came(came)
        _say_refreshed(refreshed, dry_run)
    raise typer.Exit(connecting.failed(came))


@app.command(help=say("cli.connect"))
def connect(
    book: _Book,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="FILE|DIR|URL...", help=say("cli.connect_sources"), show_default=False)
    ] = None,
    mapping: _Map = None,
    tool: _Tool = None,
    covers: _Covering = None,
    remove: Annotated[bool, typer.Option("--remove", help=say("cli.connect_remove"))] = False,
    lang: Lang = None,
) -> None:
    if remove:
        connecting.disconnect(book, sources or ())
    elif sources:
        connecting.run(
            book, sources, mapping, tool, "" if covers is None else covers.value, ask=importing.at_a_terminal()
        )
    else:
        connecting.show(book)


@app.command(help=say("cli.report"), cls=Unvalued)
def report(
    book: _Book,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help=say("cli.month"))] = None,
    week: Annotated[str | None, typer.Option(metavar="[DATE|YYYY-Www]", help=say("cli.week"))] = None,
    quarter: Annotated[str | None, typer.Option(metavar="[YYYYQn|YYYY-MM]", help=say("cli.quarter"))] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help=say("cli.out"))] = None,
    members: Annotated[bool, typer.Option("--members", help=say("cli.report_members"))] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help=say("cli.pdf"))] = False,
    png: Annotated[bool, typer.Option("--png", help=say("cli.png"))] = False,
    html: Annotated[bool, typer.Option("--html", help=say("cli.html"))] = False,
    playbook: Annotated[Path | None, typer.Option(metavar="FILE.toml", help=say("cli.playbook"))] = None,
    lang: Lang = None,
) -> None:
    from kpixl.plan import parse_month, parse_quarter, parse_week, the_only  # noqa: PLC0415
    from kpixl.workbook.printed import print_beside  # noqa: PLC0415
    from kpixl.workbook.report import write_report  # noqa: PLC0415

    span = the_only(
        {
            "--month": _option("--month", month, parse_month),
            "--week": _option("--week", week, parse_week),
            "--quarter": _option("--quarter", quarter, parse_quarter),
        }
    )
    with busy(say("cli.reporting")) as now:
        to = out or book.parent
        written = write_report(book, span, to, members=members, html=html, spoken=lang, playbook=playbook, progress=now)
        files = [written.path, *written.own]
        if pdf or png:
            now(say("cli.printing"))
            files += print_beside(files, pdf=pdf, png=png)
        files += written.web
    for sentence in written.sentences:
        typer.echo(f"・{sentence}")
    for sentence in written.kept:
        typer.echo(sentence)
    for path in files:
        typer.echo(say("cli.made", path=path))


@app.command(help=say("cli.status"))
def status(
    book: _Book,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=say("cli.status_as_of"))] = None,
    notify: Annotated[
        list[str] | None, typer.Option(metavar="URL", envvar="KPIXL_NOTIFY", help=say("cli.notify"))
    ] = None,
    as_json: _Json = False,
    lang: Lang = None,
) -> None:
    watching.run(book, _day(as_of), notify or (), as_json=as_json)


@app.command(help=say("cli.demo"))
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=say("cli.demo_folder"))] = Path("kpixl-demo"),
    opened: Annotated[bool, typer.Option("--open", help=say("cli.open"))] = False,
    lang: Lang = None,
) -> None:
    from kpixl.demo import run  # noqa: PLC0415
    from kpixl.files.opening import open_file  # noqa: PLC0415

    with busy(say("cli.demonstrating")):
        lines = run(folder, lang or language())
    for line in lines:
        typer.echo(line)
    if opened:
        open_file(folder / say("demo.book"))


app.add_typer(addin_commands.app, name="addin")
app.command("check", help=say("cli.check"))(checking.check)
app.command("doctor", help=say("cli.doctor"))(doctor.doctor)
app.command("completion", help=say("cli.completion"))(completing.completion)
app.command("call", help=say("cli.call"), context_settings={"ignore_unknown_options": True, "help_option_names": []})(
    calling.call
)
app.command("functions", help=say("cli.functions"))(calling.functions)


def _day(text: str | None) -> "dt.date | None":
    from kpixl.engine.numbers import parse_date  # noqa: PLC0415

    return _option("--as-of", text, parse_date)


def _option(name: str, text: str | None, read: Callable[[str], _T]) -> _T | None:
    """Read the text given for an option, and name the option where it cannot be read."""
    from kpixl.errors import InvalidValue, UserError  # noqa: PLC0415

    try:
        return None if text is None else read(text)
    except UserError as error:
        raise InvalidValue("option", option=name, reason=error) from error


def _say_refreshed(refreshed: "Refreshed", dry_run: bool) -> None:
    from kpixl.workbook.receipts import changed_cells  # noqa: PLC0415

    receipt = refreshed.receipt
    for line in refreshed.told if dry_run else (*refreshed.migrated, *refreshed.mended, *changed_cells(receipt)):
        typer.echo(line)
    typer.echo(
        say("cli.would_refresh" if dry_run else "cli.refreshed", path=receipt.path, day=refreshed.tracking.as_of)
    )
    for line in () if dry_run else refreshed.remarks:
        typer.echo(line)
    if not dry_run and (log := log_file()) is not None:
        typer.echo(say("cli.receipt", path=log))
    for kind, names in refreshed.unlisted.items():
        more = [say("import.more", rows=len(names) - _NAMED)] if len(names) > _NAMED else []
        typer.echo(say(f"cli.unlisted_{kind}", names=say("join").join([*names[:_NAMED], *more])))
