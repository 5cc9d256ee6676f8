"""The shared strings, however the part is written and wherever its bytes are cut."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpixl.xlsx.strings import SharedStrings

TEXTS = ["売上", "a & b", "rich text", "", "_x0041_", "kana"]
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><x:sst xmlns:x="s" count="6"><x:si><x:t>売上</x:t></x:si>'
    '<x:si><x:t xml:space="preserve">a &amp; b</x:t></x:si>'
    "<x:si><x:r><x:rPr/><x:t>rich</x:t></x:r><x:r><x:t> text</x:t></x:r></x:si><x:si/>"
    "<x:si><x:t>_x005F_x0041_</x:t></x:si>"
    '<x:si><x:t>kana</x:t><x:rPh sb="0" eb="1"><x:t>カナ</x:t></x:rPh></x:si></x:sst>'
)


@given(st.lists(st.integers(0, len(XML.encode())), max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_wherever_the_bytes_are_cut(cuts: list[int], encoding: str) -> None:
    data = XML.encode(encoding)
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    first = next((edge for edge in edges if edge >= 100), len(data))  # the declaration comes in one piece
    pieces = [data[:first], *(data[start:end] for start, end in pairwise(edges) if start >= first)]
    strings = SharedStrings(pieces)
    try:
        assert [strings[index] for index in range(6)] == TEXTS
        for outside in (-1, 6):
            with pytest.raises(ValueError, match=str(outside)):
                strings[outside]
    finally:
        strings.close()


@pytest.mark.parametrize(
    ("odd", "text"),
    [
        ("<si><t/></si>", ""),
        ("<si><r><t>b</t></r><r><t>c</t></r></si>", "bc"),
        ('<si ><t>b</t><rPh sb="0" eb="1"><t>x</t></rPh></si>', "b"),
    ],
)
def test_a_text_that_is_stored_in_another_way_moves_no_other(odd: str, text: str) -> None:
    """Texts that are stored as most are, are read many at once."""
    before, after = (
        "".join(f"<si><t>{number} &amp;</t></si>" for number in span) for span in (range(90), range(90, 200))
    )
    strings = SharedStrings([f"<sst>{before}{odd}{after}</sst>".encode()])
    expected = [*(f"{number} &" for number in range(90)), text, *(f"{number} &" for number in range(90, 200))]
    assert [strings[index] for index in range(len(expected))] == expected
    strings.close()


def test_no_strings_at_all() -> None:
    strings = SharedStrings([])
    with pytest.raises(ValueError, match="0"):
        strings[0]
    strings.close()


def memory(count: int) -> int:
    """The most that is held at once while so many strings are read and a few of them looked up, in bytes."""

    def chunks() -> Iterator[bytes]:
        for first in range(0, count, 500):
            yield b"".join(
                b"<si><t>%s %07d</t></si>" % (b"a text of some length" * 4, index)
                for index in range(first, first + 500)
            )

    tracemalloc.start()
    try:
        strings = SharedStrings(chunks())
        for index in range(0, count, count // 50):
            assert strings[index].endswith(f" {index:07}")
        strings.close()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_their_number() -> None:
    """25 MB of texts, of which 4 MB stay in memory."""
    assert memory(200_000) < memory(50_000) + 1_000_000
