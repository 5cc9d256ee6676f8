"""Let LibreOffice find its Python when it is started in a shell where kpixl's environment is activated.

The LibreOffice of a Linux distribution has no Python of its own: the one inside it takes the first python3 on the path
for its home. In an activated environment that is the environment, which knows nothing of the module uno beside the
system's Python, so LibreOffice's own loader fails (std::bad_alloc) before it has read a line of any add-in. One line in
the environment shows the system's modules to a Python inside LibreOffice, after all others, and to no other Python.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from kpixl.files.whole import write_whole

__all__ = ["admit", "forget", "hides"]

_NAME = "kpixl-calc.pth"
_SYSTEM = "/usr/bin/python3"
_ASKED = ("-c", "import json, sys, uno; print(json.dumps([sys.prefix, sys.version_info[:2], sys.path]))")


def admit(program: Path) -> None:
    """Let the LibreOffice in the folder `program` find its modules from this environment too, where it needs that."""
    told = _told(program, _SYSTEM, "-I", *_ASKED)
    if not told:
        return
    prefix, (major, minor), paths = json.loads(told)
    if Path(prefix) == Path(sys.prefix):
        return
    packages = Path(sys.prefix, "lib", f"python{major}.{minor}", "site-packages")
    with suppress(OSError):  # an environment of somebody else: from the desktop LibreOffice works all the same
        packages.mkdir(parents=True, exist_ok=True)
        line = f"import sys; {str(program)!r} in sys.path and sys.path.extend({paths!r})\n"
        write_whole(packages / _NAME, line.encode())


def hides(program: Path) -> bool:
    """Whether LibreOffice, started with the path of this process, would miss its modules.

    The system's Python is asked under a bare name, so that it looks for its home as the one inside LibreOffice does.
    """
    return bool(_told(program, _SYSTEM, "-I", *_ASKED)) and not _told(program, "python3", *_ASKED)


def forget() -> None:
    """Take the line back, and the folders that were made for it."""
    for line in Path(sys.prefix, "lib").glob(f"python*/site-packages/{_NAME}"):
        with suppress(OSError):
            line.unlink()
            line.parent.rmdir()  # not empty where the environment has packages of its own
            line.parent.parent.rmdir()


def _told(program: Path, *command: str) -> bytes:
    """Return what the system's Python prints; nothing where it fails, or where LibreOffice brings a Python along."""
    if not sys.platform.startswith("linux") or (program / "uno.py").exists() or not Path(_SYSTEM).exists():
        return b""
    environment = os.environ | {"PYTHONPATH": str(program)}
    return subprocess.run(  # noqa: S603 - the system's Python
        command, executable=_SYSTEM, env=environment, capture_output=True, timeout=60, check=False
    ).stdout
