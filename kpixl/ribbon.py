"""The buttons of Excel's ribbon: what the add-in asks Python to do with the file of the workbook in front.

Each answers with what the user is told. The add-in has saved the file before, and closed it for a refresh.
"""

from collections.abc import Callable
from pathlib import Path

from kpixl.errors import UserError
from kpixl.texts import say

__all__ = ["check", "refresh", "report"]

_MOST_REMARKS = 8


def refresh(path: str, _month: str) -> str:
    """Bring the workbook up to date."""

    def run() -> str:
        from kpixl.workbook.refresh import refresh as refresh_book  # noqa: PLC0415

        done = refresh_book(Path(path))
        return say("cli.refreshed", path=done.receipt.path, day=done.tracking.as_of)

    return _told(run)


def report(path: str, month: str) -> str:
    """Write the report of that month beside the workbook."""

    def run() -> str:
        from kpixl.plan import parse_month  # noqa: PLC0415
        from kpixl.workbook.report import write_report  # noqa: PLC0415

        written = write_report(Path(path), parse_month(month), Path(path).parent)
        return "\n".join([*(f"・{sentence}" for sentence in written.sentences), say("cli.made", path=written.path)])

    return _told(run)


def check(path: str, _month: str) -> str:
    """Audit the plan; the first findings, and how many there are."""

    def run() -> str:
        from kpixl.workbook.check import check_book  # noqa: PLC0415

        _, remarks = check_book(Path(path))
        if not remarks:
            return say("audit.sound", file=Path(path).name)
        counts = {f"{kind}s": sum(one.severity == kind for one in remarks) for kind in ("error", "warning", "hint")}
        shown = [f"・{one.where}: {one.what}" for one in remarks[:_MOST_REMARKS]]
        return "\n".join([say("audit.counts", **counts), *shown])

    return _told(run)


def _told(run: Callable[[], str]) -> str:
    try:
        return run()
    except UserError as error:
        return str(error)
    except OSError as error:
        return say("errors.system", reason=error.strerror or error, path=error.filename or "")
