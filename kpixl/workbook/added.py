"""The tables, columns and names that plan workbooks made by an older kpixl lack.

Each is listed here once, by key. A listed item that is missing reads as empty, and the next refresh adds it
(`kpixl.workbook.migrate`). A whole new sheet need not be listed (`kpixl.workbook.grafting`). Anything else that is
missing was deleted or renamed by somebody, and the workbook is refused.
"""

from kpixl.workbook.schema import Key, heading_of

__all__ = ["added_headings", "added_keys", "is_added_name", "is_added_table"]

_TABLES = (
    *("agreements", "balances", "closed", "closing", "day_weights", "days", "deal_list", "deals", "enterable", "keys"),
    *("more_indicators", "stretch_targets"),
)
_OUTLOOK = ("drift", "rest", "rest_variance", "given", "weighed", "due", "worth", "open", "step")
_COLUMNS = {
    "kpixl_by_member": ("factor",),
    "kpixl_candidates": ("because", "set_apart"),
    "kpixl_closures": ("open",),
    "kpixl_connections": ("covers",),
    "kpixl_facts": ("itemised",),
    "kpixl_gap": ("matured_rate", "rate_basis"),
    "kpixl_member_status": ("to_say",),
    "kpixl_members": ("left",),
    "kpixl_outlook": tuple(Key(name, name) for name in _OUTLOOK),
    "kpixl_team": ("monthly_part", "secured"),
}
_NAMES = (
    "actions_head",
    "alert_after",
    "alert_up_to",
    "analysed_on",
    "board_insights",
    "closed_note",
    "currency",
    "customer_values",
    "day_as_of",
    "day_figures",
    "day_left",
    "day_member",
    "day_note",
    "enterable_list",
    "funnel_note",
    "gap_head",
    "levers_head",
    "matrix_kpi",
    "member_actuals_head",
    "member_improvement_head",
    "member_ranking_head",
    "member_status_head",
    "member_workload_head",
    "mix_total",
    "pace_by",
    "pace_note",
    "progress_head",
    "rates_from",
    "recent_rates",
    "shared_from",
    "silent",
    "slow",
    "triggers_head",
    "waterfall_head",
    "weekend",
    "whole_period",
)


def is_added_table(name: str) -> bool:
    """Say whether a table may be missing from older workbooks."""
    return name.removeprefix("kpixl_") in _TABLES


def is_added_name(name: str) -> bool:
    """Say whether a defined name may be missing from older workbooks."""
    return name.removeprefix("kpixl_") in _NAMES


def added_keys(table: str) -> frozenset[str]:
    """Return the keys of a table's columns that may be missing from older workbooks."""
    return frozenset(_COLUMNS.get(table, ()))


def added_headings(table: str) -> frozenset[str]:
    """Return the current headings of a table's columns that may be missing from older workbooks."""
    return frozenset(heading_of(table, key) for key in added_keys(table))
