"""People and channels by other names: those of the mapping, those that differ in blanks, and those that are near."""

from pathlib import Path

import pandas as pd
import pytest

from kpixl.actuals import Import, Memory, import_events, merge, read_mapping
from kpixl.actuals.names import Names, nearest

_MAPPING = '[files.log]\n[[events]]\nevent = "call"\noccurred_at = "日付"\nmember = "担当"\nchannel = "経路"\n'
_MEMBERS = ["山田 太郎", "小林 花子", "Tom Baker"]


def _imported(folder: Path, rows: str, more: str = "", members: list[str] = _MEMBERS) -> Import:
    (folder / "m.toml").write_text(_MAPPING + more, encoding="utf-8")
    (folder / "log.csv").write_text("日付,担当,経路\n" + rows, encoding="utf-8")
    return import_events([folder / "log.csv"], read_mapping(folder / "m.toml"), members=members, channels=["Web 広告"])


def test_blanks_width_and_case_do_not_make_another_person(tmp_path: Path) -> None:
    rows = "2026-07-01,山田太郎,web広告\n2026-07-02,山田　太郎,Ｗｅｂ 広告\n2026-07-03,TOM BAKER,\n"
    found = _imported(tmp_path, rows + "2026-07-04,小林 花子,\n")
    assert found.facts.member.tolist() == ["山田 太郎", "山田 太郎", "Tom Baker", "小林 花子"]
    assert set(found.facts.channel) == {"Web 広告", ""}
    told = dict(found.notes)["folded_member"]["names"]
    assert told == "TOM BAKER → Tom Baker、山田　太郎 → 山田 太郎、山田太郎 → 山田 太郎"


def test_two_members_that_differ_in_blanks_only_are_kept_apart() -> None:
    names = Names(["山田 太郎", "山田太 郎"])
    assert names.of("山田太郎", {}) == "山田太郎"
    assert names.of("山田太 郎", {}) == "山田太 郎"


def test_a_mapping_knows_other_names_of_people_and_channels(tmp_path: Path) -> None:
    more = (
        '[members]\n"T.Yamada@example.co.jp" = "山田 太郎"\n"旧姓 花子" = "小林 花子"\n[channels]\n"LP" = "Web 広告"\n'
    )
    found = _imported(tmp_path, "2026-07-01,t.yamada@example.co.jp,LP\n2026-07-02,旧姓　花子,lp\n", more)
    assert found.facts[["member", "channel"]].to_numpy().tolist() == [
        ["山田 太郎", "Web 広告"],
        ["小林 花子", "Web 広告"],
    ]


def test_a_near_name_is_said_and_not_taken(tmp_path: Path) -> None:
    found = _imported(tmp_path, "2026-07-01,山田,\n2026-07-01,佐藤,\n")
    assert found.facts.member.tolist() == ["佐藤", "山田"]
    assert [values for key, values in found.notes if key == "near_member"] == [{"name": "山田", "near": "山田 太郎"}]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        *(("山田", "山田 太郎"), ("小林花", "小林 花子"), ("小林 華子", "小林 花子"), ("Tom Bakr", "Tom Baker")),
        *(("tom.baker@example.com", "Tom Baker"), ("佐藤", None), ("", None), ("@", None)),
    ],
)
def test_the_nearest_name(name: str, near: str | None) -> None:
    assert nearest(name, _MEMBERS) == near


def test_a_name_that_is_accepted_later_does_not_count_twice(tmp_path: Path) -> None:
    before = merge(Memory.nothing(), _imported(tmp_path, "2026-07-01,山田,\n"))
    more = '[members]\n"山田" = "山田 太郎"\n'
    after = merge(before.memory, _imported(tmp_path, "2026-07-01,山田,\n", more)).memory.facts
    assert after[["date", "member", "count"]].to_numpy().tolist() == [[pd.Timestamp("2026-07-01"), "山田 太郎", 1]]
