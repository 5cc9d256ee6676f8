"""What the pace goes by, in a sentence: of which KPIs the days have weights of their own, and what these are.

A refresh writes it beside the cell of the settings that says whether days are learned, and to the notes of the month.
"""

from kpixl.engine.dayweights import OFF, DayWeights
from kpixl.texts import say, section
from kpixl.tracking import DayBasis
from kpixl.tracking.day_shares import LEAST_MONTHS
from kpixl.workbook.state import State

__all__ = ["pace_note"]

_TOLD = 4  # kinds of day, those furthest from an ordinary day first
_SLIGHT = 0.1  # by which a kind of day differs that is not worth a word


def pace_note(state: State) -> str:
    """Return the sentence; before there are actuals, what the setting is for."""
    shares = state.tracking.shares
    by_kpi = shares.by_kpi
    bases = {days.basis for days in by_kpi.values()}
    if DayBasis.LEARNED in bases:
        names = {kpi.key: kpi.name for kpi in state.plan.kpis}
        learned = [kpi for kpi in names if kpi in shares.learned]
        one = learned[-1]
        kinds = shares.learned[one].kinds
        told = "" if kinds is None else _kinds(kinds)
        return say(
            "settings.pace_seen", kpis=say("join").join(names[kpi] for kpi in learned), kpi=names[one], kinds=told
        )
    if DayBasis.CHOSEN in bases or not any(days.months for days in by_kpi.values()):
        return say("settings.pace_by_help")
    if DayBasis.NO_BETTER in bases:
        return say("settings.pace_none")
    return say("settings.pace_few", months=LEAST_MONTHS)


def _kinds(weights: DayWeights) -> str:
    """Return the kinds of day that differ the most from an ordinary business day, with how often as much they bring."""
    days = section("weekend")["days"]
    found = {say("weekend.one", day=day): factor for day, factor in zip(days[:5], weights.weekday[:5], strict=True)}
    parts = [say(f"settings.pace_part_{place}") for place in range(len(weights.part))]
    found |= dict(zip(parts, weights.part, strict=True))
    closing = [say("settings.pace_closing", part=part) for part in parts]
    found |= dict(zip(closing, weights.part * weights.closing, strict=True))
    if weights.weekday[OFF] > 0:
        found[say("settings.pace_off")] = weights.weekday[OFF]
    differing = sorted(
        (kind for kind in found if abs(found[kind] - 1) >= _SLIGHT), key=lambda kind: -abs(found[kind] - 1)
    )
    told = [say("settings.pace_kind", kind=kind, factor=found[kind]) for kind in differing[:_TOLD]]
    return say("join").join(told) or say("settings.pace_even")
