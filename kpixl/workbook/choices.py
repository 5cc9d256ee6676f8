"""What may be typed into a cell, and what Excel says of anything else."""

import datetime as dt
from typing import Any

from kpixl.texts import say
from kpixl.xlsx.address import Area

__all__ = ["allow"]

_DATES = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)}


def allow(page: Any, area: Area, choices: str | tuple[str, ...]) -> None:
    """Let only these be typed: one of some texts, of what stands in a range, or a `"date"`."""
    kind = "date" if choices == "date" else "list"
    allowed = (
        _DATES
        if kind == "date"
        else {"validate": "list", "source": list(choices) if isinstance(choices, tuple) else choices}
    )
    told = {"error_title": say("choices.title"), "error_message": say(f"choices.{kind}")}
    page.data_validation(str(area), allowed | told)
