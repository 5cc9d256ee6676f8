"""Deals one by one: how many convert and when, by month of entry, and what the open ones will still bring."""

import numpy as np

from kpixl import engine, texts
from kpixl.engine.checks import equal_lengths
from udfs.boundary import function
from udfs.cells import Grid, Table, columns_of, headings, plain_column, spoken
from udfs.kinds import Date, Flag, MomentsOrBlank, Number, Numbers, Outcomes, Text, Texts

__all__ = ["KPI_COHORT", "KPI_CONVERSION", "KPI_PIPELINE"]


@function("analysis")
def KPI_CONVERSION(
    starts: MomentsOrBlank,
    ends: MomentsOrBlank,
    lost: MomentsOrBlank | None = None,
    as_of: Date | None = None,
    ages: Numbers | None = None,
    confidence: Number = 0.95,
    header: Flag = True,
) -> Table:
    """Share converted by age in days since the start, with range, number still open, and median days; open ones count.

    Parameters
    ----------
    lost
        Day on which each was lost; blank where it was not. Nothing is lost if left out.
    ages
        Days after the start to answer for; every age at which one converted if left out.
    confidence
        Probability of the range, 95% if left out.

    Examples
    --------
    =KPI_CONVERSION({"2025/6/2";"2025/6/2";"2025/6/9"},{"2025/6/9";"";"2025/6/30"},"","2025/6/30")
    """
    found = columns_of(engine.conversion(starts, ends, lost=lost, as_of=as_of, ages=ages, confidence=confidence))
    return Table({**found, "median": np.full(len(found["age"]), found["median"])}, header)


@function("analysis")
def KPI_COHORT(
    starts: MomentsOrBlank, ends: MomentsOrBlank, as_of: Date | None = None, by: Text = "month", header: Flag = True
) -> Grid:
    """Per period of entry: how many came in, had converted 0, 1, 2 ... periods later, and are expected in the end.

    Parameters
    ----------
    by
        month (if left out), quarter or week (from Monday).

    Examples
    --------
    =KPI_COHORT({"2025/4/10";"2025/4/20";"2025/5/12"},{"2025/4/25";"2025/5/20";""},"2025/5/31")
    """
    found = engine.cohort(starts, ends, as_of=as_of, by=by)
    periods, entered, expected = map(plain_column, (found.period, found.entered, found.expected))
    triangle = [plain_column(row) for row in found.converted]
    rows = [[*front, *row, last] for *front, row, last in zip(periods, entered, triangle, expected, strict=True)]
    ages = [texts.say("udfs.periods_later", number=number) for number in range(len(rows))]
    return [[*headings("entry_period", "entered"), *ages, *headings("expected_end")], *rows] if header else rows


@function("analysis")
def KPI_PIPELINE(
    stages: Texts,
    ages: Numbers,
    amounts: Numbers,
    closed_stages: Texts,
    closed_ages: Numbers,
    closed_outcomes: Outcomes,
    days_left: Number | None = None,
    header: Flag = True,
) -> Table:
    """By stage and in total, what open deals will bring: deals, amount, expected, low, high (80%), coverage, basis.

    Parameters
    ----------
    stages
        Stage of each open deal.
    ages
        For how many days each open deal has been open.
    amounts
        Amount of each open deal.

    Examples
    --------
    =KPI_PIPELINE({"提案";"商談"},{10;5},{100;200},{"提案";"提案";"商談"},{20;30;40},{1;0;0})
    """
    equal_lengths(stages=stages, ages=ages)
    found = engine.pipeline(stages, ages, amounts, closed_stages, closed_ages, closed_outcomes, days_left=days_left)
    columns = columns_of(found)
    names = np.array([*found.stage[:-1].tolist(), texts.say("udfs.all_stages")])
    return Table({**columns, "stage": names, "basis": spoken("basis", found.basis)}, header)
