"""Which column means what?

A mapping is a small TOML file that a sales-ops person can read: which files belong together (`[files.deals]`), how they
join, and which events their rows are (`[[events]]`). It describes two shapes of data alike: an activity log, where a
column says what happened, and a deal list, where each date column is an event of its own.

::

    source = "crm"                                # imports of one source belong together
    covers = "all"                                # "all": the whole list, what is not in it is gone; "days": the
                                                  # days and people in it; "span": all days from its first to its
                                                  # last, of all people; "added": nothing is replaced. Else each id,
                                                  # and for rows without one the days of each person in it
    timezone = "Asia/Tokyo"                       # where 2025-06-01T15:30Z is the 2nd; else that of the plan

    [files.deals]
    match = ["deals*.csv", "商談*.csv"]            # file names; or table = "deals" in a database
    join = { leads = "lead_id" }                  # the columns of leads become leads.origin ...;
                                                  # { leads = ["lead_id", "ID"] } where the key has two names
    sheet = "7月"                                  # of a spreadsheet; "*": all sheets that have the headings
    header = 3                                    # the row of the headings, where it is not found
    identical = "keep"                            # rows alike in one file are separate events (else they count once)

    [[events]]
    event = "won"                                 # or { column = "種別", values = { "架電" = "call", "*" = "ignore" } }
    file = "deals"
    occurred_at = "受注日"                         # a blank date is no event
    member = "担当者"                              # or { column = "担当者", values = { "さとう" = "佐藤" } }
    channel = { fixed = "展示会" }
    lead = "リードID"                              # an event "lead" counts each of them once
    id = "商談ID"                                  # the same id counts once
    amount = "金額"
    minutes = "通話分数"
    where = { "フェーズ" = ["受注", "契約済"] }     # only the rows with one of these values

Further entries of `[[events]]` say what a row is worth::

    occurred_at = ["日付", "時刻"]                  # day and time of day in two columns
    dates = "MM/DD/YYYY"                          # how dates such as 7/8/2026 are meant; at the top for all events
    minutes = { column = "通話", unit = "seconds" } # or milliseconds, hours, h:mm, m:ss
    count = "配信数"                               # the row stands for so many events
    amount = { fixed = 50000 }                    # of each event
    share = "配分"                                 # an id shared by several people: the part of each; with
                                                  # { column = "配分", amount = "whole" } the amounts are shared too
    lines = "sum"                                 # an id in several rows is one event, their amounts are summed
    columns = { "架電数" = "架電", "受注数" = { event = "受注", amount = "受注額" } }  # a wide table

    [deals]                                       # the ids of the events are deals, of which this is the list
    file = "deals"
    id = "商談ID"
    created = "作成日"                             # when a deal began
    stage = "フェーズ"                             # or { column, values }; member, channel, amount as for events
    attributes = { industry = "業種", loss_reason = "失注理由" }

and `[members]` and `[channels]` at the top say who else is meant by a name: ``"h.sato@example.co.jp" = "佐藤"``.
"""

import zoneinfo
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field
from pathlib import Path

from kpixl import texts
from kpixl.actuals.deal_rules import DealRule, read_deal_rule
from kpixl.actuals.headings import hint, plain
from kpixl.actuals.rules import Rule, Value, read_rules
from kpixl.errors import InvalidPlan, UnreadableData
from kpixl.files.toml import BrokenToml, Section, parse_toml, read_toml

__all__ = ["COVERS", "Files", "Join", "Mapping", "Rule", "Value", "mapping_of", "read_mapping"]

COVERS = ("all", "days", "span", "added")


@dataclass(frozen=True)
class Join:
    """Rows of another group of `files`, found by their `theirs` column being equal to our `ours`."""

    files: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Files:
    """A group of files of one shape: file names that `match`, or a `table` of a database, and what joins them.

    A `query` is asked of the database in place of a table: what a warehouse has counted need not be brought here.
    `sheet` is the one of a spreadsheet that is read (``*``: all that have the headings), `header` the row of the
    headings.
    """

    name: str
    match: tuple[str, ...] = ()
    table: str | None = None
    query: str | None = None
    joins: tuple[Join, ...] = ()
    keep_identical: bool = False
    sheet: str | None = None
    header: int | None = None


@dataclass(frozen=True)
class Mapping:
    """What the exports of one `source` hold: groups of `files`, and the `rules` that turn their rows into events.

    A mapping that names no source takes the names of its groups, whatever its file is called; `named` says whether it
    does. `covers` is what an export replaces ("" where nothing is said), `timezone` where its days are counted;
    `members` and `channels` are other names of theirs, in plain form; `deals` says which rows are deals.
    """

    path: Path
    source: str
    files: Lookup[str, Files]
    rules: tuple[Rule, ...]
    named: bool = True
    covers: str = ""
    timezone: str | None = None
    members: Lookup[str, str] = field(default_factory=dict)
    channels: Lookup[str, str] = field(default_factory=dict)
    deals: DealRule | None = None


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping from a TOML file.

    Parameters
    ----------
    path : str or Path
        A TOML file as shown at the top of this module.

    Returns
    -------
    Mapping
        The mapping, checked in itself; columns are checked when files are read.

    Raises
    ------
    UnreadableData
        If the file is missing or no text.
    InvalidPlan
        If it is no TOML, holds an unknown key, an unknown event or group of files, or lacks what is needed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "calls.toml"
    >>> lines = ['[files.log]', '[[events]]', 'event = "call"', 'occurred_at = "日時"', 'member = "担当"']
    >>> _ = path.write_text("\\n".join(lines), encoding="utf-8")
    >>> mapping = read_mapping(path)
    >>> mapping.source, mapping.files["log"].match, mapping.rules[0].member.column
    ('log', ('*',), '担当')
    """
    path = Path(path)
    try:
        content = read_toml(path, Section)
    except OSError as error:
        raise UnreadableData("mapping_unreadable", file=path, reason=error) from error
    except BrokenToml as error:
        key = "mapping_file" if error.line is None else "mapping_line"
        raise InvalidPlan(key, file=path, line=error.line, reason=error) from error
    return _mapping(_Table(path, "", content))


def mapping_of(text: str, path: Path) -> Mapping:
    """Return the mapping that a text is; `path` is what it is called where it is refused.

    Raises
    ------
    InvalidPlan
        As for `read_mapping`.
    """
    return _mapping(_Table(path, "", parse_toml(text, path.name, Section)))


class _Table:
    """A table of the TOML file that knows where it stands, so that every refusal can say so."""

    def __init__(self, path: Path, place: str, content: Section) -> None:
        self.path = path
        self.place = place
        self.content = content

    def only(self, *known: str) -> "_Table":
        for key in self.content:
            if key not in known:
                raise self.refused("mapping_unknown_key", key=key, known=", ".join(known), hint=hint(key, known))
        return self

    def refused(self, error: str, **values: object) -> InvalidPlan:
        """Return the error, with the place of this table and the line of the key or the value that it is about."""
        given = str(values.get("given", ""))
        found = None if "key" in values else _line_of_value(self.content, given)
        line = found or self.content.line_of(str(values.get("key", given)))
        place = _on_line(self.place or texts.say("import.top"), line)
        return InvalidPlan(error, **{"file": self.path, "place": place} | values)

    def wrong(self, key: str, expected: str) -> InvalidPlan:
        return self.refused("mapping_kind", key=key, given=self.content[key], expected=texts.say(f"import.{expected}"))

    def text(self, key: str) -> str:
        if key not in self.content:
            raise self.refused("mapping_missing_key", key=key)
        value = self.content[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a_text")
        return value

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self.content else None

    def texts(self, key: str) -> tuple[str, ...]:
        given = self.content[key]
        values = given if isinstance(given, list) else [given]
        if not values or not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "texts")
        return tuple(values)

    def table(self, key: str) -> "_Table":
        value = self.content.get(key, Section({}, self.content.file, self.content.line))
        if not isinstance(value, Section):
            raise self.wrong(key, "a_table")
        return _Table(self.path, f"{self.place}.{key}" if self.place else key, value)

    def renames(self, key: str) -> dict[str, str]:
        """Return a table of texts and what they stand for, the texts in plain form."""
        renamed = self.table(key).content
        if not all(isinstance(value, str) for value in renamed.values()):
            raise self.wrong(key, "renames")
        return {plain(old): new for old, new in renamed.items()}

    def tables(self, key: str) -> list["_Table"]:
        value = self.content.get(key)
        if value is None:
            raise self.refused("mapping_missing_key", key=key)
        if not isinstance(value, list) or not all(isinstance(entry, Section) for entry in value):
            raise self.wrong(key, "tables")
        return [_Table(self.path, f"[[{key}]] #{number}", entry) for number, entry in enumerate(value, 1)]


def _line_of_value(section: Section, given: str) -> int | None:
    """Return the line of the first text in a table, or in one within it, that reads as given."""
    for key, value in section.items():
        if isinstance(value, Section) and (line := _line_of_value(value, given)):
            return line
        if given and value == given:
            return section.line_of(key)
    return None


def _on_line(what: object, line: int | None) -> object:
    return what if line is None else texts.say("import.on_line", place=what, line=line)


def _mapping(top: _Table) -> Mapping:
    top.only("source", "covers", "timezone", "dates", "files", "events", "deals", "members", "channels")
    groups = top.table("files")
    if not groups.content:
        raise top.refused("mapping_missing_key", key="files")
    files = {name: _files(name, groups) for name in groups.content}
    _refuse_circles(groups, files)
    covers = top.optional("covers") or ""
    if covers not in ("", *COVERS):
        raise top.wrong("covers", "all_days_or_added")
    rules = tuple(rule for entry in top.tables("events") for rule in read_rules(entry, files, top.content))
    deals = read_deal_rule(top.table("deals"), files, top.content, rules) if "deals" in top.content else None
    return Mapping(
        path=top.path,
        source=top.optional("source") or "+".join(files),
        files=files,
        rules=rules,
        named="source" in top.content,
        covers=covers,
        timezone=_timezone(top),
        members=top.renames("members"),
        channels=top.renames("channels"),
        deals=deals,
    )


def _timezone(top: _Table) -> str | None:
    name = top.optional("timezone")
    if name is not None and name not in zoneinfo.available_timezones():
        raise top.wrong("timezone", "a_timezone")
    return name


def _refuse_circles(groups: _Table, files: Lookup[str, Files]) -> None:
    """Refuse a group that is joined to itself, be it through others."""
    for name in files:
        reached, ahead = set[str](), [join.files for join in files[name].joins]
        while ahead:
            other = ahead.pop()
            if other == name:
                raise groups.refused(
                    "mapping_join_circle", file=_on_line(groups.path, groups.content.line_of(name)), group=name
                )
            if other not in reached:
                reached.add(other)
                ahead += [join.files for join in files[other].joins]


def _files(name: str, groups: _Table) -> Files:
    table = groups.table(name).only("match", "table", "query", "join", "identical", "sheet", "header")
    where = [key for key in ("match", "table", "query") if key in table.content]
    if len(where) > 1:
        raise table.refused("mapping_match_or_table", one=where[0], other=where[1])
    if table.content.get("identical", "once") not in ("once", "keep"):
        raise table.wrong("identical", "once_or_keep")
    joins = table.table("join")
    return Files(
        name=name,
        match=table.texts("match") if "match" in where else () if where else ("*",),
        table=table.optional("table"),
        query=table.optional("query"),
        joins=tuple(_join(joins, other, groups.content) for other in joins.content),
        keep_identical=table.content.get("identical") == "keep",
        sheet=table.optional("sheet"),
        header=_row(table),
    )


def _row(table: _Table) -> int | None:
    number = table.content.get("header")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise table.wrong("header", "a_row")
    return number


def _join(joins: _Table, other: str, known: Lookup[str, object]) -> Join:
    if other not in known:
        raise joins.refused("mapping_unknown_files", given=other, known=", ".join(known), hint=hint(other, known))
    keys = joins.texts(other)
    if len(keys) > 2:
        raise joins.wrong(other, "one_or_two_columns")
    return Join(files=other, ours=keys[0], theirs=keys[-1])
