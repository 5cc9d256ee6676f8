"""KPI定義 / KPI definitions: the shared glossary, so that marketing, inside and field sales count the same things.

Meaning, numerator, denominator and unit come from the catalogue of `engine.definition`; who owns a KPI and where its
figures come from is typed, and stays beside its KPI whatever a refresh changes.
"""

from kpixl.texts import say, section
from kpixl.workbook.blocks import Column, Sheet, Table, lettering
from kpixl.workbook.state import State

__all__ = ["DEFINITIONS", "sheet"]

DEFINITIONS = "kpixl_definitions"


def sheet(_: State) -> Sheet:
    """Return the sheet with the definitions, in the language in force."""
    return Sheet(
        say("sheet.definitions"),
        blocks=(
            lettering("B2", [[(say("definitions.title"), "title")]]),
            lettering("B3", [[(say("definitions.lead"), "lead")]]),
        ),
        tables=(
            Table(
                "B5",
                DEFINITIONS,
                (
                    Column(say("heading.kpi"), "strong", 18),
                    Column(say("heading.meaning"), "text", 46),
                    Column(say("heading.numerator"), "text", 34),
                    Column(say("heading.denominator"), "text", 26),
                    Column(say("heading.unit"), "key", 8),
                    Column(say("heading.timing"), "text", 10),
                    Column(say("heading.owner"), "text", 16, typed=True),
                    Column(say("heading.data_source"), "text", 20, typed=True),
                ),
                [
                    (
                        entry["name"],
                        entry["meaning"],
                        entry["numerator"],
                        entry["denominator"] or None,
                        entry["unit"],
                        entry["timing"],
                        None,
                        None,
                    )
                    for entry in section("catalogue").values()
                ],
            ),
        ),
        freeze="C6",
    )
