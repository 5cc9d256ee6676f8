"""Which columns tell of a deal as it stands?

`[deals]` in a mapping says that the ids of its events are deals, and which column of the deal list holds the id, the
stage, the amount, the day on which the deal began, and what else is known of it (`attributes`). What happened to a deal
and when is told by the events with its id; what is not said here is taken from those of the same files.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from kpixl import texts
from kpixl.actuals.events import WON
from kpixl.actuals.headings import hint, plain
from kpixl.actuals.rules import Rule, Value, read_dates, read_value, read_where

if TYPE_CHECKING:
    from kpixl.actuals.mapping import _Table as Entries

__all__ = ["LOSS_REASON", "DealRule", "attribute_called", "attribute_name", "read_deal_rule"]

LOSS_REASON = "loss_reason"
_KEYS = ("file", "id", "created", "dates", "member", "channel", "stage", "amount", "where", "attributes")


@dataclass(frozen=True)
class DealRule:
    """How the rows of a group of files become deals.

    `rule` says which rows they are, and where their id, member, channel and amount stand; its `occurred_at` is the
    column of the day on which a deal began, where there is one (`dated`). `attributes` maps what is known besides to
    its column. `lines` says that several rows of an id are the lines of one deal.
    """

    rule: Rule
    dated: bool
    stage: Value = field(default_factory=Value)
    attributes: Lookup[str, str] = field(default_factory=dict)
    lines: bool = False

    @property
    def columns(self) -> set[str]:
        """The headings that the rule names."""
        rule = self.rule
        told = (rule.occurred_at, rule.id, rule.member.column, rule.channel.column, rule.amount, self.stage.column)
        return {column for column in (*told, *rule.where, *self.attributes.values()) if column}


def read_deal_rule(
    table: "Entries", files: Lookup[str, object], top: Lookup[str, object], rules: Sequence[Rule]
) -> DealRule:
    """Return what `[deals]` says; `rules` are those of the events.

    Raises
    ------
    InvalidPlan
        If it has an unknown entry, names no group of files or no id, or the mapping covers days only.
    """
    table.only(*_KEYS)
    group = table.optional("file") or (next(iter(files)) if len(files) == 1 else table.text("file"))
    if group not in files:
        raise table.refused("mapping_unknown_files", given=group, known=", ".join(files), hint=hint(group, files))
    if top.get("covers") in ("days", "span"):
        raise table.refused("mapping_deals_days", given=top["covers"])
    id_, created = table.text("id"), table.optional("created")
    alike = sorted((rule for rule in rules if rule.files == group), key=lambda rule: rule.event.fixed != WON)
    usual = next(iter(alike), Rule(group, Value(), id_))
    attributes = table.table("attributes")
    rule = Rule(
        files=group,
        event=Value(fixed=WON),
        occurred_at=created or id_,
        dates=read_dates(table, top),
        member=read_value(table, "member") if "member" in table.content else usual.member,
        channel=read_value(table, "channel") if "channel" in table.content else usual.channel,
        id=id_,
        amount=table.optional("amount") or usual.amount,
        where=read_where(table),
    )
    return DealRule(
        rule=rule,
        dated=created is not None,
        stage=read_value(table, "stage"),
        attributes={attribute_called(name): attributes.text(name) for name in attributes.content},
        lines=any(rule.lines or (rule.share is not None and not rule.share_amounts) for rule in alike),
    )


def attribute_called(text: str) -> str:
    """Return the attribute that a text names: one that kpixl knows, in Japanese or English, else the text itself.

    >>> attribute_called("業種"), attribute_called("Loss reason"), attribute_called("紹介者")
    ('industry', 'loss_reason', '紹介者')
    """
    return _words().get(plain(text), text.strip())


def attribute_name(attribute: str) -> str:
    """Return what an attribute is called in the language in force.

    >>> with texts.speaking("en"):
    ...     attribute_name("industry"), attribute_name("Referrer")
    ('Industry', 'Referrer')
    """
    return str(texts.section("attribute").get(attribute, attribute))


@cache
def _words() -> dict[str, str]:
    return dict(_spelt())


def _spelt() -> Iterator[tuple[str, str]]:
    for code in texts.LANGUAGES:
        for attribute, name in texts.section("attribute", code).items():
            yield from ((plain(word), attribute) for word in (attribute, attribute.replace("_", " "), name))
        for attribute, more in texts.section("attribute_words", code).items():
            yield from ((plain(word), attribute) for word in more)
