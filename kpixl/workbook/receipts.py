"""A refresh in words, line by line: what was read, changed and adjusted, and what the spreadsheet still has to do."""

from collections.abc import Iterator, Mapping, Sequence

from kpixl.texts import say
from kpixl.xlsx import Receipt

__all__ = ["changed_cells", "told"]


def told(receipt: Receipt, read: Mapping[str, str], mended: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of the whole receipt.

    `read` maps the tables and names that were read to their addresses; `mended` are the sentences about typed cells
    that were rewritten as they were read.
    """
    yield say("receipt.read", names=say("join").join(f"{name} ({place})" for name, place in read.items()))
    yield from mended
    yield from changed_cells(receipt)
    if receipt.followed:
        yield say("receipt.followed")
        yield from (say("receipt.from_to", **follower._asdict()) for follower in receipt.followed)
    if receipt.to_calculate:
        yield say("receipt.to_calculate", formulas=receipt.to_calculate)
    for kind in ("changed", "added", "dropped"):
        parts = getattr(receipt, kind)
        if parts:
            yield say(f"receipt.parts_{kind}", parts=say("join").join(parts))
    if receipt.backup is not None:
        yield say("receipt.backup", path=receipt.backup)


def changed_cells(receipt: Receipt) -> Iterator[str]:
    """Yield, for each sheet, how many of its cells changed."""
    if receipt.cells:
        yield say("receipt.cells")
    yield from (say("receipt.sheet", sheet=sheet, cells=cells) for sheet, cells in receipt.cells.items())
