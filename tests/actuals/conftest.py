"""A folder with exports and a mapping, imported in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kpixl.actuals.facts import Import, import_events
from kpixl.actuals.mapping import read_mapping

CALL_LOG = """
source = "crm"
[files.log]
[[events]]
event = { column = "種別", values = { "架電" = "call", "着電" = "connect", "受注" = "won", "メモ" = "ignore" } }
occurred_at = "日時"
member = "担当"
channel = "経路"
amount = "金額"
minutes = "分"
"""


@pytest.fixture
def importing(tmp_path: Path) -> Callable[..., Import]:
    """Write the files (name to text or bytes) and the mapping, and import them in the order given."""

    def run(files: dict[str, str | bytes], mapping: str = CALL_LOG) -> Import:
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_events([tmp_path / name for name in files], read_mapping(tmp_path / "mapping.toml"))

    return run
