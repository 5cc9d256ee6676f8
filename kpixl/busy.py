"""Show on a terminal that long work goes on, and how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Busy", "busy"]


class Busy:
    """What is shown of some work: call it with a detail to have that behind it."""

    def __init__(self, what: str, status: Any) -> None:
        self._what, self._status = what, status

    def __call__(self, detail: str) -> None:
        """Show a detail behind what is done."""
        if self._status is not None:
            self._status.update(f"{self._what} {detail}")

    @property
    def detail(self) -> Callable[[str], None] | None:
        """What shows a detail; None where nobody sees it."""
        return None if self._status is None else self

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Show nothing within the `with` block, so that something can be asked."""
        if self._status is not None:
            self._status.stop()
        try:
            yield
        finally:
            if self._status is not None:
                self._status.start()


@contextmanager
def busy(what: str) -> Iterator[Busy]:
    """Show that long work goes on, on a terminal only."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Busy(what, None)
        return
    with console.status(what) as status:
        yield Busy(what, status)
