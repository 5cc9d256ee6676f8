"""What happened, in sentences: the headline, what went well, what fell short, and what is to be done next.

Each is the largest finding of its kind (`tracking.insights`), with its number and its size in money. Where nothing
stands out beyond chance the sentence says so. A sentence that could name a cause names only what came at the same time.
"""

from dataclasses import dataclass

from kpixl.plan import REVENUE, Span
from kpixl.texts import say
from kpixl.tracking import Insight, Kind, span_days, suggested
from kpixl.workbook.pages.hours import better_hours
from kpixl.workbook.sheets.insights_told import insight_told, signed_money, subject
from kpixl.workbook.sheets.progress import span_over
from kpixl.workbook.sheets.said import said_money
from kpixl.workbook.sheets.span_words import span_name, words
from kpixl.workbook.state import State

__all__ = ["Told", "headline", "mostly", "story"]

_BEST_HOURS = "best_hours"  # the measure of the playbook that has hours for its figure


@dataclass(frozen=True)
class Told:
    """A sentence with its label and what there is to add to it; `insight` is what it is about, if it is about one."""

    label: str
    sentence: str
    detail: str = ""
    insight: Insight | None = None


def headline(state: State) -> str:
    """Return the revenue against its target."""
    tracking = state.tracking
    actual, target = tracking.goal["actual"], tracking.goal["target"]
    unsure = {"no_amount": "revenue_unknown", "not_recorded": "revenue_not_recorded", "negative": "revenue_negative"}
    why = unsure.get(tracking.kpi(REVENUE)["unjudged"])
    short = actual < target and span_over(state)
    key = why or ("revenue_alone" if target <= 0 else "revenue_short" if short else "revenue")
    return say(
        f"summary.{key}",
        **words(state),
        actual=f"{say('money.minus') if actual < 0 else ''}{said_money(actual)}",
        target=said_money(target),
        attainment=actual / (target or 1),
        gap=said_money(target - actual),
    )


def mostly(state: State) -> str:
    """Return what made most of the difference to the target once the span is over, "" where nothing stands out.

    What everybody reads first names steps and channels; who it was stands below.
    """
    goal = state.tracking.goal
    if state.tracking.kpi(REVENUE)["unjudged"] or goal["target"] <= 0 or not span_over(state):
        return ""
    side = goal["actual"] - goal["target"]
    most = next((one for one in state.tracking.insights if one.yen * side > 0 and not one.member), None)
    return say("summary.mostly", what=subject(state, most), yen=signed_money(most.yen)) if most else ""


def story(state: State) -> tuple[Told, Told, Told]:
    """Return what went well, what fell short, and what to do in the next span, or in what is left of this one."""
    found = state.tracking.insights
    good = next((one for one in found if one.yen > 0 and one.kind is not Kind.CONCENTRATION), None)
    short = next((one for one in found if one.yen < 0), None)
    return _side(state, "good", good), _side(state, "short", short), _next(state, short, good)


def _side(state: State, key: str, insight: Insight | None) -> Told:
    if insight:
        return Told(say(f"story.{key}"), *insight_told(state, insight), insight)
    row = state.tracking.goal
    figures = {
        "actual": said_money(row["actual"]),
        "gap": signed_money(row["actual"] - row["target"]),
        "attainment": row["actual"] / (row["target"] or 1),
    }
    return Told(say(f"story.{key}"), say(f"story.{'no' if row['target'] > 0 else 'none'}_{key}", **figures))


def _next(state: State, short: Insight | None, good: Insight | None) -> Told:
    """Return what to do: get back what costs most, else keep what brings most, else what is still to be won."""
    plan, tracking = state.plan, state.tracking
    if not span_over(state):
        left = span_days(tracking)[1]
        rest = max(tracking.goal["target"] - tracking.goal["actual"], 0.0)
        figures = {"days": left, "rest": said_money(rest), "daily": said_money(rest / (left or 1))}
        reached = say("story.reached", target=said_money(tracking.goal["target"]), days=left, **words(state))
        done = _measure(state, short, told=False) if rest else ""
        return Told(say("story.rest", **words(state)), say("story.to_do_rest", **figures) if rest else reached, done)
    following = tracking.span.later
    label = say("story.next", span=span_name(following)) if following else say("story.later")
    if short:
        return Told(label, _to_do(state, short, following), _measure(state, short, told=True))
    if good and good.kind in (Kind.RATE, Kind.VOLUME, Kind.ACTIVITY):
        return Told(label, say("story.keep", what=subject(state, good), yen=signed_money(good.yen), **words(state)))
    if following is None:
        to_date = tracking.goal["actual_to_date"]
        return Told(label, say("story.to_date", actual=said_money(to_date), goal=said_money(plan.goal.value)))
    target, days = float(following.of(tracking.targets.team(REVENUE))), following.business_days
    daily = said_money(target / (days or 1))
    return Told(label, say("story.target", target=said_money(target), daily=daily, days=days))


def _measure(state: State, short: Insight | None, *, told: bool) -> str:
    """Return what the playbook has for a shortfall, "" where that is nothing; it is named unless it was `told`."""
    first = next(iter(suggested(state.tracking, state.playbook, short)), None) if short else None
    if short is None or first is None:
        return ""
    key = "playbook.suggested" if told else "playbook.suggested_for"
    figures = {"what": subject(state, short), "yen": signed_money(short.yen)}
    suggestion = say(key, name=first.name, do=first.do, watch=first.watch, **figures)
    hours = better_hours(state) if first.key == _BEST_HOURS else ""
    return say("playbook.with_figure", told=suggestion, figure=hours) if hours else suggestion


def _to_do(state: State, short: Insight, following: Span | None) -> str:
    plan, worded = state.plan, words(state)
    what, yen = subject(state, short), said_money(short.yen)
    if short.kind is Kind.STOPPED:
        return say("story.share_out", member=short.member, amount=said_money(short.reference), **worded)
    if short.kind in (Kind.RATE, Kind.MEASURE):
        rates = {"rate": short.actual / short.of, "usual": short.reference / short.of}
        return say("story.raise", what=what, **rates, yen=yen, **worded)
    if short.kind is Kind.VALUE:
        unit = plan.goal.unit_value / short.of
        now, usual = said_money(short.actual * unit), said_money(short.reference * unit)
        return say("story.raise_value", what=what, now=now, usual=usual, yen=yen, **worded)
    if short.channel and following:
        place = [channel.name for channel in plan.channels].index(short.channel)
        wanted = float(following.of(state.tracking.targets.channels(short.kpi))[place])
        return say("story.bring", what=what, wanted=wanted, actual=short.actual, yen=yen, **worded)
    return say("story.bring_back", what=what, usual=short.reference, actual=short.actual, yen=yen, **worded)
