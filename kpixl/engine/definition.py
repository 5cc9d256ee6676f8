"""What does this KPI mean, exactly?

Targets can be compared only where everybody counts the same. The catalogue in the locale files says for each KPI of a
sales funnel what it means, what is divided by what, in which unit, whether it leads the result or lags behind it, and
whether more of it is better or less.
"""

from dataclasses import dataclass
from functools import cache

from kpixl import texts
from kpixl.engine.formula import plain_name
from kpixl.errors import InvalidValue

__all__ = ["Definition", "definition", "lower_is_better"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI of the catalogue; `denominator` is empty where it is a plain count or sum."""

    name: str
    meaning: str
    numerator: str
    denominator: str
    unit: str
    timing: str
    better: str


def definition(name: str) -> Definition:
    """Return the definition of a KPI, in the language in force.

    Parameters
    ----------
    name : str
        Its name in either language, or another name in use for it.

    Returns
    -------
    Definition

    Raises
    ------
    InvalidValue
        If the catalogue does not have it; the closest names are suggested.

    Examples
    --------
    >>> with texts.speaking("en"):
    ...     definition("受注率").name, definition("win rate").timing
    ('Win rate', 'lagging')
    """
    wanted = plain_name(name).lower()
    known = {alias: key for code in texts.LANGUAGES for alias, key in _names(code).items()}
    if wanted not in known:
        from difflib import get_close_matches  # noqa: PLC0415 - needed only for an unknown name

        own = {entry["name"].lower(): entry["name"] for entry in texts.section("catalogue").values()}
        near = get_close_matches(wanted, own, n=3, cutoff=0.5) or list(own)[:8]
        raise InvalidValue("definition_unknown", name=name, known=", ".join(own[match] for match in near))
    entry = texts.section("catalogue")[known[wanted]]
    return Definition(
        name=entry["name"],
        meaning=entry["meaning"],
        numerator=entry["numerator"],
        denominator=entry["denominator"],
        unit=entry["unit"],
        timing=entry["timing"],
        better=entry["better"],
    )


def lower_is_better(name: str) -> bool:
    """Say whether less is better of a KPI that the catalogue knows by this name, in either language.

    >>> lower_is_better("リード獲得単価"), lower_is_better("Win rate"), lower_is_better("xyz")
    (True, False, False)
    """
    entries = texts.section("catalogue", "en")  # it says so in our own words
    keys = {_names(code).get(plain_name(name).lower()) for code in texts.LANGUAGES} - {None}
    return any(entries[str(key)]["better"] == "lower" for key in keys)


@cache
def _names(language: str) -> dict[str, str]:
    """Return all names of the catalogue, aliases included, with the key each stands for."""
    return {
        plain_name(name).lower(): key
        for key, entry in texts.section("catalogue", language).items()
        for name in (entry["name"], *entry["aliases"])
    }
