"""Tracking: where the numbers stand, against where they should stand by now."""

from typing import Any, cast

import numpy as np

from kpixl import engine, texts
from kpixl.engine.checks import equal_lengths
from kpixl.engine.weekend import SATURDAY_SUNDAY
from kpixl.errors import NoTrials
from udfs.boundary import function
from udfs.cells import Table, columns_of, spoken
from udfs.kinds import Closures, Country, DateRow, Flag, Number, NumberRow, Numbers, Sample, Texts, Weekend

__all__ = [
    "FUNNEL_BOTTLENECK",
    "FUNNEL_GAP",
    "FUNNEL_RATES",
    "KPI_ALERT",
    "KPI_DISPERSION",
    "KPI_LANDING",
    "KPI_PACE",
    "KPI_RANK",
    "KPI_REVIEW",
    "KPI_STATUS",
]


@function("tracking")
def FUNNEL_RATES(counts: Numbers) -> Any:
    """Conversion rate from each stage of the funnel to the next; none below a stage that brought nothing.

    Parameters
    ----------
    counts
        What each stage brought, top of the funnel first.

    Examples
    --------
    =FUNNEL_RATES({1000;200;40;10})
    """
    try:
        return engine.funnel_rates(counts)
    except NoTrials as error:
        dry = cast(int, error.values["place"])
        if dry == 1:
            raise
        return [*engine.funnel_rates(counts[:dry]), *[error] * (len(counts) - dry)]


@function("tracking")
def FUNNEL_GAP(
    targets: Numbers, actuals: Numbers, labels: Texts | None = None, unit_value: Number = 1.0, header: Flag = True
) -> Table:
    """Target against actual per stage, with the effect of the step into it on the gap at the last; rank 1 costs most.

    Parameters
    ----------
    actuals
        Actual of each stage.
    unit_value
        What one of the last stage is worth: the revenue of an order gives effects in money. 1 if left out.

    Examples
    --------
    =FUNNEL_GAP({1000;200;40;10},{1050;180;30;6})
    """
    gap = engine.funnel_gap(targets, actuals, unit_value=unit_value)
    return Table({"stage": _labels(labels, len(targets)), **columns_of(gap)}, header)


@function("tracking")
def FUNNEL_BOTTLENECK(targets: Numbers, actuals: Numbers, labels: Texts | None = None) -> str:
    """Stage into which the costliest step leads (first stage: its volume); say the step, not the stage. Blank if none.

    Parameters
    ----------
    actuals
        Actual of each stage.

    Examples
    --------
    =FUNNEL_BOTTLENECK({1000;200;40},{1050;180;30},{"リード";"商談";"受注"})
    """
    names = _labels(labels, len(targets))
    worst = engine.funnel_bottleneck(targets, actuals)
    return "" if worst is None else names[worst]


@function("tracking")
def KPI_PACE(
    target: NumberRow,
    start_date: DateRow,
    end_date: DateRow,
    as_of: DateRow | None = None,
    closures: Closures = (),
    country: Country = "JP",
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Any:
    """What should be reached by now: the part of the target that the business days so far stand for.

    Examples
    --------
    =KPI_PACE(40,"2026/9/1","2026/9/30","2026/9/18")
    """
    return engine.pace(target, start_date, end_date, as_of=as_of, closures=closures, country=country, weekend=weekend)


@function("tracking")
def KPI_LANDING(
    actual: NumberRow,
    start_date: DateRow,
    end_date: DateRow,
    as_of: DateRow | None = None,
    target: NumberRow | None = None,
    unit_value: NumberRow = 1.0,
    confidence: Number = 0.8,
    closures: Closures = (),
    country: Country = "JP",
    dispersion: NumberRow = 1.0,
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Any:
    """Where the period will land: run-rate landing, low, high, probability of reaching the target.

    Parameters
    ----------
    confidence
        Probability of the range, 80% if left out.

    Examples
    --------
    =KPI_LANDING(28,"2026/9/1","2026/9/30","2026/9/18",40)
    """
    return engine.landing(
        actual,
        start_date,
        end_date,
        as_of=as_of,
        target=target,
        unit_value=unit_value,
        confidence=confidence,
        closures=closures,
        country=country,
        weekend=weekend,
        dispersion=dispersion,
    )


@function("tracking")
def KPI_DISPERSION(counts: Sample, header: Flag = False) -> Any:
    """How much counts vary: variance to mean, 1 or more; the dispersion that landing and status ask for.

    Parameters
    ----------
    counts
        Counts of equal spans such as weeks; blanks are skipped. Of money, amounts divided by the unit value.
    header
        TRUE puts a heading above.

    Examples
    --------
    =KPI_DISPERSION({18;25;21;44;12;19;30;22;15;51;20;24})
    """
    found = engine.dispersion(counts)
    return Table({"dispersion": [found]}, header) if header else found


@function("tracking")
def KPI_STATUS(
    target: NumberRow,
    actual: NumberRow,
    start_date: DateRow,
    end_date: DateRow,
    as_of: DateRow | None = None,
    unit_value: NumberRow = 1.0,
    recover_at: Number = 0.25,
    closures: Closures = (),
    country: Country = "JP",
    dispersion: NumberRow = 1.0,
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Any:
    """On track, recoverable or about to miss; undecided in the first two business days.

    Parameters
    ----------
    recover_at
        Probability of the target from which being behind is recoverable, 25% if left out.

    Examples
    --------
    =KPI_STATUS(40,28,"2026/9/1","2026/9/30","2026/9/18")
    """
    codes = engine.status(
        target,
        actual,
        start_date,
        end_date,
        as_of=as_of,
        unit_value=unit_value,
        recover_at=recover_at,
        closures=closures,
        country=country,
        weekend=weekend,
        dispersion=dispersion,
    )
    return spoken("status_said", codes)


@function("tracking")
def KPI_ALERT(
    target: NumberRow,
    actual: NumberRow,
    start_date: DateRow,
    end_date: DateRow,
    as_of: DateRow | None = None,
    threshold: Number = 0.3,
    checkpoint: Number = 0.5,
    closures: Closures = (),
    country: Country = "JP",
    weekend: Weekend = SATURDAY_SUNDAY,
) -> Any:
    """A sentence when much of the period is over and little of the target is reached; else blank.

    Parameters
    ----------
    threshold
        Attainment at or below which there is an alarm, 30% if left out.
    checkpoint
        Share of the business days that must be over first, 50% if left out.

    Examples
    --------
    =KPI_ALERT(40,8,"2026/9/1","2026/9/30","2026/9/18")
    """
    found = engine.alert(
        target,
        actual,
        start_date,
        end_date,
        as_of=as_of,
        threshold=threshold,
        checkpoint=checkpoint,
        closures=closures,
        country=country,
        weekend=weekend,
    )
    sentences = [
        texts.say("udfs.alert", elapsed=elapsed, attainment=attainment) if raised else ""
        for raised, elapsed, attainment in zip(*map(np.atleast_1d, columns_of(found).values()), strict=True)
    ]
    return sentences[0] if np.ndim(found.raised) == 0 else np.array(sentences)


@function("tracking")
def KPI_REVIEW(targets: Numbers, actuals: Numbers, months_in_use: Number | None = None, header: Flag = True) -> Table:
    """Reasons to review the KPI: misses in a row, stagnation, growth past the plan, too early, due.

    Parameters
    ----------
    targets
        Target of each month that is over, oldest first.
    actuals
        Actual of each month.
    months_in_use
        For how many months the KPI has been in use; as many as there are actuals if left out.

    Examples
    --------
    =KPI_REVIEW({40;40;40;40},{42;35;33;31},4)
    """
    found = engine.review(targets, actuals, months_in_use=months_in_use)
    return Table({**columns_of(found), "trigger": spoken("trigger", found.trigger)}, header)


@function("tracking")
def KPI_RANK(successes: Numbers, trials: Numbers, labels: Texts | None = None, header: Flag = True) -> Table:
    """Fair ranking by rate: few trials count for little; rank, label, rate, shrunk rate, range, outside the limits.

    Parameters
    ----------
    successes
        Successes of each, such as appointments.
    trials
        Trials of each, such as calls.
    labels
        Names of members or channels; numbered if left out.

    Examples
    --------
    =KPI_RANK({18;3;40},{60;3;160},{"佐藤";"鈴木";"高橋"})
    """
    found = columns_of(engine.rank(successes, trials))
    names = np.array(_labels(labels, len(successes), "successes"))
    order = np.argsort(found["rank"], kind="stable")
    columns = {"rank": found.pop("rank"), "label": names, **found}
    return Table({key: column[order] for key, column in columns.items()}, header)


def _labels(labels: list[str] | None, count: int, named: str = "targets") -> list[str]:
    """Return the names of the stages, or of what is `named`; their numbers where there are none."""
    if labels is None:
        return [str(number) for number in range(1, count + 1)]
    equal_lengths(**{named: range(count)}, labels=labels)
    return labels
