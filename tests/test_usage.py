"""A command that is typed wrong: what was wrong and what would be right, in the user's language, and exit code 2."""

import pytest

from kpixl import cli

_MISTYPED = [
    ("nosuch", "nosuch というコマンドはありません", "There is no command nosuch", "new, import, refresh"),
    ("addin foo", "foo というコマンドはありません", "There is no command foo", "build, install"),
    ("new a.xlsx --nosuch", "--nosuch というオプションはありません", "There is no option --nosuch", "--goal"),
    ("check x -z", "-z というオプションはありません", "There is no option -z", "--json"),
    ("new", "PATH が指定されていません", "PATH is missing", "kpixl new --help"),
    ("import plan.xlsx", "FILE|URL... が指定されていません", "FILE|URL... is missing", "kpixl import --help"),
    ("status", "BOOK が指定されていません", "BOOK is missing", "kpixl status --help"),
    ("call", "NAME が指定されていません", "NAME is missing", "kpixl call --help"),
    ("new a.xlsx --goal", "--goal の値がありません", "--goal has no value", "--help"),
    ("refresh a.xlsx --dry-run=3", "--dry-run には値を付けられません", "--dry-run takes no value", "--help"),
    ("new a.xlsx --months six", "--months の「six」は整数では", "--months is no whole number: “six”", "12"),
    ("new a.xlsx --months=0x6", "--months の「0x6」は整数では", "--months is no whole number: “0x6”", "12"),
    (
        "import a b --covers some",
        "--covers に「some」は指定できません",
        "--covers cannot be “some”",
        "all, days, span, added",
    ),
    ("check a --lang fr", "--lang に「fr」は指定できません", "--lang cannot be “fr”", "ja, en"),
    ("new a b c", "余分な言葉があります：b c", "There are words too many: b c", "…"),
]


@pytest.mark.parametrize(("typed", "japanese", "english", "right"), _MISTYPED, ids=[typed for typed, *_ in _MISTYPED])
def test_a_mistyped_command_is_a_sentence_in_both_languages(
    typed: str,
    japanese: str,
    english: str,
    right: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for language, expected in (("ja", japanese), ("en", english)):
        monkeypatch.setenv("KPIXL_LANG", language)
        said = _mistake(typed.split(), capsys)
        assert said.startswith(f"kpixl: {expected}")
        assert right in said
        assert said.endswith("--help で確かめられます。\n" if language == "ja" else " shows how it is written.\n")


@pytest.mark.parametrize("typed", [["\x1b[2J"], ["new", "a", "--\x1b]0;x\x07"], ["new", "a", "b\nc"]])
def test_what_was_typed_steers_no_terminal(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said = _mistake(typed, capsys)
    assert said.rstrip("\n").isprintable()


def _mistake(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    return said.err
