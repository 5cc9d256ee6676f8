"""The reasons why figures are not judged, in words and in sentences."""

from typing import Any

import pandas as pd

from kpixl.texts import say
from kpixl.tracking import Unjudged
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.state import State

__all__ = ["reason", "shown_actual", "unjudged_sentences", "unknown"]


def shown_actual(row: dict[str, Any], blank: str | None = None) -> float | str | None:
    """Return the actual in a row of the progress, `blank` if it is unknown."""
    return blank if row["unjudged"] and Unjudged(row["unjudged"]).unknown else float(row["actual"])


def unknown(state: State) -> frozenset[str]:
    """Return the keys of the KPIs whose actuals of the tracked span are unknown."""
    return state.tracking.unknown


def reason(row: dict[str, Any]) -> str:
    """Return the reason why a row of the progress is not judged."""
    return say(f"unjudged.{row['unjudged']}")


def unjudged_sentences(state: State, progress: pd.DataFrame) -> list[str]:
    """Return a sentence for each reason why KPIs in rows of the progress are not judged, with the names of the KPIs."""
    return [
        say(
            f"unjudged_sentence.{code}",
            kpis=say("join").join(progress.loc[progress["unjudged"] == code, "name"]),
            **words(state),
        )
        for code in Unjudged
        if (progress["unjudged"] == code).any()
    ]
