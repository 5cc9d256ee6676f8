"""Randomly damaged plans go through the commands, which answer or refuse with a sentence, in reasonable time.

`KPIXL_DAMAGED=2000` tries that many; an ordinary run tries the first few of them.
"""

import os
import random
import re
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from damaged_packages import changed_bytes, changed_elements, changed_headers, changed_parts, inserted_fragments

from kpixl.cli import main
from kpixl.workbook.refresh import refresh

_MANY = int(os.environ.get("KPIXL_DAMAGED", "60"))
_PARTS = re.compile(
    r"xl/(?:workbook|styles|sharedStrings)\.xml|xl/(?:worksheets|tables)/[^/]*\.xml|.*\.rels|\[Content.*|docProps/custom\.xml"
)
_NAMES = ["設定!$A:$A", "'[1]設定'!$C$10", "設定!$A$1:$XFD$1048576", "kpixl_members"]
_OTHER_VALUES = partial(changed_elements, parts=_PARTS, values=_NAMES)
_OTHER_XML = partial(inserted_fragments, parts=_PARTS)
_MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    *(_OTHER_VALUES, _OTHER_XML, changed_parts, changed_bytes, _OTHER_VALUES, changed_headers)
]


def test_a_damaged_plan_is_refused_or_read(
    small_book: Callable[..., Path],
    importing: Callable[..., object],
    tmp_path: Path,
    limited: Callable[[], AbstractContextManager[None]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    original = small_book()
    rows = [(f"2026-09-{day:02}", "受注", "佐藤", "Web", "1800000") for day in range(1, 11)]
    refresh(original, imported=importing(*rows))  # type: ignore[arg-type]
    package = original.read_bytes()
    path, out = tmp_path / "damaged.xlsx", tmp_path / "out"
    commands = [
        ["refresh", str(path), "--dry-run", "--as-of", "2026-09-18"],
        ["check", str(path)],
        ["report", str(path), "--month", "2026-09", "--out", str(out)],
    ]
    codes, wrong = Counter[int](), []
    for number in range(_MANY):
        chance = random.Random(number)  # noqa: S311 - damage, not secrets
        content = chance.choice(_MUTATIONS)(package, chance)
        path.write_bytes(content)
        out.mkdir()
        command = chance.choice(commands)
        try:
            with pytest.raises(SystemExit) as left, limited():
                main(command)
            code = int(left.value.code or 0)
            said = capsys.readouterr().err
            codes[code] += 1
            assert code in (0, 1, 2)
            if code == 2:
                assert re.fullmatch(r"kpixl: [^\n]{10,10000}\n", said), said
                assert list(out.iterdir()) == []
            assert path.read_bytes() == content
        except (Exception, pytest.fail.Exception) as error:
            wrong.append((number, command[0], repr(error)[:300], _where(error)))
        shutil.rmtree(out)
    assert not wrong, "\n".join(map(str, wrong))
    assert min(codes[0] + codes[1], codes[2]) > _MANY / 10, codes


def _where(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
