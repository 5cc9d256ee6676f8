"""How a workbook of kpixl looks: palette, fonts, number formats, chart series. Nothing else names a colour.

Typed cells are blue on pale yellow, computed ones black on white (FAST standard); charts follow IBCS: actual dark,
plan outlined, good green and bad red, always with a sign that also reads without colour.
"""

from typing import Any

from kpixl import texts

__all__ = ["FONT", "LOOKS", "PALETTE", "RULED", "TABS", "TOTAL", "axis_number", "cell_style", "heading_style", "rules"]

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
    "actual": {
        "fill": {"color": "#37474F"},
        "border": {"color": "#37474F"},
        "line": {"color": "#37474F", "width": 2.5},
    },
    "plan": {
        "fill": {"none": True},
        "border": {"color": "#37474F", "width": 1.25},
        "line": {"color": "#7B8794", "width": 1.75, "dash_type": "dash"},
    },
}

RULED = {"bottom": 1, "bottom_color": PALETTE["line"]}
TOTAL = {"bold": True, "top": 1, "top_color": PALETTE["band"], "bg_color": PALETTE["pale"]}
TABS = {"plain": PALETTE["band"], "typed": "#E9B44C", "computed": PALETTE["accent"]}

_NUMBERS = {
    "count": "#,##0",
    "rank": "0",
    "decimal": "#,##0.0",
    "money": '#,##0"円"',
    "rate": "0.0%",
    "attainment": "0%",
    "share": "0%",
    "probability": "0%",
    "points": "+0.0%;▲0.0%;0.0%",
    "gap": "+#,##0;▲#,##0;0",
    "gap_money": '+#,##0"円";▲#,##0"円";0"円"',
    "weight": "0.00",
    "date": "yyyy/mm/dd",
    "month": 'yyyy"年"m"月"',
    "day": "m/d",
    "stamp": "yyyy/mm/dd hh:mm",
}
_STATUS_SHADES = {"on_track": "good", "recoverable": "warn", "will_miss": "bad"}
_ENGLISH = {
    "money": '"¥"#,##0',
    "gap_money": '+"¥"#,##0;-"¥"#,##0;"¥"0',
    "points": "+0.0%;-0.0%;0.0%",
    "gap": "+#,##0;-#,##0;0",
    "month": "mmm yyyy",
    "date": "yyyy-mm-dd",
}
_AXES = {
    "ja": {"money": '#,##0,,"百万円"', "month": "yyyy/m", "day": "m/d"},
    "en": {"money": '"¥"#,##0,,"M"', "month": "yyyy-mm", "day": "m/d"},
}
_LETTERING: dict[str, dict[str, Any]] = {
    "text": {},
    "title": {"bold": True, "font_size": 18, "font_color": PALETTE["band"]},
    "lead": {"font_color": PALETTE["muted"]},
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": PALETTE["band"],
        "bottom": 2,
        "bottom_color": PALETTE["band"],
    },
    "label": {"font_color": PALETTE["muted"]},
    "strong": {"bold": True},
    "figure_rate": {"bold": True, "font_size": 13, "num_format": "0%", "align": "left"},
    "key": {"font_color": PALETTE["muted"], "font_size": 9},
    "link": {"font_color": PALETTE["accent"], "underline": 1},
    "code": {"font_name": "Consolas", "font_size": 10},
    "status": {"align": "center"},
    "verdict": {"align": "center"},
    "check": {"bold": True, "align": "center"},
    "alert": {"font_color": PALETTE["bad"]},
    "box": {"bold": True, "bg_color": PALETTE["band"], "font_color": PALETTE["white"], "align": "left", "indent": 1},
    "box_label": {
        "font_size": 9,
        "font_color": PALETTE["muted"],
        "bg_color": PALETTE["pale"],
        "left": 1,
        "left_color": PALETTE["line"],
        "indent": 1,
    },
    "legend_typed": {
        "bg_color": PALETTE["typed"],
        "font_color": PALETTE["typed_ink"],
        "border": 1,
        "border_color": PALETTE["line"],
    },
    "legend_computed": {"border": 1, "border_color": PALETTE["line"]},
    "legend_good": {"font_color": PALETTE["good"], "bg_color": PALETTE["good_pale"]},
    "legend_bad": {"font_color": PALETTE["bad"], "bg_color": PALETTE["bad_pale"]},
    "join": {"font_color": PALETTE["muted"], "align": "center", "top": 2, "top_color": PALETTE["line"]},
    "join_down": {"font_color": PALETTE["muted"], "indent": 1, "left": 2, "left_color": PALETTE["line"]},
}


def cell_style(name: str, language: str, *, typed: bool = False) -> dict[str, Any]:
    """Return the properties of a style by its name: lettering, a number, or `box_` and a number for the tree.

    `typed` gives it the look of an input.
    """
    base = {"font_name": FONT, "font_size": 10.5, "valign": "vcenter", "font_color": PALETTE["ink"]}
    in_box = name.startswith("box_") and name not in _LETTERING
    kind = name.removeprefix("box_") if in_box else name
    if kind == "figure_money":
        base |= cell_style("money", language) | {"bold": True, "font_size": 13, "align": "left"}
    elif kind in _NUMBERS:
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


def axis_number(name: str, language: str) -> str | None:
    """Return the number format of an axis over values of a style, shorter than in cells; None for a plain one."""
    return _AXES[language].get(name)


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


def rules(name: str) -> list[dict[str, Any]]:
    """Return the conditional formats that belong to a style: the colours of good and bad, always beside a sign."""
    kind = name.removeprefix("box_")
    if kind == "attainment":
        return [
            {"type": "blanks", "stop_if_true": True, "format": None},
            _compared(">=", 1, "good", '"● "0%'),
            _compared(">=", 0.8, "warn", '"◐ "0%'),
            _compared("<", 0.8, "bad", '"○ "0%'),
        ]
    if kind in ("gap", "gap_money", "points"):
        return [
            {"type": "blanks", "stop_if_true": True, "format": None},
            _compared("<", 0, "bad"),
            _compared(">", 0, "good"),
        ]
    if kind == "status":
        return [
            _worded(words[word], shade)
            for words in (texts.section("status"), texts.section("closed"))
            for word, shade in _STATUS_SHADES.items()
            if word in words
        ]
    if kind == "verdict":
        return [_worded(texts.say(f"verdict.{word}"), shade) for word, shade in (("better", "good"), ("worse", "bad"))]
    if kind == "check":
        return [_worded(texts.say(f"guide.{word}"), shade) for word, shade in (("yes", "good"), ("no", "bad"))]
    return []


def _compared(criteria: str, value: float, shade: str, number: str | None = None) -> dict[str, Any]:
    look: dict[str, Any] = {"font_color": PALETTE[shade]}
    if number:
        look |= {"num_format": number, "bg_color": PALETTE[f"{shade}_pale"]}
    return {"type": "cell", "criteria": criteria, "value": value, "format": look}


def _worded(word: str, shade: str) -> dict[str, Any]:
    look = {"font_color": PALETTE[shade], "bg_color": PALETTE[f"{shade}_pale"], "bold": True}
    return {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
