"""The commands of `kpixl addin`: make, install, remove or look at the add-in of a spreadsheet program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpixl.options import Lang
from kpixl.texts import language, say

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["app"]

app = typer.Typer(help=say("cli.addin"), rich_markup_mode=None)

_Calc = Annotated[bool, typer.Option("--calc", help=say("calc.option"))]
_Out = Annotated[Path, typer.Option(metavar="DIR", help=say("cli.addin_out"))]
_Lite = Annotated[bool, typer.Option("--lite", help=say("lite.option"))]
_Profile = Annotated[Path | None, typer.Option(metavar="DIR", help=say("calc.profile"))]


@app.callback(invoke_without_command=True)
def _common(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(help=say("cli.addin_build"))
def build(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help=say("cli.addin_folder"))] = None,
    calc: _Calc = False,
    lite: _Lite = False,
    out: _Out = Path(),
    lang: Lang = None,
) -> None:
    out = folder or out
    if lite:
        from kpixl.addin.lite import build as build_lite  # noqa: PLC0415

        typer.echo(say("cli.made", path=build_lite(out)))
    elif calc:
        from kpixl.addin.calc import build as build_calc  # noqa: PLC0415 - loads numpy

        typer.echo(say("cli.made", path=build_calc(out)))
    else:
        from kpixl.addin.excel import build as build_excel  # noqa: PLC0415 - loads numpy

        typer.echo(say("cli.made", path=build_excel(out, lang or language())))


@app.command(help=say("cli.addin_install"))
def install(
    calc: _Calc = False,
    profile: _Profile = None,
    force: Annotated[bool, typer.Option("--force", help=say("calc.force"))] = False,
    lang: Lang = None,
) -> None:
    from kpixl import __version__  # noqa: PLC0415

    if calc:
        from kpixl.addin import calc_install  # noqa: PLC0415 - loads numpy

        calc_install.install(profile, force=force)
        typer.echo(say("calc.installed", version=__version__))
    else:
        excel = _excel(profile)
        excel.install(excel.places(), lang or language(), force=force)
        typer.echo(say("excel.installed", version=__version__))


@app.command(help=say("cli.addin_uninstall"))
def uninstall(calc: _Calc = False, profile: _Profile = None, lang: Lang = None) -> None:
    if calc:
        from kpixl.addin import calc_install  # noqa: PLC0415 - loads numpy

        typer.echo(say("calc.uninstalled" if calc_install.uninstall(profile) else "calc.not_installed"))
    else:
        excel = _excel(profile)
        typer.echo(say("excel.uninstalled" if excel.uninstall(excel.places()) else "excel.not_installed"))


@app.command(help=say("cli.addin_status"))
def status(calc: _Calc = False, profile: _Profile = None, lang: Lang = None) -> None:
    if calc:
        from kpixl.addin import calc_install  # noqa: PLC0415 - loads numpy

        for sentence in calc_install.status(profile):
            typer.echo(sentence)
        return
    excel = _excel(profile)
    at = excel.places()
    for sentence in excel.status(at):
        typer.echo(sentence)
    problems = list(excel.problems(at))
    for sentence in problems:
        typer.echo(f"⚠ {sentence}")
    if problems:
        raise typer.Exit(1)


def _excel(profile: Path | None) -> "ModuleType":
    from kpixl.addin import install as excel  # noqa: PLC0415 - loads numpy
    from kpixl.errors import InvalidValue  # noqa: PLC0415

    if profile is not None:
        raise InvalidValue("addin_profile")
    return excel
