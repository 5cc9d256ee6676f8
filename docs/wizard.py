"""Make the pictures of Calc's function wizard again: `python docs/wizard.py`.

It needs LibreOffice with its Japanese texts, Xvfb, xdotool and ImageMagick (Debian: libreoffice-gtk3,
libreoffice-l10n-ja, xvfb, xdotool, imagemagick). Installs the add-in into a throw-away profile, starts a real Calc on a
virtual screen, types a formula and opens the wizard; `docs/pictures/calc/` keeps what is then to be seen.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PICTURES = Path(__file__).parent / "pictures" / "calc"
SCREEN = (1180, 760)
DISPLAY = ":97"
FORMULA = '=KPI_BACKSOLVE("100000000";"1000000";20%'
PATIENCE = 60  # seconds until the window is there
SETTINGS = """<item oor:path="/org.openoffice.Office.Linguistic/General"><prop oor:name="UILocale" oor:op="fuse">
<value>{locale}</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse">
<value>false</value></prop></item>
</oor:items>"""


def main() -> None:
    """Make a picture in each language."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24"])
    try:
        for language, locale in (("ja", "ja"), ("en", "en-US")):
            with tempfile.TemporaryDirectory() as home:
                picture(Path(home), locale, PICTURES / f"wizard_{language}.png")
    finally:
        screen.terminate()


def picture(home: Path, locale: str, path: Path) -> None:
    """Start a Calc whose user interface speaks `locale`, open the wizard in it, and keep the screen."""
    profile = home / "profile"
    desktop = {
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "DISPLAY": DISPLAY,
        "SAL_USE_VCLPLUGIN": "gtk3",
    }
    kpixl = [sys.executable, "-c", "from kpixl.cli import main; main()"]
    other = ["unshare", "-U"] if os.geteuid() == 0 else []  # LibreOffice takes no personal add-ins for root
    subprocess.run([*other, *kpixl, "addin", "install", "--calc", "--profile", str(profile)], env=desktop, check=True)
    settings = profile / "user" / "registrymodifications.xcu"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("</oor:items>", SETTINGS.format(locale=locale)), encoding="utf-8")
    office = ["soffice", "--norestore", "--nologo", f"-env:UserInstallation={profile.as_uri()}", "--calc"]
    process = subprocess.Popen(office, env=desktop)
    try:
        window = _window(desktop)
        for action in (
            ["windowmove", window, "0", "0"],
            ["windowsize", window, *map(str, SCREEN)],
            ["windowfocus", window],
        ):
            subprocess.run(["xdotool", *action], env=desktop, check=True)
        subprocess.run(["xdotool", "type", "--delay", "40", FORMULA], env=desktop, check=True)
        subprocess.run(["xdotool", "key", "ctrl+F2"], env=desktop, check=True)
        time.sleep(8)
        subprocess.run(["import", "-window", "root", str(path)], env=desktop, check=True)
    finally:
        subprocess.run(["pkill", "-f", profile.as_uri()], check=False)
        process.wait()


def _window(desktop: dict[str, str]) -> str:
    for _ in range(PATIENCE):
        time.sleep(1)
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "LibreOffice Calc"],
            env=desktop,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        if found:
            time.sleep(6)
            return found[-1]
    raise SystemExit("LibreOffice did not start")


if __name__ == "__main__":
    main()
