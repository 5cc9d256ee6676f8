"""The promises of docs/security.md: each names a test that is there, and both languages promise the same."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def _promised(page: str) -> list[tuple[str, str, str]]:
    text = (_ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"\[`([\w/]+\.py)(?:::(\w+))?`\]\(\.\./tests/([\w/]+\.py)\)", text)


def test_every_promise_has_its_test() -> None:
    promised = _promised("security.md")
    assert len(promised) > 15
    for shown, test, linked in promised:
        assert shown == linked
        assert f"def {test}" in (_ROOT / "tests" / linked).read_text(encoding="utf-8")


def test_both_languages_promise_the_same() -> None:
    assert _promised("security.md") == _promised("security.ja.md")
