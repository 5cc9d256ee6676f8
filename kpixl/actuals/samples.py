"""What do the first rows of some files look like?

Before there is a mapping, a file is opened to see its headings and its first rows: enough to recognise the tool that
wrote it, or to draft a mapping.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpixl.actuals.databases import is_url
from kpixl.actuals.desk import desk
from kpixl.actuals.given import expanded
from kpixl.actuals.own_days import own_days
from kpixl.actuals.presets import Recognised, headings_known, recognise
from kpixl.actuals.rejects import holds_rejects
from kpixl.actuals.sources import KNOWN, look_into, shown
from kpixl.errors import UnreadableData
from kpixl.texts import say

__all__ = ["Sample", "recognised", "samples_of"]

_ROWS = 300


@dataclass(frozen=True)
class Sample:
    """The headings of a table, its first rows as text, and how many tables of its file have these headings.

    `own` is how a workbook of kpixl is read, which says so itself.
    """

    file: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tables: int = 1
    own: Recognised | None = None

    def column(self, heading: str) -> list[str]:
        """Return the texts of a column that are not blank."""
        place = self.headings.index(heading)
        return [row[place] for row in self.rows if row[place].strip()]


def samples_of(files: Sequence[str | Path]) -> list[Sample]:
    """Return a sample of each file: of its table, or of the first of those that are alike.

    Raises
    ------
    UnreadableData
        If a file is missing or cannot be read, or a database is given, whose tables only a mapping can name.
    """
    exports = [file for file in expanded(files, KNOWN).files if not holds_rejects(file)]
    found = []
    with desk(exports) as on:
        for file in on.files:
            if is_url(file):
                raise UnreadableData("source_needs_mapping", url=shown(file))
            if not Path(file).is_file():
                raise UnreadableData("source_missing", file=file)
            own = own_days(Path(file))
            if own is not None:
                found.append(Sample(shown(file), (), (), own=own))
                continue
            sources = look_into(on, Path(file), headings_known())
            columns = [column for column in sources[0].table.columns if column != "LINE"]
            cells = sources[0].table.select(columns).limit(_ROWS).cast(dict.fromkeys(columns, "string"))
            rows = tuple(tuple(row[c] or "" for c in columns) for row in cells.to_pyarrow().to_pylist())
            found.append(Sample(shown(file), sources[0].headings, rows, len(sources)))
    return found


def recognised(samples: Sequence[Sample]) -> list[Recognised]:
    """Return the presets by which all the files can be read as one export; several where they fit equally well.

    Raises
    ------
    UnreadableData
        If the files are of different tools.
    """
    own = [sample.own for sample in samples]
    if own and own[0] is not None and all(one is not None and one.text == own[0].text for one in own):
        return [own[0]]
    by_file = {sample.file: [sample.own] if sample.own else recognise(sample.headings) for sample in samples}
    common = set.intersection(*({one.key for one in found} for found in by_file.values())) if by_file else set()
    if not common:
        told = {file: say("join").join(one.name for one in found) for file, found in by_file.items() if found}
        if len(set(told.values())) > 1:
            listed = "; ".join(f"{file}: {name}" for file, name in told.items())
            raise UnreadableData("source_tools", listed=listed)
        return []
    headings = list(dict.fromkeys(heading for sample in samples for heading in sample.headings))
    several = any(sample.tables > 1 for sample in samples)
    found = [one for one in recognise(headings) if one.key in common]
    return [one.of_all_sheets() if several else one for one in found]
