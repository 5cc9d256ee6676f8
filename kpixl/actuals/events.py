"""What happened?

The vocabulary that every source is translated into, and the shape of the daily facts that are counted from it:
`date, member, channel, event, source → count, amount, minutes`, one row each.
"""

__all__ = ["CANCELLED", "EVENTS", "FACT_KEYS", "FACT_MEASURES", "IGNORE", "WON"]

WON, CANCELLED = "won", "cancelled"  # what is cancelled takes an order and its amount away on its own day

EVENTS = (
    "lead",
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
    CANCELLED,
    "lost",
    "cost",
)
IGNORE = "ignore"  # stands in a value table for what is no event of the plan
FACT_KEYS = ("date", "member", "channel", "event", "source")
FACT_MEASURES = ("count", "amount", "minutes")
