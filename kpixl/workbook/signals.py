"""The colours of good and bad, which go with a number or a word and always with a sign that reads without colour."""

from typing import Any

from kpixl.texts import say
from kpixl.workbook.style import LOOKS, PALETTE, padded

__all__ = ["OUTDATED", "outdated", "rules", "sample", "unseen"]

OUTDATED = "kpixl_as_of<>kpixl_analysed_on"  # the typed date, and the date of the last refresh

_SIGNED = ("gap", "gap_money", "effect_money", "points", "growth", "variance")
_WITH_BARS = ("effect_money", "variance")
_COMPARED: dict[str, tuple[tuple[str, float, str, str | None], ...]] = {
    "attainment": ((">=", 1, "good", "signs.good"), (">=", 0.8, "warn", "signs.warn"), ("<", 0.8, "bad", "signs.bad")),
    "load": ((">", 1, "bad", "signs.over"),),
    **dict.fromkeys(_SIGNED, (("<", 0, "bad", None), (">", 0, "good", None))),
}
_BARRED = ((">=", 1, "good", None), (">=", 0.8, "warn", None), ("<", 0.8, "bad", None))
_BAR = {
    "type": "data_bar",
    "data_bar_2010": True,
    "bar_solid": True,
    "bar_color": LOOKS["previous"]["fill"]["color"],
    "min_type": "num",
    "min_value": 0,
    "max_type": "num",
    "max_value": 2.5,
    "format": None,
}
_HEAT = (  # of a connect rate; darkest first
    (0.5, {"bg_color": "#20638A", "font_color": PALETTE["white"]}),
    (0.4, {"bg_color": "#5B9BBF"}),
    (0.3, {"bg_color": "#93C0D8"}),
    (0.2, {"bg_color": "#BFDCEA"}),
    (0.1, {"bg_color": "#DFEEF5"}),
)
_VARIANCE = {
    "type": "data_bar",
    "data_bar_2010": True,
    "bar_solid": True,
    "bar_color": PALETTE["good_pale"],
    "bar_negative_color": PALETTE["bad_pale"],
    "bar_axis_position": "middle",
    "bar_axis_color": PALETTE["line"],
    "format": None,
}
_WORDED = {
    "status": {
        "status.on_track": "good",
        "status.recoverable": "warn",
        "status.will_miss": "bad",
        "closed.on_track": "good",
        "closed.will_miss": "bad",
    },
    "verdict": {
        "verdict.better": "good",
        "verdict.worse": "bad",
        "standing.above": "good",
        "standing.below": "bad",
    },
    "check": {"guide.yes": "good", "guide.no": "bad"},
}


def rules(name: str) -> list[dict[str, Any]]:
    """Return the conditional formats of a style; most styles have none."""
    kind = name.removeprefix("box_")
    if kind in _COMPARED:
        in_table = kind == name
        compared = [_compared(*rule, in_table=in_table) for rule in _COMPARED[kind]]
        bars = [_VARIANCE] if kind in _WITH_BARS else []
        return [{"type": "blanks", "stop_if_true": True, "format": None}, *bars, *compared]
    if kind == "mix_total":
        look = {"font_color": PALETTE["warn"], "bg_color": PALETTE["warn_pale"], "bold": True}
        return [{"type": "cell", "criteria": "not between", "minimum": 0.9995, "maximum": 1.0005, "format": look}]
    if kind == "alert":
        look = {"font_color": PALETTE["muted"]}
        return [{"type": "cell", "criteria": "==", "value": f'"{say("progress.no_alert")}"', "format": look}]
    if kind == "heat_rate":
        return [{"type": "cell", "criteria": ">=", "value": least, "format": look} for least, look in _HEAT]
    if kind == "attained":
        return [_BAR, *(_compared(*rule, in_table=True) for rule in _BARRED)]
    return [_worded(say(word), shade) for word, shade in _WORDED.get(kind, {}).items()]


def unseen(formula: str) -> dict[str, Any]:
    """Return the conditional format that makes a cell invisible while a formula is true."""
    white = dict.fromkeys(("font_color", "bg_color"), PALETTE["white"])
    lines = dict.fromkeys(("left", "right", "bottom"), 1) | {
        f"{side}_color": PALETTE["white"] for side in ("left", "right", "bottom")
    }
    return {"type": "formula", "criteria": f"={formula}", "format": white | lines, "stop_if_true": True}


def outdated() -> dict[str, Any]:
    """Return the conditional format of a refresh's results while the typed date differs from theirs."""
    look = {"font_color": PALETTE["outdated"], "bg_color": PALETTE["white"], "italic": True}
    return {"type": "formula", "criteria": f"={OUTDATED}", "format": look, "stop_if_true": True}


def sample(value: float | str) -> dict[str, Any]:
    """Return the conditional format of a cell that still holds its example."""
    shown = '"' + value.replace('"', '""') + '"' if isinstance(value, str) else f"{value:.15g}"
    return {
        "type": "cell",
        "criteria": "==",
        "value": shown,
        "format": {"font_color": PALETTE["muted"], "italic": True},
    }


def _compared(criteria: str, value: float, shade: str, sign: str | None, *, in_table: bool) -> dict[str, Any]:
    look: dict[str, Any] = {"font_color": PALETTE[shade]}
    if sign:
        number = f'"{say(sign)} "0%'
        look |= {"num_format": padded(number) if in_table else number, "bg_color": PALETTE[f"{shade}_pale"]}
    return {"type": "cell", "criteria": criteria, "value": value, "format": look}


def _worded(word: str, shade: str) -> dict[str, Any]:
    look = {"font_color": PALETTE[shade], "bg_color": PALETTE[f"{shade}_pale"], "bold": True}
    return {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
