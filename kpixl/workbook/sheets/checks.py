"""Is the plan sound? The audit rules that a spreadsheet can check by itself, each as a native formula.

A check turns red as soon as somebody types something that breaks it. Its initial value comes from the rules of
`kpixl.plan.audit`, so that the guide and `kpixl check` never disagree.
"""

from dataclasses import dataclass

from kpixl.plan import CHANNEL, audit
from kpixl.plan.audit import Audited, Rule
from kpixl.plan.glossary import MAIN, PERSON, SUB
from kpixl.plan.selection import PERSON_KPIS, TEAM_KPIS
from kpixl.texts import say
from kpixl.workbook.blocks import Calc, Cell, Sheet
from kpixl.workbook.layout import link
from kpixl.workbook.references import column_ref
from kpixl.workbook.schema import kpi_key, kpi_keys
from kpixl.workbook.sheets import funnel
from kpixl.workbook.sheets.closed import FROM, asked
from kpixl.workbook.sheets.formulas import quoted
from kpixl.workbook.state import State
from kpixl.workbook.tables import (
    BY_MEMBER,
    CANDIDATES,
    CHANNEL_TARGETS,
    CHANNELS,
    CSFS,
    DEFINITIONS,
    FUNNEL,
    KGIS,
    MEMBER_TARGETS,
    NEEDS,
    TEAM,
)

__all__ = ["check_rows"]


@dataclass(frozen=True)
class _Check:
    """A check of the guide: its key, a formula that is true if all is well, its value, and the sheet to mend it on."""

    key: str
    formula: str
    value: bool
    sheet: str


def check_rows(state: State) -> tuple[tuple[Cell, ...], ...]:
    """Return a row per check: its mark, what is checked, what it means, and a link to the sheet to mend it on."""
    good, bad = say("guide.yes"), say("guide.no")
    return tuple(
        (
            Cell(Calc(f'IF(IFERROR({check.formula},FALSE),"{good}","{bad}")', good if check.value else bad), "check"),
            Cell(say(f"guide.check_{check.key}"), "strong"),
            Cell(say(f"guide.check_{check.key}_help"), "paragraph"),
            link(say(f"sheet.{check.sheet}"), say(f"sheet.{check.sheet}")),
        )
        for check in _checks(state)
    )


def _checks(state: State) -> tuple[_Check, ...]:
    audited = Audited(state.plan, state.tracking.targets)

    def keeps(*rules: type[Rule]) -> bool:
        return not any(finding for rule in rules for finding in rule().check(audited))

    sums = keeps(audit.SumsByMonth, audit.SumsOfPeriod)
    return (
        _Check("members", _by_month(state, MEMBER_TARGETS), sums, "targets"),
        _Check("channels", _by_month(state, CHANNEL_TARGETS), sums, "targets"),
        _Check("months", _whole_period(state), sums, "targets"),
        _Check("goal", _reached(state), keeps(audit.KgiReached), "settings"),
        _Check("deadline", _dated(), keeps(audit.KgiDeadline), "settings"),
        _Check("priority", _ordered(), keeps(audit.KgiPriority, audit.KgiTradeOff), "settings"),
        _Check("csfs", _between(_filled(_csf()), audit.CSFS), keeps(audit.CsfCount), "settings"),
        _Check("linked", _linked(), keeps(audit.KpiCsf, audit.CsfUnserved), "definitions"),
        _Check("team_kpis", _between(_chosen(), TEAM_KPIS), keeps(audit.TeamKpis), "definitions"),
        _Check(
            "person_kpis",
            _between(_chosen(("scope", f"scope.{PERSON}")), PERSON_KPIS),
            keeps(audit.PersonKpis),
            "definitions",
        ),
        _Check("main", _both("role", f"role.{MAIN}"), keeps(audit.MainAndSub) and bool(audited.chosen), "definitions"),
        _Check(
            "timing",
            _both("timing", "timing.lagging"),
            keeps(audit.LeadingAndLagging) and bool(audited.chosen),
            "definitions",
        ),
        _Check("controllable", _controllable(), keeps(audit.Controllable), "definitions"),
        _Check("numbers", f"{_chosen_rows(_blank('period_target'))}=0", keeps(audit.KpiTarget), "definitions"),
        _Check("defined", _defined(), keeps(audit.Undefined, audit.KpiOwner), "definitions"),
        _Check("capacity", _fits(), _all_fit(funnel.sheet(state)), "funnel"),
    )


def _by_month(state: State, table: str) -> str:
    """Return the formula of whether the targets of members or channels sum to the team's in every month and stage."""
    month = "month"
    asked = column_ref(table, month), column_ref(TEAM, month)
    differ = (
        f"SUMPRODUCT(--(SUMIFS({column_ref(table, key)},{asked[0]},{asked[1]})<>{column_ref(TEAM, key)}))"
        for key in kpi_keys(state.plan.stages)
    )
    return f"{'+'.join(differ)}=0"


def _whole_period(state: State) -> str:
    """Return the formula of whether the months sum to the period, for the team (with closed months) and each member."""
    by, everybody = column_ref(MEMBER_TARGETS, "member"), column_ref(BY_MEMBER, "member")
    stages = kpi_keys(state.plan.stages)
    month = column_ref(MEMBER_TARGETS, "month")
    team = (f"SUM({column_ref(TEAM, name)})=SUM({column_ref(FUNNEL, name)})+{asked(name, CHANNEL)}" for name in stages)
    each = (
        f'SUMPRODUCT(--(SUMIFS({column_ref(MEMBER_TARGETS, name)},{by},{everybody},{month},">="&{FROM})'
        f"<>{column_ref(BY_MEMBER, name)}))=0"
        for name in stages
    )
    return f"AND({','.join((*team, *each))})"


def _reached(state: State) -> str:
    """Return the formula of whether every measured KGI is met if all targets are."""
    goal, measure = column_ref(KGIS, "goal"), column_ref(KGIS, "measure")
    revenue, orders = column_ref(TEAM, kpi_key(state.plan.kpis[0])), column_ref(TEAM, kpi_key(state.plan.stages[-1]))
    secured = column_ref(TEAM, "secured")
    channels, by = column_ref(CHANNELS, "channel"), column_ref(CHANNEL_TARGETS, "channel")
    leads = f"SUMIFS({column_ref(CHANNEL_TARGETS, kpi_key(state.plan.stages[0]))},{by},{channels})"
    cost = f"SUMPRODUCT({leads},{column_ref(CHANNELS, 'cost_per_lead')})"
    missed = (
        f"SUMPRODUCT(({measure}={quoted(say(f'measure.{key}'))})*{beyond})"
        for key, beyond in (
            ("revenue", f"({goal}>SUM({revenue})+SUM({secured})+0.5)"),
            ("orders", f"({goal}>SUM({orders})+0.5)"),
            ("cost", f"({goal}<{cost}-0.5)"),
        )
    )
    return f"{'+'.join(missed)}=0"


def _dated() -> str:
    deadline, end = column_ref(KGIS, "deadline"), "EOMONTH(kpixl_start,kpixl_months-1)"
    return f"SUMPRODUCT({_named()}*((({deadline}<kpixl_start)+({deadline}>{end}))>0))=0"


def _ordered() -> str:
    """Return the formula of whether KGIs, if several, have distinct priorities and at least one names a trade-off."""
    priority, kgi = column_ref(KGIS, "priority"), column_ref(KGIS, "kgi")
    unclear = f'((({priority}="")+(COUNTIF({priority},{priority})>1))>0)'
    in_order = f"SUMPRODUCT({_named()}*(ROW({kgi})>MIN(ROW({kgi})))*{unclear})=0"
    said = f"{_filled(column_ref(KGIS, 'trade_off'))}>0"
    return f"OR({_filled(kgi)}<2,AND({in_order},{said}))"


def _linked() -> str:
    """Return the formula of whether every chosen KPI serves a success factor and every success factor has a KPI."""
    own = _defined_column("csf")
    known = _chosen_rows(f'({own}<>"")*ISNUMBER(MATCH({own},{_csf()},0))')
    served = "+".join(
        f"COUNTIFS({own},{_csf()},{_defined_column('role')},{quoted(say(f'role.{role}'))})" for role in (MAIN, SUB)
    )
    return f'AND({known}={_chosen()},SUMPRODUCT(({_csf()}<>"")*(({served})=0))=0)'


def _both(key: str, word: str) -> str:
    """Return the formula of whether some of the chosen KPIs, but not all, have a word in a column."""
    some = _chosen((key, word))
    return f"AND({some}>0,{some}<{_chosen()})"


def _controllable() -> str:
    rating, kpi = (column_ref(CANDIDATES, key) for key in ("controllable", "kpi"))
    chosen = "+".join(
        f"COUNTIFS({_defined_column('kpi')},{kpi},{_defined_column('role')},{quoted(say(f'role.{role}'))})"
        for role in (MAIN, SUB)
    )
    return f"SUMPRODUCT(({rating}=1)*(({chosen})>0))=0"


def _defined() -> str:
    missing = "+".join(_blank(key) for key in ("meaning", "numerator", "unit", "owner"))
    fraction = f'({_defined_column("divided_by")}<>"")*{_blank("denominator")}'
    return f"{_chosen_rows(f'(({missing}+{fraction})>0)')}=0"


def _fits() -> str:
    """Return the formula of whether targets stay within the capacity of members and channels, on average."""
    verdict, word = "verdict", quoted(say("funnel.too_much"))
    return "+".join(f"COUNTIF({column_ref(table, verdict)},{word})" for table in (NEEDS, FUNNEL)) + "=0"


def _all_fit(sheet: Sheet) -> bool:
    rows = (row for name in (NEEDS, FUNNEL) for row in sheet.table(name).rows)
    return all(row[-1] != say("funnel.too_much") for row in rows)


def _chosen(*wanted: tuple[str, str]) -> str:
    """Return the formula of how many chosen KPIs have the wanted words in their columns."""
    conditions = "".join(f",{_defined_column(key)},{quoted(say(word))}" for key, word in wanted)
    role = _defined_column("role")
    return "(" + "+".join(f"COUNTIFS({role},{quoted(say(f'role.{code}'))}{conditions})" for code in (MAIN, SUB)) + ")"


def _chosen_rows(condition: str) -> str:
    """Return the formula of how many chosen KPIs meet a condition on their row."""
    role = _defined_column("role")
    chosen = "+".join(f"({role}={quoted(say(f'role.{code}'))})" for code in (MAIN, SUB))
    return f"SUMPRODUCT(({chosen})*{condition})"


def _defined_column(key: str) -> str:
    return column_ref(DEFINITIONS, key)


def _blank(key: str) -> str:
    return f'({_defined_column(key)}="")'


def _csf() -> str:
    return column_ref(CSFS, "csf")


def _named() -> str:
    return f'({column_ref(KGIS, "kgi")}<>"")'


def _filled(column: str) -> str:
    return f'SUMPRODUCT(--({column}<>""))'


def _between(count: str, bounds: tuple[int, int]) -> str:
    return f"AND({count}>={bounds[0]},{count}<={bounds[1]})"
