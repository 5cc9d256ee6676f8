"""What happened?

The vocabulary that every source is translated into, and the shape of the daily facts that are counted from it:
`date, member, channel, event, source → count, amount, minutes`, one row each.
"""

from functools import cache

from kpixl import texts
from kpixl.actuals.headings import plain
from kpixl.plan.glossary import SCORES

__all__ = [
    "CANCELLED",
    "EVENTS",
    "FACT_KEYS",
    "FACT_MEASURES",
    "IGNORE",
    "LOST",
    "MILESTONES",
    "WON",
    "event_called",
]

LOST, WON, CANCELLED = "lost", "won", "cancelled"  # what is cancelled takes an order and its amount away on its own day

EVENTS = (
    "lead",
    "good_lead",
    "approach",
    "call",
    "connect",
    "email_sent",
    "email_opened",
    "appointment",
    "visit",
    "meeting",
    "qualified",
    "proposal",
    "demo",
    "closing",
    WON,
    "repeat_order",
    CANCELLED,
    LOST,
    *SCORES,
    "cost",
)
MILESTONES = ("lead", "approach", "appointment", "visit", "meeting", "qualified", "proposal", "demo", "closing")
IGNORE = "ignore"  # stands in a value table for what is no event of the plan
FACT_KEYS = ("date", "member", "channel", "event", "source")
FACT_MEASURES = ("count", "amount", "minutes")


def event_called(text: str) -> str | None:
    """Return the event that a text names, in Japanese or English; None where it names none.

    >>> event_called("架電"), event_called("Calls"), event_called("won"), event_called("対象外"), event_called("朝礼")
    ('call', 'call', 'won', 'ignore', None)
    """
    said = plain(text)
    return said if said in EVENTS else _words().get(said)  # the words of all languages take a while to be read


@cache
def _words() -> dict[str, str]:
    words = {word: event for event in (*EVENTS, IGNORE) for word in (event, event.replace("_", " "))}
    for code in texts.LANGUAGES:
        for event, more in texts.section("event_words", code).items():
            words |= {plain(word): event for word in more}
        words |= {plain(name): event for event, name in texts.section("event", code).items()}
    return words
