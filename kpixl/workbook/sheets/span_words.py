"""What a week, a month or a quarter is called in sentences and headings: 2026年7月, 7月第3週, 前四半期."""

from kpixl.plan import Span, SpanKind
from kpixl.texts import say, section
from kpixl.workbook.state import State

__all__ = ["capital", "span_head", "span_name", "span_title", "words"]


def words(state: State) -> dict[str, str]:
    """Return the values of the places that sentences have for the tracked span.

    `span` is its name, `title` that with its year and days, `noun` what it is, `last_one` the one before, `per` one of
    it and `year_ago` the same one of the year before.
    """
    span = state.tracking.span
    known = section(f"span.{span.kind}")
    found = {key: known[key] for key in ("noun", "last_one", "per", "year_ago")}
    return found | {"span": span_name(span), "title": span_title(span)}


def span_name(span: Span) -> str:
    """Return the name of a span, without its year."""
    return say(f"span.{span.kind}.name", first=span.start, shown=span.shown_day, number=span.number)


def span_title(span: Span) -> str:
    """Return the name of a span with its year, and with the days or months that it goes over."""
    year, days = span.year, {"begin": span.start, "end": span.end}
    return say(f"span.{span.kind}.title", first=span.start, shown=span.shown_day, number=span.number, year=year, **days)


def span_head(state: State, key: str) -> str:
    """Return the heading of a column about the tracked span; of a month "", as that is what headings are about."""
    span = state.tracking.span
    if span.kind is SpanKind.MONTH:
        return ""
    return capital(say(f"span.head.{key}", noun=words(state)["noun"]))


def capital(text: str) -> str:
    """Return a text with a capital letter first, where its language has such."""
    return text[:1].upper() + text[1:]
