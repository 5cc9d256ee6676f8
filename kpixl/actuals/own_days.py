"""What does the day sheet of a kpixl workbook say?

A branch or a colleague may keep days in a plan of their own. Its workbook has written down which column is which, so
nothing has to be recognised: stages may have other names there, and headings may have been renamed.
"""

from pathlib import Path

from kpixl.actuals.events import EVENTS, WON
from kpixl.actuals.given import is_plan
from kpixl.actuals.presets import DAILY, Recognised, quoted
from kpixl.errors import UnreadableData
from kpixl.texts import say
from kpixl.xlsx import Package
from kpixl.xlsx.address import Area

__all__ = ["own_days"]

_DAYS, _KEYS = "kpixl_days", "kpixl_keys"
_KPI, _REVENUE = "kpi.", "kpi.revenue"


def own_days(path: Path) -> Recognised | None:
    """Return how the day sheet of a plan workbook is read; None for any other file.

    Raises
    ------
    UnreadableData
        If it is a plan workbook without a day sheet.
    """
    if not is_plan(path):
        return None
    with Package.open(path) as package:
        if not {_DAYS, _KEYS} <= package.tables.keys():
            raise UnreadableData("source_no_days", file=path.name)
        days, keys = package.tables[_DAYS], package.tables[_KEYS]
        rows = package.values(keys.sheet, keys.body_area)
        written = {
            key: text
            for table, keys_told, texts, *_ in rows
            if table == _DAYS  # one row, its keys and headings one below the other; in older plans a row for each
            for key, text in zip(str(keys_told).split("\n"), str(texts).split("\n"), strict=False)
        }
        headings = {key: text for key, text in written.items() if text in days.columns}
        header = Area.parse(days.ref).top
    if "date" not in headings:
        raise UnreadableData("source_no_days", file=path.name)
    events = {
        heading: event
        for key, heading in headings.items()
        if (event := key.removeprefix(_KPI)) != key and event in EVENTS
    }
    lines = [f"source = {quoted(DAILY)}", "", "[files.log]", f"sheet = {quoted(days.sheet)}", f"header = {header}"]
    lines += ['match = "*"', "", "[[events]]", f"occurred_at = {quoted(headings['date'])}"]
    lines += [f"{key} = {quoted(headings[key])}" for key in ("member", "channel") if key in headings]
    lines += ["", "[events.columns]"]
    for heading, event in events.items():
        paid = event == WON and _REVENUE in headings
        more = f"{{ event = {quoted(event)}, amount = {quoted(headings[_REVENUE])} }}" if paid else quoted(event)
        lines.append(f"{quoted(heading)} = {more}")
    return Recognised("kpixl_days", say("import.own_days"), len(headings), "\n".join(lines) + "\n")
