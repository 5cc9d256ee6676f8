"""A list of members as HR or a sales manager keeps it: a CSV with a heading for the name, the rest as far as known."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

from kpixl.engine.numbers import parse_date, parse_number
from kpixl.errors import InvalidPlan, UserError
from kpixl.files.text import read_records
from kpixl.plan.names import clean
from kpixl.plan.team import Member

__all__ = ["MemberList", "known_headings", "read_members"]

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
    "pinned": ("受注件数を固定", "受注の固定", "固定", "pinned"),
}


class MemberList(tuple[Member, ...]):
    """The members of a file, with its name, the line of each, and the headings that kpixl does not know."""

    file: str
    lines: tuple[int, ...]
    unknown: tuple[str, ...]


def read_members(path: Path) -> MemberList:
    """Read members from a CSV; of its headings only the name is needed, the others may be missing.

    Raises
    ------
    InvalidPlan
        When the file is missing or has no members, has no heading for the name or one twice, or a line cannot be read.
    UnreadableData
        When it is no text.
    """
    if not path.is_file():
        raise InvalidPlan("members_missing", path=path)
    records = read_records(path)
    headings = records[0][1]
    column = _columns(headings, path.name)
    found = [
        (line, _member(_row(record, headings, path.name, line), column, path.name, line))
        for line, record in records[1:]
    ]
    if not found:
        raise InvalidPlan("members_none", path=path.name)
    members = MemberList(member for _, member in found)
    members.file, members.lines = path.name, tuple(line for line, _ in found)
    members.unknown = tuple(heading for heading in headings if heading.strip() and heading not in column.values())
    return members


def known_headings() -> str:
    """Return every heading that is known, one of each kind in each language."""
    return ", ".join(f"{known[0]} ({key})" for key, known in _HEADINGS.items())


def _columns(headings: list[str], file: str) -> dict[str, str]:
    """Return the heading of each part of a member that the file has."""
    column: dict[str, str] = {}
    for heading in headings:
        plain = "".join(normalize("NFKC", heading).lower().split())
        for key, known in _HEADINGS.items():
            if plain in known:
                if key in column:
                    raise InvalidPlan("members_twice", path=file, given=f"{column[key]}, {heading}")
                column[key] = heading
    if "name" not in column:
        raise InvalidPlan("members_heading", path=file, given=", ".join(headings), known=known_headings())
    return column


def _row(record: list[str], headings: list[str], file: str, line: int) -> dict[str, str]:
    if any(cell.strip() for cell in record[len(headings) :]):
        reason = InvalidPlan("members_cells", cells=len(record), headings=len(headings))
        raise InvalidPlan("members_line", path=file, line=line, reason=reason)
    return dict(zip(headings, record, strict=False))


def _member(row: Mapping[str, str], column: Mapping[str, str], file: str, line: int) -> Member:
    def text(key: str) -> str:
        return clean(row.get(column.get(key, "")) or "")

    def read(key: str, parse: Callable[[str], _T], default: _T) -> _T:
        return parse(text(key)) if text(key) else default

    try:
        if not text("name"):
            raise InvalidPlan("plan_blank_member")
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
