"""What a plan workbook holds of earlier imports: its memory, the log of their control totals, and what each left."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import pandas as pd

from kpixl.actuals import Import, Memory, Merged, merge
from kpixl.engine.answers import Answer
from kpixl.plan import Plan
from kpixl.workbook.books import Book
from kpixl.workbook.sheets.actuals import read_balances, read_facts, read_imports, read_records
from kpixl.workbook.sheets.deals import read_deals
from kpixl.workbook.sheets.hours import read_hours
from kpixl.workbook.state import IMPORT_COLUMNS, LEFT_COLUMNS

__all__ = ["Held", "day_of", "read_held"]


@dataclass(frozen=True, eq=False)
class Held(Answer):
    """The memory of a workbook, and two logs: `IMPORT_COLUMNS` of each file, `LEFT_COLUMNS` of each source."""

    memory: Memory
    log: pd.DataFrame
    balances: pd.DataFrame

    def after(self, imported: Import, day: dt.date) -> tuple["Held", Merged]:
        """Return what is held after an import on a day, and what the import replaced."""
        merged = merge(self.memory, imported)
        controls = pd.DataFrame([vars(control) | {"source": merged.source} for control in imported.controls])
        left = merged.balances.assign(imported_on=day)[LEFT_COLUMNS]
        log = _replaced(self.log, controls[IMPORT_COLUMNS], ["source", "file", "event"])
        return Held(merged.memory, log, _replaced(self.balances, left, ["source", "event"])), merged

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """All of it as frames by name."""
        memory = {field.name: getattr(self.memory, field.name) for field in fields(self.memory)}
        return memory | {"log": self.log, "balances": self.balances}

    def of(self, frames: Mapping[str, pd.DataFrame]) -> "Held":
        """Return the same with other frames."""
        memory = {field.name: frames[field.name] for field in fields(self.memory)}
        return Held(replace(self.memory, **memory), frames["log"], frames["balances"])


def read_held(book: Book, plan: Plan, *, hours: bool = True) -> Held:
    """Read what a workbook holds; the hours of calls and mails, which take their time, only if asked."""
    memory = Memory(read_facts(book, plan), read_records(book, plan), read_deals(book))
    memory = replace(memory, hours=read_hours(book)) if hours else memory
    return Held(memory, read_imports(book, plan), read_balances(book, plan))


def day_of(plan: Plan, as_of: dt.date | None) -> dt.date:
    """Return the day of the plan on which an import is done: today, unless said otherwise."""
    return min(max(as_of or dt.date.today(), plan.period.start), plan.period.end)


def _replaced(old: pd.DataFrame, new: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Put new rows in place of old rows with the same keys."""
    kept = old[~old.set_index(keys).index.isin(new.set_index(keys).index)]
    return pd.concat([kept, new], ignore_index=True) if len(kept) else new
