"""Write a file of the add-ins as a whole or not at all: what stood there stays until the new one is complete."""

from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`.

    Raises
    ------
    OSError
        If it cannot be written; then nothing has changed.
    """
    part = path.with_name(f"~{path.name}.tmp")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
