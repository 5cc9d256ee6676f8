"""Plans that were damaged or tampered with at random go through the commands: a sentence or an answer, soon.

`KPIXL_DAMAGED=2000` tries as many; the few of an ordinary run are the first of them.
"""

import copy
import io
import os
import random
import re
import shutil
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from lxml import etree

from kpixl.cli import main
from kpixl.workbook.refresh import refresh

_MANY = int(os.environ.get("KPIXL_DAMAGED", "60"))
_PARTS = re.compile(
    r"xl/(?:workbook|styles|sharedStrings)\.xml|xl/(?:worksheets|tables)/[^/]*\.xml|.*\.rels|\[Content.*|docProps/custom\.xml"
)
_VALUES = [
    "", "0", "-1", "9", "x", "A1", "A0", "XFE1", "A1:C9", "A1:XFD1048576", "A1048576", "XFD1", "1e308", "1E+400", "NaN",
    "99999999999999999999", "9" * 5000, "rId1", "n", "s", "str", "b", "e", "d", "inlineStr", "array", "shared", "#REF!",
    "設定!$A:$A", "'[1]設定'!$C$10", "設定!$A$1:$XFD$1048576", "kpixl_members", "=1", "'", "../../x",
    "/xl/workbook.xml", "日本", "\u3000", "#N/A", "1904-01-01", "true", "&#0;",
]  # fmt: skip
_FRAGMENTS = [
    b"", b"<", b">", b'"', b"&", b"]]>", b"<!--", b"<![CDATA[", b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"\x00", b"\xff\xfe",
    b"<row>", b"</row>", b"<c/>", b"</c>", b"<c>", b"<f>", b"<v>", b"</v>", b"<v/>", b"<v>x</v>", b"</sheetData>",
    b'r="A0"', b'r="XFD1048576"', b't="s"', b't="e"', b"99999999999999999999", b"-1", b"\xe3\x80\x80", b"\xe3",
    bytes(512),
]  # fmt: skip
_Parts = dict[str, bytes]
_Mutation = Callable[[bytes, random.Random], bytes]


def _unpacked(package: bytes) -> _Parts:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: _Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _other_bytes(package: bytes, chance: random.Random) -> bytes:
    content = bytearray(package)
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        start = chance.randrange(len(content))
        del content[start : start + chance.randrange(len(content) // 3)]
    return bytes(content)


def _other_xml(package: bytes, chance: random.Random) -> bytes:
    """Fragments of XML, zeros and half characters in a part that is read."""
    parts = _unpacked(package)
    name = chance.choice([name for name in parts if _PARTS.fullmatch(name)])
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(parts[name]))
        rest = parts[name][place + chance.choice((0, 0, 1, 4, 12)) :]
        parts[name] = parts[name][:place] + chance.choice(_FRAGMENTS) + rest
    return _packed(parts)


def _other_values(package: bytes, chance: random.Random) -> bytes:
    """Still well-formed: elements are missing, doubled, moved or renamed; attributes and texts say something else."""
    parts = _unpacked(package)
    name = chance.choice([name for name in parts if _PARTS.fullmatch(name)])
    root = etree.fromstring(parts[name])
    for _ in range(chance.randint(1, 4)):
        elements = [element for element in root.iter("{*}*") if element is not root]
        if not elements:
            break
        one, other = chance.choice(elements), chance.choice(elements)
        kind = chance.randrange(8)
        if kind == 0:
            one.getparent().remove(one)
        elif kind == 1:
            one.addnext(copy.deepcopy(one))
        elif kind == 2:
            one.getparent().append(copy.deepcopy(other))
        elif kind == 3:
            one.tag = other.tag
        elif kind < 6 and one.attrib:
            one.set(chance.choice(list(one.attrib)), re.sub("&#0;", "", chance.choice(_VALUES)))
        else:
            one.text = re.sub("&#0;", "", chance.choice(_VALUES))
    parts[name] = etree.tostring(root)
    return _packed(parts)


def _other_parts(package: bytes, chance: random.Random) -> bytes:
    """Parts are missing, empty, in each other's place, in another encoding or under another name."""
    parts = _unpacked(package)
    one, other = chance.sample(list(parts), 2)
    kind = chance.randrange(5)
    if kind == 0:
        del parts[one]
    elif kind == 1:
        parts[one] = b""
    elif kind == 2:
        parts[one], parts[other] = parts[other], parts[one]
    elif kind == 3:
        parts[chance.choice((one.upper(), one.replace("/", "\\"), f"/{one}", f"../{one}", "x"))] = parts.pop(one)
    else:
        parts[one] = parts[one].decode("latin-1").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32")))
    return _packed(parts)


def _other_headers(package: bytes, chance: random.Random) -> bytes:
    """The directory or the headers of the archive lie: sizes, offsets, methods, flags, names, counts."""
    content = bytearray(package)
    for _ in range(chance.randint(1, 2)):
        mark = chance.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
        place = chance.choice([found.start() for found in re.finditer(re.escape(mark), content)])
        field = place + chance.randrange(4, 46 if mark == b"PK\1\2" else 30 if mark == b"PK\3\4" else 22)
        width = chance.choice((1, 2, 4))
        value = chance.choice((0, 1, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, len(package)))
        content[field : field + width] = (value & (256**width - 1)).to_bytes(width, "little")
    return bytes(content)


_MUTATIONS: list[_Mutation] = [_other_values, _other_xml, _other_parts, _other_bytes, _other_values, _other_headers]


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
