"""The command `kpixl completion SHELL`: the script by which a shell completes kpixl's commands and options.

It is printed, for the user to add to the file that the shell reads at its start. Typer would write there itself, and in
PowerShell lift the policy on scripts for the whole account, which is not kpixl's to decide.
"""

import os
from enum import StrEnum
from typing import Annotated

import typer

from kpixl.options import Lang
from kpixl.texts import say

__all__ = ["Shell", "answer_shells", "completion"]

_VARIABLE = "_KPIXL_COMPLETE"  # set by the script when the shell asks


class Shell(StrEnum):
    """The shells that Typer writes a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    PWSH = "pwsh"


def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help=say("cli.completion_shell"), show_default=False)],
    lang: Lang = None,
) -> None:
    """Print the script of a shell."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # noqa: PLC0415 - seldom needed

    typer.echo(get_completion_script(prog_name="kpixl", complete_var=_VARIABLE, shell=shell.value))


def answer_shells() -> None:
    """Have Typer answer a shell that asks how a line may go on, which it does before any command runs."""
    if _VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined] # noqa: PLC0415 - seldom needed

        completion_init()
