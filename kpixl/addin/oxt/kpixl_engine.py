"""The way from LibreOffice to the engine: a process of the Python in which kpixl is installed, asked line by line.

LibreOffice brings a Python of its own, often another version and without numpy; a process of its own works beside every
one of them, and a crash in it takes no document along. Which Python: that of the variable KPIXL_PYTHON, else the one
that `kpixl addin install --calc` wrote to ~/.kpixl/calc.conf.
"""

import contextlib
import json
import os
import subprocess
import threading
import time
from pathlib import Path

_CONF = Path.home() / ".kpixl" / "calc.conf"
_PATIENCE = 5.0  # seconds before a Python that did not start is tried again: a sheet asks a thousand times
_NO_WINDOW = 0x08000000 if os.name == "nt" else 0


class Missing(Exception):
    """There is no engine to ask; `key` names the sentence to show, `python` the program that was tried."""

    def __init__(self, key, python=""):
        super().__init__(key, python)
        self.key = key
        self.python = python


class Engine:
    """The engine in a process of its own, started at the first question and again when it died."""

    def __init__(self):
        self._process = None
        self._missing = None
        self._tried = 0.0
        self._one_at_a_time = threading.Lock()

    def answer(self, name, cells, language):
        """Return the cells that the function `name` answers, and the reason of the last error.

        Raises Missing where no engine answers, even after a second start.
        """
        question = json.dumps([name, cells, language], default=str).encode("ascii") + b"\n"
        with self._one_at_a_time:
            for _ in range(2):
                process = self._running()
                try:
                    process.stdin.write(question)
                    process.stdin.flush()
                    line = process.stdout.readline()
                except OSError:
                    line = b""
                if line.endswith(b"\n"):
                    return json.loads(line.decode("ascii"))
                self._end()
            raise self._remember(Missing("silent", _python()))

    def _running(self):
        if self._process is not None:
            return self._process
        if self._missing is not None and time.monotonic() - self._tried < _PATIENCE:
            raise self._missing
        self._missing = None
        self._process = self._start(_python())
        return self._process

    def _start(self, python):
        if not python:
            raise self._remember(Missing("unknown"))
        # The paths of LibreOffice's own Python would break another one.
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
        try:
            return subprocess.Popen(
                [python, "-P", "-m", "kpixl.addin.calc_answers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                creationflags=_NO_WINDOW,
            )
        except OSError as error:
            raise self._remember(Missing("gone", python)) from error

    def _remember(self, missing):
        self._missing = missing
        self._tried = time.monotonic()
        return missing

    def _end(self):
        process, self._process = self._process, None
        process.stdout.close()
        with contextlib.suppress(OSError):  # it holds what the dead process never read
            process.stdin.close()
        process.kill()
        process.wait()


def _python():
    try:
        return os.environ.get("KPIXL_PYTHON") or _CONF.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
