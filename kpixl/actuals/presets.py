"""Which tool wrote this file?

A preset is a small TOML file of the package, one for each kind of export: the headings that a tool gives its columns,
and what its rows are. A file is recognised by its headings alone; what is recognised becomes the text of a mapping, so
that a user can read it, keep it and change it. Two presets that fit equally well are both said.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from kpixl.actuals.events import event_called
from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import Mapping, mapping_of
from kpixl.texts import language, say

__all__ = ["DAILY", "Recognised", "headings_known", "quoted", "recognise"]

DAILY = "daily"
_DATES = ("日付", "年月日", "営業日", "活動日", "date", "day")
_MEMBERS = ("担当者", "担当", "氏名", "名前", "営業担当", "社員名", "メンバー", "member", "owner", "name", "rep")
_CHANNELS = ("チャネル", "流入元", "流入経路", "経路", "媒体", "channel", "source")
_AMOUNTS = ("受注金額", "受注額", "売上", "売上金額", "売上額", "成約金額", "revenue", "won amount", "amount")
_FIELDS = ("member", "channel", "id")


@dataclass(frozen=True)
class Recognised:
    """A file as a preset reads it: the key of the preset, how many of its columns are there, and the mapping's text."""

    key: str
    name: str
    fits: int
    text: str

    def of_all_sheets(self) -> "Recognised":
        """Return the same for spreadsheets of which several sheets have the headings."""
        return replace(self, text=self.text.replace("\nmatch = ", '\nsheet = "*"\nmatch = ', 1))

    def mapping(self) -> Mapping:
        """Return the mapping."""
        return mapping_of(self.text, Path(f"{self.key}.toml"))


def recognise(headings: Sequence[str], file: str = "*") -> list[Recognised]:
    """Return the presets that know all the headings they need, the best ones: several where they fit equally well.

    >>> [found.key for found in recognise(["Deal Name", "Deal Stage", "Close Date", "Amount", "Record ID"])]
    ['hubspot_deals']
    >>> recognise(["a", "b"])
    []
    """
    found = [one for key, preset in _presets().items() if (one := _fitted(key, preset, headings, file)) is not None]
    daily = _daily(headings, file)
    found += [daily] if daily else []
    most = max((one.fits for one in found), default=0)
    return [one for one in found if one.fits == most]


@cache
def headings_known() -> frozenset[str]:
    """Return all headings, in plain form, by which a file may be recognised."""
    lists = (names for preset in _presets().values() for names in preset["columns"].values())
    return frozenset(plain(name) for names in (*lists, _DATES, _MEMBERS, _CHANNELS, _AMOUNTS) for name in names)


@cache
def _presets() -> dict[str, dict[str, Any]]:
    folder = resources.files("kpixl.actuals") / "presets"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


def _fitted(key: str, preset: dict[str, Any], headings: Sequence[str], file: str) -> Recognised | None:
    written = {plain(heading): heading for heading in reversed(headings)}
    columns = {
        field: next((written[plain(name)] for name in names if plain(name) in written), None)
        for field, names in preset["columns"].items()
    }
    if any(columns[field] is None for field in preset["needs"]):
        return None
    lines = [f"source = {quoted(key)}", "", "[files.log]", f"match = {quoted(file)}"]
    if "identical" in preset and columns.get("id") is None:
        lines.append(f"identical = {quoted(preset['identical'])}")
    for event in preset["events"]:
        where = event.get("where", {})
        needed = (event["occurred_at"], *where, *event.get("with", ()))
        if any(columns[field] is None for field in needed):
            continue
        lines += ["", "[[events]]", f"event = {quoted(event['event'])}"]
        told = {"occurred_at": event["occurred_at"]} | {field: field for field in _FIELDS}
        told |= {field: event[field] for field in ("amount", "minutes", "count") if field in event}
        for entry, field in told.items():
            if columns.get(field) is not None:
                lines.append(f"{entry} = {quoted(str(columns[field]))}")
        if "fixed" in event:
            lines.append(f"amount = {{ fixed = {event['fixed']} }}")
        if where:
            values = ", ".join(f"{quoted(str(columns[field]))} = {_list(named)}" for field, named in where.items())
            lines.append(f"where = {{ {values} }}")
    lines += _deals(preset, columns, written)
    fits = sum(heading is not None for heading in columns.values())
    return Recognised(key, preset["name"][language()], fits, "\n".join(lines) + "\n")


def _deals(preset: dict[str, Any], columns: dict[str, str | None], written: dict[str, str]) -> Iterator[str]:
    """Yield what says that the rows are deals, where the export tells them apart by an id."""
    if "deals" not in preset or columns.get("id") is None:
        return
    yield from ("", "[deals]", f"id = {quoted(str(columns['id']))}")
    told = {entry: field for entry, field in preset["deals"].items() if columns.get(field) is not None}
    yield from (f"{entry} = {quoted(str(columns[field]))}" for entry, field in told.items())
    taken = set(columns.values())
    known = {name: _first(list(written.values()), headings) for name, headings in preset["attributes"].items()}
    listed = [f"{name} = {quoted(heading)}" for name, heading in known.items() if heading and heading not in taken]
    if listed:
        yield f"attributes = {{ {', '.join(listed)} }}"


def _daily(headings: Sequence[str], file: str) -> Recognised | None:
    """Return a wide table of days, with a count of an event in each of several columns."""
    date, member, channel, amount = (_first(headings, names) for names in (_DATES, _MEMBERS, _CHANNELS, _AMOUNTS))
    taken = {date, member, channel, amount}
    events: dict[str, str] = {}
    for heading in headings:
        event = event_called(heading) if heading not in taken else None
        if event and event not in ("ignore", *events.values()):
            events[heading] = event
    if date is None or len(events) < 2:
        return None
    lines = [f"source = {quoted(DAILY)}", "", "[files.log]", f"match = {quoted(file)}", "", "[[events]]"]
    lines += [f"occurred_at = {quoted(date)}"]
    lines += [f"{entry} = {quoted(name)}" for entry, name in (("member", member), ("channel", channel)) if name]
    lines += ["", "[events.columns]"]
    for heading, event in events.items():
        whole = event == "won" and amount is not None
        more = f"{{ event = {quoted(event)}, amount = {quoted(str(amount))} }}" if whole else quoted(event)
        lines.append(f"{quoted(heading)} = {more}")
    fits = len(events) + sum(name is not None for name in (date, member, channel, amount))
    return Recognised(DAILY, say("import.daily"), fits, "\n".join(lines) + "\n")


def _first(headings: Sequence[str], names: Sequence[str]) -> str | None:
    written = {plain(heading): heading for heading in reversed(headings)}
    return next((written[plain(name)] for name in names if plain(name) in written), None)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """Return a text as a basic string of TOML."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    signs = (escapes.get(sign, sign if sign.isprintable() else f"\\U{ord(sign):08x}") for sign in text)
    return f'"{"".join(signs)}"'
