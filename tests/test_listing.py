"""Tables on a terminal and in a pipe: all of every cell is there, whatever the width."""

from kpixl.listing import listed

_HEADINGS = ["ファイル", "イベント", "行数", "金額"]
_ROWS: list[list[str | float]] = [["2025年度の受注一覧.csv", "won", 4238, 1_234_567_890.0], ["b.csv", "call", 7, 0.0]]


def test_columns_line_up_with_wide_characters_counted_twice() -> None:
    assert listed(_HEADINGS, _ROWS, 80) == [
        "ファイル                イベント   行数           金額",
        "2025年度の受注一覧.csv  won       4,238  1,234,567,890",
        "b.csv                   call          7              0",
    ]


def test_what_does_not_fit_becomes_a_block_a_record() -> None:
    assert listed(_HEADINGS, _ROWS, 40) == [
        "ファイル  2025年度の受注一覧.csv",
        "イベント  won",
        "行数      4,238",
        "金額      1,234,567,890",
        "",
        "ファイル  b.csv",
        "イベント  call",
        "行数      7",
        "金額      0",
    ]


def test_no_width_cuts_anything() -> None:
    for width in (1, 10, 53, 54, 55, 1000, None):
        told = "\n".join(listed(_HEADINGS, _ROWS, width))
        assert all(text in told for text in ("2025年度の受注一覧.csv", "4,238", "1,234,567,890", "b.csv"))


def test_cells_of_several_lines_stay_in_their_column() -> None:
    rows = [["設定!C9", "大きい\n→ 小さく"]]
    assert listed(["場所", "指摘"], rows, 80) == ["場所     指摘", "設定!C9  大きい", "         → 小さく"]
    assert listed(["場所", "指摘"], rows, 10) == ["場所  設定!C9", "指摘  大きい", "      → 小さく"]


def test_rows_without_headings_and_no_rows() -> None:
    assert listed([], [["1"], ["23"]]) == ["1", "23"]
    assert listed(["a", "b"], []) == ["a  b"]
    assert listed([], []) == []


def test_what_would_steer_a_terminal_is_written_out() -> None:
    """A member called so would clear the screen, or turn the line around."""
    assert listed(["名前"], [["\x1b[2J佐藤\u202e\r"]], 80) == ["名前", r"\x1b[2J佐藤\u202e\r"]
