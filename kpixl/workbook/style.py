"""How a kpixl workbook looks: palette, fonts, number formats, chart series. No other module names a colour.

Typed cells are blue on pale yellow, computed ones black on white (FAST standard). Charts follow IBCS: actuals dark,
plan outlined, forecast hatched, last year lighter, good green and bad red, always with a sign that also reads without
colour. Every text is readable on its background (WCAG AA), and good, warn and bad are distinct for the colour-blind.
"""

from functools import cache
from typing import Any

from kpixl.plan.currency import CURRENCIES, in_japanese_yen, paid_in, sign
from kpixl.texts import section

__all__ = [
    "LINE_HEIGHTS",
    "LOOKS",
    "PALETTE",
    "POINTS",
    "SPARKLINE",
    "TABS",
    "WHOLE",
    "WRAPPED",
    "axis_number",
    "bar_label",
    "boxed",
    "cell_style",
    "chart_font",
    "money_formats",
    "padded",
    "state_name",
]

PALETTE = {
    "ink": "#1F2933",
    "muted": "#55616E",
    "line": "#D8DEE6",
    "outdated": "#757575",
    "band": "#1D3557",
    "pale": "#EEF2F7",
    "typed": "#FFF9E3",
    "typed_ink": "#1B4F9C",
    "good": "#00704F",
    "warn": "#855800",
    "bad": "#A3162F",
    "good_pale": "#D8F1EC",
    "warn_pale": "#FFEFB8",
    "bad_pale": "#FADADD",
    "accent": "#20638A",
    "white": "#FFFFFF",
}

LOOKS: dict[str, dict[str, Any]] = {
    "actual": {
        "fill": {"color": "#37474F"},
        "border": {"color": "#37474F"},
        "line": {"color": "#37474F", "width": 2.5},
    },
    "plan": {
        "fill": {"none": True},
        "border": {"color": "#37474F", "width": 1.25},
        "line": {"color": "#7B8794", "width": 1.75},
    },
    "forecast": {
        "pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#37474F", "bg_color": PALETTE["white"]},
        "border": {"color": "#37474F"},
        "line": {"color": "#37474F", "width": 2.25, "dash_type": "dash"},
    },
    "range": {
        "pattern": {"pattern": "light_upward_diagonal", "fg_color": "#9AA5B1", "bg_color": PALETTE["white"]},
        "border": {"color": "#9AA5B1"},
        "line": {"color": "#9AA5B1", "width": 1, "dash_type": "square_dot"},
    },
    "previous": {
        "fill": {"color": "#B0BAC5"},
        "border": {"color": "#B0BAC5"},
        "line": {"color": "#B0BAC5", "width": 1.75},
    },
    "good": {"fill": {"color": PALETTE["good"]}, "border": {"none": True}},
    "bad": {"fill": {"color": PALETTE["bad"]}, "border": {"none": True}},
    "hidden": {"fill": {"none": True}, "border": {"none": True}},
}

SPARKLINE: dict[str, Any] = {
    "type": "column",
    "series_color": LOOKS["plan"]["line"]["color"],
    "min": 0,
    "show_hidden": True,
}
WHOLE = "#,##0"
LINE_HEIGHTS = {  # points
    "title": 34,
    "headline": 24,
    "figure_said": 30,
    "figure_text": 28,
    "section": 24,
    "heading": 17,
    "text": 18,
}
TABS = {"plain": PALETTE["band"], "typed": "#E9B44C", "computed": PALETTE["accent"]}

_FONTS: dict[str, dict[str, Any]] = {  # with scheme "none", or Excel would show the font of the theme instead
    "ja": {"font_name": "Yu Gothic", "font_family": 3, "font_charset": 128, "font_scheme": "none"},  # or another Gothic
    "en": {"font_name": "Arial", "font_scheme": "none"},
}
_STATES: dict[str, dict[str, Any]] = {
    "typed": {
        "bg_color": PALETTE["typed"],
        "font_color": PALETTE["typed_ink"],
        "border": 1,
        "border_color": PALETTE["line"],
        "locked": False,
    },
    "ruled": {"bottom": 1, "bottom_color": PALETTE["line"]},
    "total": {"bold": True, "top": 1, "top_color": PALETTE["band"], "bg_color": PALETTE["pale"]},
}

POINTS = ("points", "points_unjudged")  # differences of rates, times 100: a format multiplies only if it shows %
_NUMBERS = {
    "count": "#,##0",
    "subtotal": "#,##0",
    "still": "#,##0",
    "still_daily": "#,##0.0",
    "month_head": 'yy"年"m"月"',
    "rank": "0",
    "decimal": "#,##0.0",
    "quantity": "[>=1000]#,##0;[<=-1000]-#,##0;General",
    "rate": "0.0%",
    "times": '0.0#"回"',
    "attainment": "0%",
    "attained": "0%",
    "share": "0%",
    "heat_rate": "0%",
    "mix_total": "0.0%",
    "probability": "0%",
    "load": "0%",
    "p_value": "0.000",
    **dict.fromkeys(POINTS, '+0.0"pt";▲0.0"pt";0.0"pt"'),
    "growth": "+0.0%;▲0.0%;0.0%",
    "gap": "+#,##0;▲#,##0;0",
    "weight": "0.00",
    "factor": "0.00000",
    "digits": "@",
    "date": "yyyy/mm/dd",
    "month": 'yyyy"年"m"月"',
    "month_axis": "yy/m",
    "day": "m/d",
    "stamp": "yyyy/mm/dd hh:mm",
}
_ENGLISH = {
    **dict.fromkeys(POINTS, '+0.0"pt";-0.0"pt";0.0"pt"'),
    "growth": "+0.0%;-0.0%;0.0%",
    "gap": "+#,##0;-#,##0;0",
    "times": '0.0#"×"',
    "month": "mmm yyyy",
    "month_axis": "yy-mm",
    "month_head": "mmm yy",
    "date": "yyyy-mm-dd",
}
_BARRED = {"effect_money": "gap_money", "variance": "growth"}  # the same number with a bar behind it
_MONEY = ("money", "price", "still_money", "gap_money")
_NO_SIGN = "[$-409]"  # makes an amount without a sign another format than a count, and shows nothing
_FORMER_MONEY = (  # short amounts, until November 2026
    '[>=100000000]0"."00,,"億円";[>=10000]0"."0,"万円";0"円"',
    '[>=1000000]"¥"0.0,,"M";[>=1000]"¥"0,"k";"¥"0',
)
_LABELS = ("target", "actual")  # of the figures in a box
_AXES = {"share": "share", "month": "month_axis", "day": "day"}
_NUMBER_LOOKS: dict[str, dict[str, Any]] = {
    **{key: {"bold": True} for key in ("subtotal", "still", "still_daily", "still_money")},
    "digits": {"align": "left", "indent": 1},
    "month_head": {"bold": True, "align": "right", "font_color": PALETTE["band"]},
}
_BAND: dict[str, Any] = {"bold": True, "bg_color": PALETTE["band"], "font_color": PALETTE["white"]}
_FIGURE: dict[str, Any] = {
    "bold": True,
    "font_size": 14,
    "font_color": PALETTE["band"],
    "bg_color": PALETTE["pale"],
    "align": "left",
    "indent": 1,
}
_LABEL: dict[str, Any] = {"bold": True, "font_color": PALETTE["white"], "align": "center"}
_BOX = {"font_size": 11.5}  # at least 8 points on A4 when the tree is scaled down to a page
_JOIN: dict[str, Any] = {"bold": True, "align": "center", "font_color": PALETTE["band"]}
_ACROSS: dict[str, Any] = {"bottom": 1, "bottom_color": PALETTE["muted"]}
_DOWN: dict[str, Any] = {"left": 1, "left_color": PALETTE["muted"]}
_TEXTS: dict[str, dict[str, Any]] = {
    "text": {},
    "paragraph": {"text_wrap": True},
    "heading": {
        "font_size": 10,
        "bold": True,
        "font_color": PALETTE["white"],
        "bg_color": PALETTE["band"],
        "align": "center",
        "text_wrap": True,
        "border": 1,
        "border_color": PALETTE["band"],
    },
    "subheading": {
        "font_size": 9,
        "font_color": PALETTE["muted"],
        "bg_color": PALETTE["pale"],
        "align": "center",
        "shrink": True,
    },
    "headline": {"bold": True, "font_size": 12.5},
    "aside": {"font_color": PALETTE["muted"], "align": "right"},
    "title": {"bold": True, "font_size": 18, "font_color": PALETTE["band"]},
    "lead": {"font_color": PALETTE["muted"]},
    "note": {"font_color": PALETTE["muted"], "indent": 1},
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": PALETTE["band"],
        "bottom": 2,
        "bottom_color": PALETTE["band"],
    },
    "label": {"font_color": PALETTE["muted"]},
    "strong": {"bold": True},
    "figure_label": {
        "font_color": PALETTE["muted"],
        "bg_color": PALETTE["pale"],
        "indent": 1,
        "top": 2,
        "top_color": PALETTE["accent"],
    },
    "figure_text": _FIGURE | {"font_size": 16},
    "figure_said": _FIGURE,
    "figure_note": {"font_color": PALETTE["muted"], "font_size": 9, "bg_color": PALETTE["pale"], "indent": 1},
    "task": {"bold": True, "bg_color": PALETTE["pale"], "indent": 1},
    "task_note": {
        "font_color": PALETTE["muted"],
        "font_size": 9,
        "bg_color": PALETTE["pale"],
        "indent": 2,
        "bottom": 1,
        "bottom_color": PALETTE["line"],
    },
    "story_good": _LABEL | {"bg_color": PALETTE["good"]},
    "story_short": _LABEL | {"bg_color": PALETTE["bad"]},
    "story_next": _LABEL | {"bg_color": PALETTE["band"]},
    "said_strength": {"bold": True, "font_color": PALETTE["good"]},
    "said_growth": {"bold": True, "font_color": PALETTE["accent"]},
    "writing": {"bg_color": PALETTE["typed"], "bottom": 1, "bottom_color": PALETTE["line"]},
    "gap_said": {"bold": True, "align": "right", "indent": 1},
    "span": {"align": "right", "font_color": PALETTE["muted"]},
    "figure_rate": _FIGURE | {"num_format": "0%"},
    "key": {"font_color": PALETTE["muted"], "font_size": 9},
    "home": {"font_color": PALETTE["accent"], "font_size": 9},
    "link": {"font_color": PALETTE["accent"], "underline": 1},
    "code": {"font_name": "Consolas", "font_size": 10},
    "mark": {"bold": True, "align": "center", "font_color": PALETTE["accent"]},
    "status": {"align": "center"},
    "verdict": {"align": "center"},
    "praise": {"bold": True},
    "remark": {"indent": 1},
    "check": {"bold": True, "align": "center"},
    "alert": {"font_color": PALETTE["bad"]},
    "box": _BAND | _BOX | {"align": "left", "indent": 1, "shrink": True},
    "box_attainment": _BAND | _BOX | {"align": "right", "indent": 1, "num_format": "0%"},
    "legend_typed": {
        "bg_color": PALETTE["typed"],
        "font_color": PALETTE["typed_ink"],
        "border": 1,
        "border_color": PALETTE["line"],
    },
    "legend_computed": {"border": 1, "border_color": PALETTE["line"]},
    "legend_good": {"font_color": PALETTE["good"], "bg_color": PALETTE["good_pale"]},
    "legend_warn": {"font_color": PALETTE["warn"], "bg_color": PALETTE["warn_pale"]},
    "legend_bad": {"font_color": PALETTE["bad"], "bg_color": PALETTE["bad_pale"]},
    "join": _JOIN | _ACROSS,
    "join_turn": _JOIN | _ACROSS | _DOWN,
    "join_down": _DOWN,
    "join_between": _JOIN,
}
WRAPPED = ("text", "strong", "alert", "remark", "code")


def cell_style(
    name: str, language: str, *, typed: bool = False, ruled: bool = False, total: bool = False
) -> dict[str, Any]:
    """Return the properties of a style by its name: a text or number style, or one of a box (see `boxed`).

    `typed` gives it the look of an input, `ruled` that of a computed row of a table, `total` that of a totals row.
    """
    base = _FONTS[language] | {"font_size": 10.5, "valign": "vcenter", "font_color": PALETTE["ink"]}
    label, kind = boxed(name)
    kept = _BARRED.get(kind, kind)
    number = kept in _NUMBERS or kept in _MONEY
    if number:
        base |= {"num_format": _number(kind, language), **_NUMBER_LOOKS.get(kind, {})}
    else:
        base |= _TEXTS[kind]
    if label:
        side = "left" if label == "target" else "right"
        base |= {"num_format": _labelled(label, base["num_format"], language)}
        base |= _BOX | {"bg_color": PALETTE["pale"], side: 1, f"{side}_color": PALETTE["line"]}
        base |= {"align": "right", "indent": 1, "bold": label == "actual", "shrink": True}  # an amount may grow
    if state := state_name(typed=typed, ruled=ruled, total=total):
        base |= _STATES[state]
        base |= {"text_wrap": True} if kind in WRAPPED else {}
        if number:
            base |= {"num_format": padded(base["num_format"])}
        elif "align" not in base:
            base |= {"indent": 1}
    return base


@cache
def boxed(name: str) -> tuple[str, str]:
    """Return the label and the number style of a figure in a box, `box_target_…` or `box_actual_…`; else no label.

    >>> boxed("box_target_money"), boxed("box_attainment")
    (('target', 'money'), ('', 'box_attainment'))
    """
    box, label, kind = [*name.split("_", 2), "", ""][:3]
    return (label, kind) if box == "box" and label in _LABELS and kind else ("", name)


def _labelled(label: str, number: str, language: str) -> str:
    """Return a number format that shows a label before the number."""
    said = section("heading", language)[label]
    return ";".join(f'"{said} "{part}' for part in number.split(";"))


def padded(number: str) -> str:
    """Return a number format with the width of a digit as padding on the right.

    LibreOffice loses the indent of some right-aligned cells, so their numbers would not line up with an indent.

    >>> padded("+0%;-0%")
    '+0%_0;-0%_0'
    """
    return ";".join(f"{part}_0" for part in number.split(";"))


def axis_number(name: str, language: str) -> str | None:
    """Return the number format of an axis for values of a style, shorter than in cells; None for the default."""
    return _number(_AXES[name], language) if name in _AXES else None


def bar_label(language: str) -> str:
    """Return the number format of bar labels, which leaves the labels of zero-length bars blank.

    >>> bar_label("en")
    '+#,##0;-#,##0;'
    """
    return _number("gap", language).removesuffix("0")


def chart_font(size: float, language: str, *, bold: bool = False) -> dict[str, Any]:
    """Return the properties of a chart's font."""
    return {"name": _FONTS[language]["font_name"], "size": size, "bold": bold, "color": PALETTE["ink"]}


def money_formats(language: str) -> dict[str, str]:
    """Map each number format that amounts have in any currency to the one that they have in the currency in force.

    >>> money_formats("ja")['"$"#,##0']
    '#,##0"円"'
    """
    formats = dict.fromkeys(_FORMER_MONEY, _number("money", language))
    for kind in _MONEY:
        now = _number(kind, language)
        for currency in CURRENCIES:
            with paid_in(currency):
                before = _number(kind, language)
            formats |= {before: now, padded(before): padded(now)}
            formats |= {_labelled(label, before, language): _labelled(label, now, language) for label in _LABELS}
    return formats


def _money(name: str, language: str) -> str:
    """Return the number format of amounts in the currency in force."""
    if in_japanese_yen(language):
        before, behind = "", '"円"'
    else:
        before, behind = f'"{sign()}"' if sign() else _NO_SIGN, ""
    gain = f"{before}#,##0{behind}"
    minus = "▲" if language == "ja" else "-"
    return f"+{gain};{minus}{gain};{before}0{behind}" if name == "gap_money" else gain


def _number(name: str, language: str) -> str:
    name = _BARRED.get(name, name)
    if name in _MONEY:
        return _money(name, language)
    return _ENGLISH.get(name, _NUMBERS[name]) if language == "en" else _NUMBERS[name]


def state_name(*, typed: bool = False, ruled: bool = False, total: bool = False) -> str | None:
    """Return the state that decides the look of a cell: total before typed before ruled."""
    return "total" if total else "typed" if typed else "ruled" if ruled else None
