"""Workbook packages that are damaged or tampered with at random, for whoever reads or changes them.

Each mutation takes a package and a source of chance, and returns another package. `parts` matches the parts to damage.
"""

import copy
import io
import random
import re
import zipfile
from collections.abc import Sequence

from lxml import etree

_FRAGMENTS = [
    b"", b"<", b">", b'"', b"&", b"&amp;", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"\x00", b"\xff\xfe",
    b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"<row>", b"</row>", b"<c/>", b"<c>", b"</c>", b"<f>", b"</f>", b"<v>", b"</v>",
    b'<f t="shared" si="9"/>', b"<v/>", b"<v>9</v>", b"<v>x</v>", b"<sheetData/>", b"</sheetData>", b'r="A0"',
    b'r="ZZZ9999999"', b'r="XFD1048576"', b'r="-1"', b't="s"', b't="e"', b't="array" ref="A1:C9"',
    b'ref="A1:XFD1048576"', b"99999999999999999999", b"-1", b"#REF!", b"$", b":", b"'", b"!", b"\xe3\x80\x80", b"\xe3",
    bytes(512),
]  # fmt: skip
_VALUES = [
    "", "0", "-1", "9", "x", "A1", "A0", "XFE1", "A1:C9", "A1:XFD1048576", "A1048576", "XFD1", "1e308", "1E+400", "NaN",
    "99999999999999999999", "9" * 5000, "rId1", "n", "s", "str", "b", "e", "d", "inlineStr", "array", "shared", "#REF!",
    "SUM(A:A)", "=1", "'", "../../x", "/xl/workbook.xml", "日本", "\u3000", "#N/A", "1904-01-01", "true",
]  # fmt: skip
_Parts = dict[str, bytes]


def inserted_fragments(package: bytes, chance: random.Random, parts: re.Pattern[str]) -> bytes:
    """Fragments of XML, zeros and half characters stand in a part, or in the place of a piece of it."""
    contents = _unpacked(package)
    part = chance.choice(_matching(contents, parts))
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(contents[part]))
        rest = contents[part][place + chance.choice((0, 0, 1, 4, 12)) :]
        contents[part] = contents[part][:place] + chance.choice(_FRAGMENTS) + rest
    return _packed(contents)


def changed_elements(
    package: bytes, chance: random.Random, parts: re.Pattern[str], values: Sequence[str] = ()
) -> bytes:
    """Still well-formed: elements are missing, doubled, moved or renamed; attributes and texts say something else."""
    contents = _unpacked(package)
    part = chance.choice(_matching(contents, parts))
    root = etree.fromstring(contents[part])
    said = [*_VALUES, *values]
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
            one.set(chance.choice(list(one.attrib)), chance.choice(said))
        else:
            one.text = chance.choice(said)
    contents[part] = etree.tostring(root)
    return _packed(contents)


def changed_parts(package: bytes, chance: random.Random) -> bytes:
    """Parts are missing, empty, in each other's place, in another encoding or under another name."""
    contents = _unpacked(package)
    one, other = chance.sample(list(contents), 2)
    kind = chance.randrange(5)
    if kind == 0:
        del contents[one]
    elif kind == 1:
        contents[one] = b""
    elif kind == 2:
        contents[one], contents[other] = contents[other], contents[one]
    elif kind == 3:
        contents[chance.choice((one.upper(), one.replace("/", "\\"), f"/{one}", f"../{one}", "x"))] = contents.pop(one)
    else:
        contents[one] = contents[one].decode("latin-1").encode(chance.choice(("utf-16", "utf-8-sig", "utf-32")))
    return _packed(contents)


def changed_bytes(package: bytes, chance: random.Random) -> bytes:
    """Bytes of the archive are others, or a piece of it is missing."""
    content = bytearray(package)
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.25:
        start = chance.randrange(len(package))
        del content[start : start + chance.randrange(len(package) // 3)]
    return bytes(content)


def changed_headers(package: bytes, chance: random.Random) -> bytes:
    """The directory or the headers of the archive lie: sizes, offsets, methods, flags, names, counts."""
    content = bytearray(package)
    for _ in range(chance.randint(1, 2)):
        mark = chance.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
        place = chance.choice([found.start() for found in re.finditer(re.escape(mark), content)])
        field = place + chance.randrange(4, 46 if mark == b"PK\1\2" else 30 if mark == b"PK\3\4" else 22)
        width = chance.choice((1, 2, 4))
        value = chance.choice(
            (0, 1, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, len(package), chance.randrange(256))
        )
        content[field : field + width] = (value & (256**width - 1)).to_bytes(width, "little")
    return bytes(content)


def _unpacked(package: bytes) -> _Parts:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(contents: _Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def _matching(contents: _Parts, parts: re.Pattern[str]) -> list[str]:
    return [name for name in contents if parts.fullmatch(name)]
