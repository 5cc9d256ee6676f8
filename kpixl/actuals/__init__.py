"""Events in, daily facts out: what happened, which column means what, and how often per day.

`import_events` reads files and databases by a `Mapping`; everything after it works on facts, which stay small however
large the log is. Importing this loads neither pandas nor a database.
"""

from kpixl.actuals.events import EVENTS, FACT_KEYS, FACT_MEASURES
from kpixl.actuals.facts import ControlTotal, Import, import_events, merge
from kpixl.actuals.mapping import Mapping, read_mapping

__all__ = [
    "EVENTS",
    "FACT_KEYS",
    "FACT_MEASURES",
    "ControlTotal",
    "Import",
    "Mapping",
    "import_events",
    "merge",
    "read_mapping",
]
