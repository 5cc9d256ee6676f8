"""A list of members as HR or a sales manager keeps it: a CSV with a heading for the name, the rest as far as known."""

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, UserError
from kpixl.plan.team import Member

__all__ = ["read_members"]

_T = TypeVar("_T")
_HEADINGS = {
    "name": ("氏名", "名前", "担当", "担当者", "メンバー", "name", "member"),
    "team": ("チーム", "部署", "課", "team"),
    "level": ("レベル", "等級", "level"),
    "weight": ("重み", "ウェイト", "エリアの重み", "weight"),
    "joined": ("入社日", "着任日", "joined"),
    "left": ("退任日", "退職日", "離任日", "left"),
    "ramp": ("立ち上がり月数", "立ち上がり", "ramp"),
    "capacity": ("1日の上限", "上限", "capacity"),
    "pinned": ("受注の固定", "固定", "pinned"),
}


def read_members(path: Path) -> tuple[Member, ...]:
    """Read members from a CSV; of its headings only the name is needed, the others may be missing.

    Raises
    ------
    InvalidPlan
        When the file is missing, has no heading for the name, or a line cannot be read.
    """
    if not path.is_file():
        raise InvalidPlan("members_missing", path=path)
    raw = path.read_bytes()
    try:
        lines = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        lines = raw.decode("cp932", errors="replace")
    rows = csv.DictReader(lines.splitlines())
    column = {
        key: heading
        for key, known in _HEADINGS.items()
        for heading in rows.fieldnames or ()
        if heading.strip().lower() in known
    }
    if "name" not in column:
        raise InvalidPlan("members_heading", path=path.name, given=", ".join(rows.fieldnames or ()))
    return tuple(_member(row, column, path.name, line) for line, row in enumerate(rows, 2) if row[column["name"]])


def _member(row: Mapping[str, str], column: Mapping[str, str], file: str, line: int) -> Member:
    def text(key: str) -> str:
        return (row.get(column.get(key, "")) or "").strip()

    def read(key: str, parse: Callable[[str], _T], default: _T) -> _T:
        return parse(text(key)) if text(key) else default

    try:
        return Member(
            text("name"),
            read("weight", parse_number, 1.0),
            read("joined", _optional_date, None),
            team=text("team"),
            level=text("level"),
            ramp=read("ramp", parse_number, 0.0),
            capacity=read("capacity", _optional_number, None),
            pinned=read("pinned", _optional_number, None),
            left=read("left", _optional_date, None),
        )
    except UserError as error:
        raise InvalidPlan("members_line", path=file, line=line, reason=error) from error


def _optional_number(text: str) -> float | None:
    return parse_number(text)


def _optional_date(text: str) -> dt.date | None:
    return parse_date(text)
