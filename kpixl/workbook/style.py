"""How a workbook of kpixl looks: palette, fonts, number formats, the looks of chart series. Nothing else names a colour.

Typed cells are blue on pale yellow, computed ones black on white (FAST standard); charts follow IBCS: actual dark,
plan outlined, good green and bad red, always with a sign that also reads without colour.
"""

from typing import Any

__all__ = ["FONT", "LOOKS", "PALETTE", "attainment_rules", "cell_style", "gap_rules", "heading_style", "status_rules"]

FONT = "Yu Gothic"

PALETTE = {
    "ink": "#1F2933",
    "muted": "#6B7785",
    "line": "#D8DEE6",
    "band": "#1D3557",
    "pale": "#EEF2F7",
    "typed": "#FFF9E3",
    "typed_ink": "#1B4F9C",
    "good": "#1B7F4B",
    "warn": "#9A6700",
    "bad": "#B3261E",
    "good_pale": "#E3F4EA",
    "warn_pale": "#FDF2D6",
    "bad_pale": "#FBE5E3",
    "accent": "#2A6F97",
    "white": "#FFFFFF",
}

LOOKS: dict[str, dict[str, Any]] = {
    "actual": {"fill": {"color": "#37474F"}, "border": {"color": "#37474F"}, "line": {"color": "#37474F", "width": 2.5}},
    "plan": {
        "fill": {"none": True},
        "border": {"color": "#37474F", "width": 1.25},
        "line": {"color": "#7B8794", "width": 1.75, "dash_type": "dash"},
    },
}

_NUMBERS = {
    "count": "#,##0",
    "decimal": "#,##0.0",
    "money": '#,##0"円"',
    "rate": "0.0%",
    "attainment": "0%",
    "probability": "0%",
    "points": '+0.0%;▲0.0%;0.0%',
    "gap": "+#,##0;▲#,##0;0",
    "gap_money": '+#,##0"円";▲#,##0"円";0"円"',
    "weight": "0.00",
    "date": "yyyy/mm/dd",
    "month": 'yyyy"年"m"月"',
    "day": "m/d",
    "stamp": "yyyy/mm/dd hh:mm",
}
_ENGLISH = {
    "money": '"¥"#,##0',
    "gap_money": '+"¥"#,##0;-"¥"#,##0;"¥"0',
    "points": "+0.0%;-0.0%;0.0%",
    "gap": "+#,##0;-#,##0;0",
    "month": "mmm yyyy",
    "date": "yyyy-mm-dd",
}
_LETTERING: dict[str, dict[str, Any]] = {
    "text": {},
    "wrap": {"text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 18, "font_color": PALETTE["band"]},
    "lead": {"font_color": PALETTE["muted"]},
    "section": {"bold": True, "font_size": 12, "font_color": PALETTE["band"], "bottom": 2, "bottom_color": PALETTE["band"]},
    "label": {"font_color": PALETTE["muted"]},
    "strong": {"bold": True},
    "figure": {"bold": True, "font_size": 16, "num_format": "#,##0"},
    "key": {"font_color": PALETTE["muted"], "font_size": 9},
    "link": {"font_color": PALETTE["accent"], "underline": 1},
    "code": {"font_name": "Consolas", "font_size": 10},
    "status": {"align": "center"},
    "check": {"bold": True, "align": "center"},
    "alert": {"font_color": PALETTE["bad"]},
    "box": {"bold": True, "bg_color": PALETTE["band"], "font_color": PALETTE["white"], "align": "left", "indent": 1},
    "box_label": {"font_size": 9, "font_color": PALETTE["muted"], "bg_color": PALETTE["pale"], "left": 1, "left_color": PALETTE["line"], "indent": 1},
    "join": {"font_color": PALETTE["muted"], "align": "center", "valign": "vcenter", "font_size": 14},
}


def cell_style(name: str, language: str, *, typed: bool = False) -> dict[str, Any]:
    """Return the properties of a style by its name: lettering, a number, or `box_` and a number for the tree.

    `typed` gives it the look of an input.
    """
    base = {"font_name": FONT, "font_size": 10.5, "valign": "vcenter", "font_color": PALETTE["ink"]}
    in_box = name.startswith("box_") and name not in _LETTERING
    kind = name.removeprefix("box_") if in_box else name
    if kind in _NUMBERS:
        number = _ENGLISH.get(kind, _NUMBERS[kind]) if language == "en" else _NUMBERS[kind]
        base |= {"num_format": number}
    else:
        base |= _LETTERING[kind]
    if in_box:
        base |= {"bg_color": PALETTE["pale"], "right": 1, "right_color": PALETTE["line"], "bold": True}
    if typed:
        base |= {
            "bg_color": PALETTE["typed"],
            "font_color": PALETTE["typed_ink"],
            "border": 1,
            "border_color": PALETTE["line"],
            "locked": False,
        }
    return base


def heading_style() -> dict[str, Any]:
    """Return the properties of a table's heading row."""
    return {
        "font_name": FONT,
        "font_size": 10,
        "bold": True,
        "font_color": PALETTE["white"],
        "bg_color": PALETTE["band"],
        "valign": "vcenter",
        "align": "center",
        "text_wrap": True,
        "border": 1,
        "border_color": PALETTE["band"],
    }


def attainment_rules() -> list[dict[str, Any]]:
    """Return the rules for attainment: a full, half or empty disc beside the colour."""
    return [
        {"type": "blanks", "stop_if_true": True, "format": None},
        _rule(">=", 1, "good", '"● "0%'),
        _rule(">=", 0.8, "warn", '"◐ "0%'),
        _rule("<", 0.8, "bad", '"○ "0%'),
    ]


def gap_rules() -> list[dict[str, Any]]:
    """Return the rules for differences: green above, red below; the sign stands in the number itself."""
    return [_rule("<", 0, "bad", None), _rule(">", 0, "good", None)]


def status_rules(words: dict[str, str]) -> list[dict[str, Any]]:
    """Return the rules for a status, given the words for `on_track`, `recoverable` and `will_miss`."""
    shades = {"on_track": "good", "recoverable": "warn", "will_miss": "bad"}
    return [
        {
            "type": "cell",
            "criteria": "==",
            "value": f'"{words[status]}"',
            "format": {"font_color": PALETTE[shade], "bg_color": PALETTE[f"{shade}_pale"], "bold": True},
        }
        for status, shade in shades.items()
    ]


def _rule(criteria: str, value: float, shade: str, number: str | None) -> dict[str, Any]:
    look: dict[str, Any] = {"font_color": PALETTE[shade]}
    if number:
        look |= {"num_format": number, "bg_color": PALETTE[f"{shade}_pale"]}
    return {"type": "cell", "criteria": criteria, "value": value, "format": look}
