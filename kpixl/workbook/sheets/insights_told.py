"""An insight in a sentence: what stands out, its number and its size in money, and what there is to add to it.

The board and the report tell the same findings (`kpixl.tracking.insights`) in the same words.
"""

from kpixl.plan import Plan
from kpixl.texts import say
from kpixl.tracking import Insight, Kind, Versus
from kpixl.workbook.sheets.said import said_money
from kpixl.workbook.sheets.span_words import words
from kpixl.workbook.state import State

__all__ = ["insight_told", "signed_money", "subject"]

_WHOLE = (Kind.JOINED, Kind.STOPPED, Kind.CONCENTRATION, Kind.RECORD)


def insight_told(state: State, insight: Insight) -> tuple[str, str]:
    """Return an insight as a sentence, and what there is to add: since when it is so, and what came with it."""
    more = "more" if insight.actual >= insight.reference else "less"
    key = f"insight.{insight.kind}" if insight.kind in _WHOLE else f"insight.{insight.kind}_{more}"
    if insight.kind in (Kind.MEASURE, Kind.JOINED) and not insight.yen:
        key = f"insight.{insight.kind}_none"
    plan = state.plan
    unit = plan.goal.unit_value if insight.kind is Kind.VALUE else 1.0
    by = unit / insight.of if insight.of else 0.0
    sentence = say(
        key,
        what=subject(state, insight),
        member=insight.member,
        month=state.month,
        than=_than(plan, insight),
        actual=insight.actual,
        reference=insight.reference,
        difference=abs(insight.actual - insight.reference),
        of=insight.of,
        rate=insight.actual * by,
        usual=insight.reference * by,
        said=said_money(insight.actual * (by if insight.kind is Kind.VALUE else 1)),
        said_before=said_money(insight.reference * (by if insight.kind is Kind.VALUE else 1)),
        yen=signed_money(insight.yen),
        step=_step(plan, insight) if insight.above else "",
        since=insight.since or plan.period.start,
        note=insight.note,
        **words(state),
    )
    return sentence[0].upper() + sentence[1:], _detail(state, insight)


def _detail(state: State, insight: Insight) -> str:
    told = []
    if insight.kind is Kind.MEASURE and insight.yen:
        told.append(say("insight.beyond"))
    if insight.level is not None:
        when = "all_along" if insight.since is None else "this_month" if insight.since == state.span[0] else "since"
        kind = "_others" if insight.versus is Versus.OTHERS else "_rate" if insight.kind is Kind.RATE else ""
        figures = {"since": insight.since, "level": insight.level, "before": insight.before}
        told.append(say(f"insight.{when}{kind}", **figures, **words(state)))
    if insight.note and insight.kind is not Kind.MEASURE:
        told.append(say("insight.with_note", note=insight.note))
    return _joined(*told)


def _joined(*sentences: str) -> str:
    return say("join_sentences").join(sentences)


def _than(plan: Plan, insight: Insight) -> str:
    """Return what the figure is held against."""
    if insight.kind is Kind.ACTIVITY and insight.versus is not Versus.BEFORE:
        return say("insight.than_above", above=_stage(plan, insight.above))
    return say(f"insight.than_{insight.versus}")


def subject(state: State, insight: Insight) -> str:
    """Return what an insight is about, with whose it is in front."""
    plan = state.plan
    if insight.kind is Kind.RATE:
        what = say("insight.rate_of", step=_step(plan, insight))
    elif insight.kind is Kind.MEASURE:
        what = say("insight.measure_of", note=insight.note)
    elif insight.kind is Kind.VALUE:
        what = say("insight.value_of")
    else:
        what = _stage(plan, insight.kpi)
    if insight.member:
        return say("insight.of_member", member=insight.member, what=what)
    return say("insight.of_channel", channel=insight.channel, what=what) if insight.channel else what


def _stage(plan: Plan, key: str) -> str:
    return next(kpi.name for kpi in plan.kpis if kpi.key == key)


def _step(plan: Plan, insight: Insight) -> str:
    return f"{_stage(plan, insight.above)}→{_stage(plan, insight.kpi)}"


def signed_money(amount: float) -> str:
    """Return an amount in short form with its sign.

    >>> signed_money(-720_000), signed_money(1_120_000)
    ('▲72万円', '+112万円')
    """
    return f"{say('money.minus' if amount < 0 else 'money.plus')}{said_money(amount)}"
