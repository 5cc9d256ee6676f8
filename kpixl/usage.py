"""What was typed wrong on the command line, in the user's language.

Typer knows what is wrong with a command, an option or an argument, and says it in English. Here its errors become a
sentence like any other: what was wrong, what was given, what would be right. Some details are only in Typer's message.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from kpixl.errors import InvalidValue, UserError

__all__ = ["mistyped"]

_EXTRA = r"Got unexpected extra argument(?:\(s\)|s)? \((?P<given>.*)\)"
_COMMAND = r"No such command '(?P<given>.*)'\."
_CHOICE = r".*?'(?P<given>.*)' is not one of (?P<known>.*)\."


def mistyped(error: Exception, arguments: Sequence[str]) -> UserError | None:
    """Return what is wrong with the `arguments` of the command line, or None where the error is of another kind."""
    import typer  # noqa: PLC0415 - loaded long before any error

    if not isinstance(error, typer.BadParameter.__bases__[0]):
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "kpixl"
    return InvalidValue("usage", reason=_reason(error, context, arguments), command=command)


def _reason(error: Any, context: Any, arguments: Sequence[str]) -> UserError:
    words = " ".join(str(error.message).split())
    if hasattr(error, "possibilities"):
        return InvalidValue("usage_option", given=" ".join(error.option_name.split()), known=_options(context))
    if hasattr(error, "option_name"):
        key = "usage_no_value" if "not take" in words else "usage_value_missing"
        return InvalidValue(key, name=error.option_name)
    if hasattr(error, "param_type"):
        return InvalidValue("usage_missing", name=_name(error.param))
    return _of_value(error.param, words, arguments) if hasattr(error, "param") else _of_words(context, words)


def _of_value(parameter: Any, words: str, arguments: Sequence[str]) -> UserError:
    if found := re.fullmatch(_CHOICE, words):
        known = found["known"].replace("'", "")
        return InvalidValue("usage_choice", name=_name(parameter), given=found["given"], known=known)
    if "integer" in words:
        return InvalidValue("usage_whole", name=_name(parameter), given=_given(parameter.opts, arguments))
    return InvalidValue("usage_other", reason=words)


def _of_words(context: Any, words: str) -> UserError:
    if found := re.fullmatch(_COMMAND, words):
        known = ", ".join(context.command.list_commands(context))
        return InvalidValue("usage_command", given=found["given"], known=known)
    if found := re.fullmatch(_EXTRA, words):
        return InvalidValue("usage_extra", given=found["given"])
    return InvalidValue("usage_other", reason=words)


def _options(context: Any) -> str:
    return ", ".join(name for one in context.command.params for name in one.opts if name.startswith("--"))


def _name(parameter: Any) -> str:
    """Return an option as it is typed, an argument as the help calls it."""
    name = parameter.opts[0]
    return str(name if name.startswith("-") else parameter.metavar or name.upper())


def _given(names: Sequence[str], arguments: Sequence[str]) -> str:
    """Return what stands behind an option."""
    for option, value in pairwise([*arguments, ""]):
        name, _, joined = option.partition("=")
        if name in names:
            return joined or value
    return ""
