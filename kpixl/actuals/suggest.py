"""What would a mapping of this file say?

For an export that no preset knows, headings and values tell most: which columns hold days, people, channels, amounts,
lengths of time, numbers that occur once, and which say what happened. The draft is TOML with a comment on whatever was
assumed, and below it the first rows as the events they would become, so that a user sees at once what is wrong.
"""

import csv
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from kpixl import texts
from kpixl.actuals.days import DAY_FIRST, MONTH_FIRST, read_days
from kpixl.actuals.deal_rules import attribute_called
from kpixl.actuals.durations import minutes_in
from kpixl.actuals.events import IGNORE, event_called
from kpixl.actuals.facts import import_events
from kpixl.actuals.headings import plain
from kpixl.actuals.mapping import mapping_of
from kpixl.actuals.presets import quoted
from kpixl.actuals.samples import Sample, recognised
from kpixl.engine.numbers import parse_number
from kpixl.errors import InvalidValue, UserError
from kpixl.texts import say, section

__all__ = ["suggestion"]

_MOST = 0.8  # of the values of a column, that have to be of a kind
_KINDS = 40  # different texts that a column of events may have
_PREVIEWED = 20
_WORDS = {
    "member": r"担当|氏名|所有者|営業|社員|名前|割り?当て|owner|assigned|rep\b|agent|user|sales ?person",
    "channel": r"チャネル|経路|流入|媒体|channel|source|campaign",
    "id": r"\bid\b|id$|番号|コード|\bno\.?$|number|key$",
    "amount": r"金額|売上|受注額|契約額|単価|amount|revenue|price|value|total",
    "minutes": r"通話|時間|分数|秒|duration|minutes|talk|length",
    "share": r"配分|按分|分割|share|split",
    "event": r"種別|区分|活動|内容|結果|アクション|ステータス|フェーズ|ステージ|段階"
    r"|stage|phase|status|type|activity|event|result|outcome|action",
}
_STAGE = r"フェーズ|ステージ|段階|進捗|確度|stage|phase"
_CREATED = r"作成|登録|発生|起票|created|opened|entry"


def suggestion(samples: Sequence[Sample], timezone: str = "Asia/Tokyo") -> str:
    """Return a mapping for these files as TOML, with comments and the first rows as the events they would become."""
    known = recognised(samples)
    sample = samples[0]
    if known:
        head = [f"# {say('suggest.recognised', names=say('join').join(one.name for one in known))}"]
        body = known[0].text
    else:
        head = [f"# {say('suggest.drafted', file=sample.file)}"]
        body = "\n".join(_drafted(sample, ZoneInfo(timezone))) + "\n"
    return "\n".join([*head, body, *_preview(sample, body)]) + "\n"


def _drafted(sample: Sample, zone: ZoneInfo) -> Iterator[str]:
    days = {heading: found for heading in sample.headings if (found := _of_days(sample, heading, zone))}
    stem = re.sub(r"[^\w-]+", "_", Path(sample.file).stem) or "log"
    yield f"source = {quoted(stem)}"
    unsure = [heading for heading, found in days.items() if found == "unsure"]
    if unsure:
        yield f"dates = {quoted(MONTH_FIRST)}  # {say('suggest.dates', column=unsure[0], other=DAY_FIRST)}"
    yield from ("", "[files.log]", f"match = {quoted('*' + Path(sample.file).suffix)}")
    if sample.tables > 1:
        yield 'sheet = "*"'
    if not days:
        yield from ("", "[[events]]", f"# {say('suggest.no_date')}", 'event = "?"', 'occurred_at = "?"')
        return
    told = _told(sample, set(days))
    staged = {heading: event for heading in days if (event := _stage(heading))}
    counted = {h: e for h in sample.headings if h not in days and (e := event_called(h)) and _numeric(sample, h)}
    day = next((heading for heading in days if heading not in staged), next(iter(days)))
    if len(counted) > 1 or (counted and "event" not in told and not staged):
        yield from _wide(day, counted, told)
    elif "event" in told:
        yield from _log(sample, day, told)
    elif staged:
        yield from _deals(staged, told)
        yield from _list(sample, [heading for heading in days if heading not in staged], told, set(days))
    else:
        yield from ("", "[[events]]", f'event = "call"  # {say("suggest.which_event")}')
        yield from _columns(day, told)


def _wide(day: str, counted: dict[str, str], told: dict[str, str]) -> Iterator[str]:
    yield from ("", "[[events]]", f"# {say('suggest.wide')}")
    yield from _columns(day, {key: name for key, name in told.items() if key in ("member", "channel")})
    yield from ("", "[events.columns]")
    yield from (f"{quoted(heading)} = {quoted(event)}" for heading, event in counted.items())


def _log(sample: Sample, day: str, told: dict[str, str]) -> Iterator[str]:
    yield from ("", "[[events]]")
    yield from _columns(day, told)
    yield from ("", "[events.event]", f"column = {quoted(told['event'])}", "", "[events.event.values]")
    for text, rows in Counter(sample.column(told["event"])).most_common():
        event = event_called(text)
        note = "" if event else f"  # {say('suggest.unknown', rows=rows)}"
        yield f"{quoted(text)} = {quoted(event or IGNORE)}{note}"


def _deals(staged: dict[str, str], told: dict[str, str]) -> Iterator[str]:
    for heading, event in staged.items():
        yield from ("", "[[events]]", f"event = {quoted(event)}")
        kept = told if event == "won" else {key: name for key, name in told.items() if key != "amount"}
        yield from _columns(heading, kept)


def _list(sample: Sample, others: list[str], told: dict[str, str], days: set[str]) -> Iterator[str]:
    """Yield what says that the rows are deals: they have an id, and a stage or a day on which they began."""
    stage = next((h for h in sample.headings if re.search(_STAGE, plain(h)) and h not in (*days, *told.values())), None)
    created = next((heading for heading in others if re.search(_CREATED, plain(heading))), None)
    if "id" not in told or not (stage or created):
        return
    yield from ("", f"# {say('suggest.deals')}", "[deals]", f"id = {quoted(told['id'])}")
    if created:
        yield f"created = {quoted(created)}"
    if stage:
        yield f"stage = {quoted(stage)}"
    taken = {stage, created, *told.values(), *days}
    known = {attribute_called(heading): heading for heading in sample.headings if heading not in taken}
    listed = [f"{name} = {quoted(heading)}" for name, heading in known.items() if name in section("attribute")]
    if listed:
        yield f"attributes = {{ {', '.join(listed)} }}"


def _columns(day: str, told: dict[str, str]) -> Iterator[str]:
    yield f"occurred_at = {quoted(day)}"
    for key in ("member", "channel", "id", "amount", "minutes", "share"):
        if key in told:
            note = f"  # {say('suggest.share')}" if key == "share" else ""
            yield f"{key} = {quoted(told[key])}{note}"


def _told(sample: Sample, days: set[str]) -> dict[str, str]:
    """Return which column says what, each for one thing only."""
    found: dict[str, str] = {}
    tests: dict[str, Callable[[str], bool]] = {
        "share": lambda heading: _numeric(sample, heading),
        "id": lambda heading: "share" in found or _once_each(sample, heading),
        "event": lambda heading: _of_events(sample, heading),
        "minutes": lambda heading: _numeric(sample, heading, length=True),
        "amount": lambda heading: _numeric(sample, heading) or not sample.column(heading),  # orders may come later on
        "member": lambda heading: not _numeric(sample, heading),
        "channel": lambda heading: not _numeric(sample, heading),
    }
    for key, fits in tests.items():
        named = [
            heading
            for heading in sample.headings
            if heading.strip()
            and heading not in days
            and heading not in found.values()
            and sample.headings.count(heading) == 1
            and re.search(_WORDS[key], plain(heading))
            and (sample.column(heading) or key == "amount")
            and fits(heading)
        ]
        if named:
            found[key] = named[0]
    if "id" not in found:
        found.pop("share", None)
    return found


def _stage(heading: str) -> str | None:
    """Return the event whose day a heading says that its column holds."""
    bare = re.sub(r"(年月日|日時|日付|日|\s*(date|at|on))$", "", plain(heading))
    event = event_called(bare) if bare != plain(heading) else None
    return None if event == IGNORE else event


def _of_days(sample: Sample, heading: str, zone: ZoneInfo) -> str:
    """Say whether a column holds days: `sure`, `unsure` where they can be meant in two ways, or nothing."""
    given = [] if sample.headings.count(heading) > 1 else sorted(set(sample.column(heading)))
    if not given or all(re.fullmatch(r"[\d.,]+", text) for text in given):
        return ""
    found = read_days(given, zone)
    if sum(day is not None for day in found.days) + len(found.unsure) < _MOST * len(given):
        return ""
    return "unsure" if found.unsure else "sure"


def _numeric(sample: Sample, heading: str, *, length: bool = False) -> bool:
    given = sample.column(heading)
    return bool(given) and sum(_is_number(text, length) for text in given) >= _MOST * len(given)


def _is_number(text: str, length: bool) -> bool:
    try:
        if length:
            minutes_in(text, "m:ss")
        else:
            parse_number(text)
    except InvalidValue:
        return False
    return True


def _once_each(sample: Sample, heading: str) -> bool:
    given = sample.column(heading)
    return len(given) > 1 and len(set(given)) > _MOST * len(given)


def _of_events(sample: Sample, heading: str) -> bool:
    given = set(sample.column(heading))
    return len(given) <= _KINDS and any(event_called(text) for text in given)


def _preview(sample: Sample, text: str) -> Iterator[str]:
    """Yield, as comments, the first rows as the events they would become."""
    names = texts.section("event")
    yield f"# {say('suggest.preview', rows=min(len(sample.rows), _PREVIEWED))}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, Path(sample.file).stem + ".csv")
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([sample.headings, *sample.rows[:_PREVIEWED]])
        lines = [line for line in text.splitlines() if not line.startswith(("match = ", "sheet = "))]
        try:
            found = import_events([file], mapping_of("\n".join(lines), Path("mapping.toml")), rejects=Path(folder))
        except UserError as error:
            yield f"# {error}"
            return
        found.rejects.drop()
    for row in found.facts.to_dict("records"):
        parts = [f"{row['date']:%Y-%m-%d}", row["member"], row["channel"], names[row["event"]], f"{row['count']:g}"]
        more = [f"{row[key]:,.10g} {say(f'suggest.{key}')}" for key in ("amount", "minutes") if row[key]]
        yield "#   " + "  ".join(" ".join(part.split()) for part in [*parts, *more] if part)
    aside = sum(control.set_aside for control in found.controls)
    if aside:
        yield f"# {say('suggest.aside', rows=aside)}"
