"""What the programs one clicks on Windows do: make the demo, make a plan, bring dropped files into one, set up Excel.

`python -m kpixl.shortcuts ACTION` is for people who type no commands: it asks what a command has to know, says what
came of it as the commands do, and keeps the window open until a key is pressed. The plans lie in the folder kpixl of
the user's documents. packaging/windows makes a program and a shortcut of each action.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kpixl import cli
from kpixl.errors import InvalidValue, UserError, WorkbookRefused
from kpixl.files.opening import open_file
from kpixl.files.whole import write_whole
from kpixl.listing import harmless
from kpixl.texts import LANGUAGES, asked, say, speaking

if TYPE_CHECKING:
    from kpixl.addin.install import Places

__all__ = ["main"]

_T = TypeVar("_T")
_JAPANESE = 0x11  # Windows' number of the language
_DOCUMENTS = 5  # and of the folder
_MISTAKE = 2
_TEMPLATES = ("inside_sales", "field_sales", "account_growth")
_MAPPING = "mapping.toml"
_NOT_IN_NAMES = '<>:"/\\|?*'


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the first argument says with the rest, and wait for a key where somebody sees the window.

    Raises
    ------
    SystemExit
        Always, with the exit code of the command.
    """
    action, *given = sys.argv[1:] if arguments is None else arguments
    chosen, given = _language(given)
    with speaking(chosen):
        code = _done(_ACTIONS[action], given)
        if action not in _SILENT:
            _wait_for_a_key()
    raise SystemExit(code)


def _done(action: Callable[[Sequence[str]], int], given: Sequence[str]) -> int:
    """Do it; whatever is raised is a sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return action(given)
    except (EOFError, KeyboardInterrupt):  # nobody answers, or somebody has had enough
        print()
        return cli.STOPPED
    except Exception as error:
        sentence, code = cli.sentence_of(error)
        print(harmless(f"kpixl: {sentence}"))
        return code


def _kpixl(*arguments: object) -> int:
    """Run a command of kpixl; return its exit code."""
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _demo(given: Sequence[str]) -> int:
    """Make the demo in a folder of its own, and open it."""
    print(say("shortcuts.demo"))
    home = _home()
    home.mkdir(parents=True, exist_ok=True)
    names = (say("shortcuts.demo_folder") + (f" {number}" if number > 1 else "") for number in count(1))
    folder = next(home / name for name in names if not (home / name).exists())
    return _kpixl("demo", folder, "--open")


def _new(given: Sequence[str]) -> int:
    """Ask for what a plan begins with, make it and open it."""
    from kpixl.engine.numbers import parse_number  # noqa: PLC0415
    from kpixl.plan import parse_month  # noqa: PLC0415

    print(say("shortcuts.new"))
    home = _home()
    home.mkdir(parents=True, exist_ok=True)
    while True:
        options: list[object] = ["--template", _TEMPLATES[_numbered("template", len(_TEMPLATES)) - 1]]
        asked_for = (("goal", parse_number), ("unit_value", parse_number), ("start", parse_month))
        for name, read in asked_for:
            text = _answer(f"shortcuts.ask_{name}", _as_typed(read))
            options += [f"--{name.replace('_', '-')}={text}"] if text else []
        path = home / f"{_free_name(home)}.xlsx"
        code = _kpixl("new", path, *options)
        if code != _MISTAKE:
            break
        print(say("shortcuts.again"))
    if code == 0:
        open_file(path)
    return code


def _import(given: Sequence[str]) -> int:
    """Bring the dropped files into the plan that was dropped with them, or into one that is chosen."""
    dropped = [Path(each) for each in given]
    if not dropped:
        print(say("shortcuts.how_to_drop"))
        return 0
    from kpixl.actuals.given import is_plan  # noqa: PLC0415

    plans = [path for path in dropped if is_plan(path)]
    mappings = [path for path in dropped if path.suffix.lower() == ".toml"]
    files = [path for path in dropped if path not in plans and path not in mappings]
    if not files:
        raise InvalidValue("drop_no_file")
    for found, key in ((plans, "drop_plans"), (mappings, "drop_mappings")):
        if len(found) > 1:
            raise InvalidValue(key, names=say("join").join(path.name for path in found))
    plan = plans[0] if plans else _chosen_plan(files[0])
    beside = (folder / _MAPPING for folder in (files[0].parent, plan.parent))
    mapping = mappings[0] if mappings else next((path for path in beside if path.is_file()), None)
    print(harmless(say("shortcuts.importing", plan=plan, files=say("join").join(path.name for path in files))))
    if mapping is None:
        _require_known(files)
        return _kpixl("import", "--", plan, *files)
    print(harmless(say("shortcuts.mapping", path=mapping)))
    return _kpixl("import", f"--map={mapping}", "--", plan, *files)


def _require_known(files: Sequence[Path]) -> None:
    """Refuse files of which nobody knows what the columns mean; a draft of a mapping is written beside them."""
    from kpixl.actuals.samples import recognised, samples_of  # noqa: PLC0415
    from kpixl.actuals.suggest import suggestion  # noqa: PLC0415

    samples = samples_of([str(path) for path in files])
    if recognised(samples):
        return
    draft = files[0].absolute().parent / _MAPPING
    write_whole(draft, suggestion(samples).encode())
    raise InvalidValue("drop_not_known", file=files[0].name, path=draft)


def _chosen_plan(file: Path) -> Path:
    """Return the only plan beside a file or among the user's plans; where there are several, ask."""
    from kpixl.actuals.given import is_plan  # noqa: PLC0415

    home = _home()
    folders = dict.fromkeys([file.absolute().parent, home])
    near = [path for folder in folders for path in _workbooks(folder) if is_plan(path)]
    found = sorted(dict.fromkeys(near), key=lambda path: path.stat().st_mtime, reverse=True)
    if not found:
        raise WorkbookRefused("drop_no_plan", folder=file.absolute().parent, home=home)
    if len(found) == 1:
        return found[0]
    print(say("shortcuts.which_plan"))
    for number, path in enumerate(found, 1):
        print(harmless(f"  {number}: {path}"))
    return found[_numbered("plan", len(found)) - 1]


def _workbooks(folder: Path) -> Iterator[Path]:
    for pattern in ("*.xlsx", "*.xlsm"):
        yield from (path for path in folder.glob(pattern) if not path.name.startswith("~$"))


def _addin(given: Sequence[str]) -> int:
    """Put the add-in into Excel, or take it out where it is there."""
    from kpixl.addin.install import places, status  # noqa: PLC0415 - loads numpy

    at = places()
    if not _is_ours(at):
        return _kpixl("addin", "install")
    print("\n".join(status(at)))
    taken_out = _answer("shortcuts.ask_remove", lambda typed: typed.strip().lower() in ("y", "yes", "はい"))
    return _kpixl("addin", "uninstall") if taken_out else 0


def _remove(given: Sequence[str]) -> int:
    """Take away what kpixl has put into the user's profile: the add-in, unless it is another Python's, and the log."""
    from kpixl.addin.install import places  # noqa: PLC0415 - loads numpy

    kept = Path.home() / ".kpixl"
    code = _kpixl("addin", "uninstall") if _is_ours(places()) else 0
    for name in ("kpixl.log", "told.json"):
        (kept / name).unlink(missing_ok=True)
    if kept.is_dir() and not any(kept.iterdir()):
        kept.rmdir()
    return code


def _is_ours(at: "Places") -> bool:
    """Say whether the add-in in Excel is there, and starts this Python."""
    from kpixl.addin.install import interpreter  # noqa: PLC0415

    named = interpreter(at)
    return at.addin.exists() and named is not None and Path(named) == at.python


_ACTIONS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": _demo,
    "new": _new,
    "import": _import,
    "addin": _addin,
    "remove": _remove,
}
_SILENT = ("remove",)


def _answer(question: str, read: Callable[[str], _T]) -> _T | None:
    """Ask until the answer can be read; None where nothing was typed."""
    while True:
        typed = input(f"{say(question)} ").strip()
        if not typed:
            return None
        try:
            return read(typed)
        except UserError as error:
            print(harmless(str(error)))


def _as_typed(read: Callable[[str], object]) -> Callable[[str], str]:
    """Return what gives back a text that can be read."""

    def checked(typed: str) -> str:
        read(typed)
        return typed

    return checked


def _numbered(question: str, most: int) -> int:
    """Ask for a number from 1 to `most`; the first where nothing was typed."""

    def read(typed: str) -> int:
        if not (typed.isdecimal() and 1 <= int(typed) <= most):
            raise InvalidValue("shortcut_number", given=typed, most=most)
        return int(typed)

    return _answer(f"shortcuts.ask_{question}", read) or 1


def _free_name(home: Path) -> str:
    """Ask what a plan is to be called, until no file is called so."""

    def read(typed: str) -> str:
        name = typed.removesuffix(".xlsx").rstrip(". ")
        if not name or set(name) & set(_NOT_IN_NAMES) or not name.isprintable():
            raise InvalidValue("shortcut_name", given=typed, known=" ".join(_NOT_IN_NAMES))
        if (home / f"{name}.xlsx").exists():
            raise WorkbookRefused("file_exists", path=home / f"{name}.xlsx")
        return name

    given = _answer("shortcuts.ask_name", read)
    if given is not None:
        return given
    names = (say("shortcuts.plan_name") + (f" {number}" if number > 1 else "") for number in count(1))
    return next(name for name in names if not (home / f"{name}.xlsx").exists())


def _home() -> Path:
    """Return the folder of the user's plans, which need not be there."""
    if sys.platform != "win32":
        return Path.home() / "kpixl"
    import ctypes  # noqa: PLC0415

    documents = ctypes.create_unicode_buffer(260)
    ctypes.windll.shell32.SHGetFolderPathW(None, _DOCUMENTS, None, 0, documents)
    return Path(documents.value or Path.home()) / "kpixl"


def _language(given: Sequence[str]) -> tuple[str, list[str]]:
    """Return the language to speak, and the arguments without it: `--lang`, KPIXL_LANG, or that of Windows."""
    if len(given) > 1 and given[-2] == "--lang" and given[-1] in LANGUAGES:
        return given[-1], list(given[:-2])
    if (code := asked()) is not None:
        return code, list(given)
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        spoken = ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0xFF
        return LANGUAGES[0 if spoken == _JAPANESE else 1], list(given)
    return LANGUAGES[0], list(given)


def _wait_for_a_key() -> None:
    """Keep the window open, which would close with the program, where there is one."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return
    print(f"\n{say('shortcuts.any_key')}", flush=True)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.getwch()
    else:
        input()


if __name__ == "__main__":
    main()
