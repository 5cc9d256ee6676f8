"""Fill what Debian's Wine lacks of Windows and today's numpy, pandas, pyarrow and duckdb call when they are loaded.

    wine_gaps.py PREFIX WINE        PREFIX is a Wine prefix, WINE the folder of Wine's own x86_64-windows DLLs

Two functions of the C runtime that take complex numbers apart are stubs in Wine's `ucrtbase.dll` that end the process:
the prefix gets a copy in which they are written out. `bcryptprimitives.dll`, which every Rust program asks for chance,
is missing: the prefix gets one that passes the question on to `advapi32`. Only for tests; where Wine has them, nothing
is changed.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_BUILT_IN, _OURS = b"Wine builtin DLL", b"kpixl's own copy"
_STUB = bytes.fromhex("4883ec28 488d0d")  # sub rsp, 40; lea rcx, [rip + the name of the function]
_FLOAT, _DOUBLE = "660f6ec1", "f20f1001"  # movd xmm0, ecx; movsd xmm0, [rcx]
_RETURN = "c3"
_PARTS = {
    "crealf": _FLOAT + _RETURN,
    "cimagf": "48c1e920" + _FLOAT + _RETURN,  # shr rcx, 32 before it
    "creal": _DOUBLE + _RETURN,
    "creall": _DOUBLE + _RETURN,
    "cimag": "f20f104108" + _RETURN,  # movsd xmm0, [rcx + 8]
    "cimagl": "f20f104108" + _RETURN,
}


def exports(dll: bytes) -> Iterator[tuple[str, int]]:
    """Yield the functions that a DLL offers by name, and where in the file each begins."""
    (header,) = struct.unpack_from("<I", dll, 0x3C)
    sections, size = struct.unpack_from("<H12xH", dll, header + 6)
    table = header + 24 + size
    spans = [struct.unpack_from("<4I", dll, table + 40 * number + 8) for number in range(sections)]

    def place(address: int) -> int:
        return next(address - start + raw for length, start, _, raw in spans if start <= address < start + length)

    (directory,) = struct.unpack_from("<I", dll, header + 24 + 112)
    count, functions, names, ordinals = struct.unpack_from("<4I", dll, place(directory) + 24)
    for number in range(count):
        (name,) = struct.unpack_from("<I", dll, place(names) + 4 * number)
        (ordinal,) = struct.unpack_from("<H", dll, place(ordinals) + 2 * number)
        (function,) = struct.unpack_from("<I", dll, place(functions) + 4 * ordinal)
        begin = place(name)
        yield dll[begin : dll.index(b"\0", begin)].decode(), place(function)


def written_out(dll: bytes) -> bytes:
    """Return the C runtime with its stubs of complex numbers written out, as a DLL that is not Wine's own."""
    filled = bytearray(dll)
    for name, begin in exports(dll):
        if name in _PARTS and dll.startswith(_STUB, begin):
            code = bytes.fromhex(_PARTS[name])
            filled[begin : begin + len(code)] = code
    return bytes(filled).replace(_BUILT_IN, _OURS)


def forwarding(dll: str, function: str, target: str) -> bytes:
    """Return a DLL with one function, which is that of another DLL."""
    start, texts = 0x1000, [text.encode() + b"\0" for text in (dll, function, target)]
    first = start + 40 + 12
    places = [first, first + len(texts[0]), first + len(texts[0]) + len(texts[1])]
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, places[0], 1, 1, 1, start + 40, start + 44, start + 48)
    exported = directory + struct.pack("<IIHH", places[2], places[1], 0, 0) + b"".join(texts)
    header = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    header += struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x2022)  # for x64, one section, a DLL
    header += struct.pack("<HBBIIIII", 0x20B, 0, 0, 0, 0x200, 0, 0, start)
    header += struct.pack("<QII6HIIIIHH", 0x1_8000_0000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, 0x2000, 0x200, 0, 3, 0x160)
    header += struct.pack("<4QII", 0x10_0000, 0x1000, 0x10_0000, 0x1000, 0, 16)
    header += struct.pack("<II", start, len(exported)).ljust(8 * 16, b"\0")
    header += struct.pack("<8s6IHHI", b".edata", len(exported), start, 0x200, 0x200, 0, 0, 0, 0, 0x4000_0040)
    return header.ljust(0x200, b"\0") + exported.ljust(0x200, b"\0")


if __name__ == "__main__":
    system, wine = Path(sys.argv[1], "drive_c/windows/system32"), Path(sys.argv[2])
    for name in ("ucrtbase.dll", "bcryptprimitives.dll"):
        (system / name).unlink(missing_ok=True)
    (system / "ucrtbase.dll").write_bytes(written_out((wine / "ucrtbase.dll").read_bytes()))
    if not (wine / "bcryptprimitives.dll").exists():
        own = forwarding("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036")
        (system / "bcryptprimitives.dll").write_bytes(own)
