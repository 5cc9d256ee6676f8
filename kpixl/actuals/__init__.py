"""Events in, daily facts out: what happened, which column means what, and how often per day.

`import_events` reads files and databases by a `Mapping`; everything after it works on facts, which stay small however
large the log is. `merge` brings a workbook's facts up to date with them. Importing this loads neither pandas nor a
database.
"""

from kpixl.actuals.archive import packed, unpacked
from kpixl.actuals.condensing import MOST_BY_DAY, Condensed, condensed, daily
from kpixl.actuals.events import EVENTS, FACT_KEYS, FACT_MEASURES
from kpixl.actuals.facts import RECORD_COLUMNS, ControlTotal, Import, import_events
from kpixl.actuals.frames import in_words, together
from kpixl.actuals.ledger import BALANCE_COLUMNS, ITEMISED, MEASURE_KINDS, Losing, Memory, Merged, merge, reconciled
from kpixl.actuals.mapping import COVERS, Mapping, read_mapping

__all__ = [
    "BALANCE_COLUMNS",
    "COVERS",
    "EVENTS",
    "FACT_KEYS",
    "FACT_MEASURES",
    "ITEMISED",
    "MEASURE_KINDS",
    "MOST_BY_DAY",
    "RECORD_COLUMNS",
    "Condensed",
    "ControlTotal",
    "Import",
    "Losing",
    "Mapping",
    "Memory",
    "Merged",
    "condensed",
    "daily",
    "import_events",
    "in_words",
    "merge",
    "packed",
    "read_mapping",
    "reconciled",
    "together",
    "unpacked",
]
