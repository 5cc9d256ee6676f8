"""The buttons of Excel's ribbon: what the add-in asks Python to do with the workbook in front, which stays open.

Each returns what the user is to read. A workbook is Excel's own Workbook object.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpixl.errors import UserError
from kpixl.logbook import log_bug, logbook
from kpixl.texts import say

if TYPE_CHECKING:
    from kpixl.workbook.connections import Came
    from kpixl.workbook.refresh import Refreshed

__all__ = ["check", "refresh", "refresh_closed", "report"]

_MOST_REMARKS = 8


def refresh(workbook: Any, _month: str, _folder: str) -> str:
    """Bring in what the workbook is connected to, and bring it up to date; its user saves it."""

    def run() -> str:
        from kpixl.workbook.connections import refresh_connected  # noqa: PLC0415
        from kpixl.workbook.opened import in_excel  # noqa: PLC0415

        logbook()
        with in_excel(workbook) as book:
            return _refreshed(*refresh_connected(book))

    return _told(run)


def refresh_closed() -> None:
    """Bring up to date the file of the workbook that calls this through xlwings' RunPython, which is closed meanwhile.

    This is the way on a Mac, where an open workbook does not say all that a refresh has to know.
    """
    from kpixl.workbook.opened import while_closed  # noqa: PLC0415

    def act(path: Path) -> str:
        from kpixl.workbook.books import Book  # noqa: PLC0415
        from kpixl.workbook.connections import refresh_connected  # noqa: PLC0415

        def run() -> str:
            logbook()
            with Book(path) as book:
                return _refreshed(*refresh_connected(book))

        return _told(run)

    while_closed(act)


def report(workbook: Any, month: str, folder: str) -> str:
    """Write the report of that month into the folder."""

    def run() -> str:
        from kpixl.plan import parse_month  # noqa: PLC0415
        from kpixl.workbook.opened import in_excel  # noqa: PLC0415
        from kpixl.workbook.report import report_book  # noqa: PLC0415

        with in_excel(workbook) as book:
            written = report_book(book, parse_month(month), Path(folder))
        told = [*(f"・{sentence}" for sentence in written.sentences), *written.kept]
        return "\n".join([*told, say("cli.made", path=written.path)])

    return _told(run)


def check(workbook: Any, _month: str, _folder: str) -> str:
    """Audit the plan; the first findings, and how many there are."""

    def run() -> str:
        from kpixl.workbook.check import audit_book  # noqa: PLC0415
        from kpixl.workbook.opened import in_excel  # noqa: PLC0415

        with in_excel(workbook) as book:
            _, remarks = audit_book(book)
        if not remarks:
            return say("audit.sound", file=book.path.name)
        counts = {f"{kind}s": sum(one.severity == kind for one in remarks) for kind in ("error", "warning", "hint")}
        shown = [f"・{one.where}: {one.what}" for one in remarks[:_MOST_REMARKS]]
        return "\n".join([say("audit.counts", **counts), *shown])

    return _told(run)


def _refreshed(done: "Refreshed", came: "Sequence[Came]") -> str:
    said = say("cli.refreshed", path=done.receipt.path.name, day=done.tracking.as_of)
    brought = [say("cli.came", source=one.source, said=one.said) for one in came[:_MOST_REMARKS]]
    return "\n".join([said, *brought, *done.remarks, *done.mended[:_MOST_REMARKS]])


def _told(run: Callable[[], str]) -> str:
    try:
        return run()
    except UserError as error:
        return str(error)
    except OSError as error:
        return say("errors.system", reason=error.strerror or error, path=error.filename or "")
    except Exception as error:
        log = log_bug("ribbon")
        where = type(error).__name__
        return (
            say("errors.bug_unlogged", where=where, reason=error)
            if log is None
            else say("errors.bug", where=where, log=log)
        )
