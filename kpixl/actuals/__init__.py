"""Events in, daily facts out: what happened, which column means what, and how often per day.

`import_events` reads files and databases by a `Mapping`; everything after it works on facts, which stay small however
large the log is. `merge` brings a workbook's facts up to date with them. Importing this loads neither pandas nor a
database.
"""

from kpixl.actuals.archive import is_whole, packed, unpacked
from kpixl.actuals.condensing import MOST_BY_DAY, Condensed, condensed, daily
from kpixl.actuals.deal_rules import LOSS_REASON, attribute_name
from kpixl.actuals.deals import DEAL_COLUMNS, MOST_DEALS, attributes_in, no_deals
from kpixl.actuals.events import (
    CANCELLED,
    EVENTS,
    FACT_KEYS,
    FACT_MEASURES,
    IGNORE,
    LOST,
    MILESTONES,
    WON,
    event_called,
)
from kpixl.actuals.facts import RECORD_COLUMNS, ControlTotal, Import, import_events
from kpixl.actuals.frames import in_words, together
from kpixl.actuals.hours import HOUR_COLUMNS, no_hours
from kpixl.actuals.ledger import BALANCE_COLUMNS, ITEMISED, MEASURE_KINDS, Losing, Memory, Merged, merge, reconciled
from kpixl.actuals.mapping import COVERS, Mapping, read_mapping

__all__ = [
    "BALANCE_COLUMNS",
    "CANCELLED",
    "COVERS",
    "DEAL_COLUMNS",
    "EVENTS",
    "FACT_KEYS",
    "FACT_MEASURES",
    "HOUR_COLUMNS",
    "IGNORE",
    "ITEMISED",
    "LOSS_REASON",
    "LOST",
    "MEASURE_KINDS",
    "MILESTONES",
    "MOST_BY_DAY",
    "MOST_DEALS",
    "RECORD_COLUMNS",
    "WON",
    "Condensed",
    "ControlTotal",
    "Import",
    "Losing",
    "Mapping",
    "Memory",
    "Merged",
    "attribute_name",
    "attributes_in",
    "condensed",
    "daily",
    "event_called",
    "import_events",
    "in_words",
    "is_whole",
    "merge",
    "no_deals",
    "no_hours",
    "packed",
    "read_mapping",
    "reconciled",
    "together",
    "unpacked",
]
