"""How far is an import, and how fast?

While files are read and counted, whoever waits is told every half second how many rows were opened so far, and how many
that is a second.
"""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kpixl.actuals.desk import Desk
from kpixl.texts import say

__all__ = ["paced"]

_EVERY = 0.5  # seconds


@contextmanager
def paced(on: Desk, progress: Callable[[str], None] | None) -> Iterator[None]:
    """Call `progress` now and then within the `with` block, with the rows on the desk and how many that is a second."""
    if progress is None:
        yield
        return
    begin, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(_EVERY):
            rows = sum(source.records for sources in list(on.opened.values()) for source in sources)
            if rows:
                progress(say("import.pace", rows=rows, rate=round(rows / (time.monotonic() - begin))))

    thread = threading.Thread(target=contextvars.copy_context().run, args=(tell,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
