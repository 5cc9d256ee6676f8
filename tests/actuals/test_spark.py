"""A table of Spark in local mode gives the same facts as the CSV it came from, and the session goes on as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpixl.actuals import Import, import_events, read_mapping
from kpixl.errors import UnreadableData

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]  # those of PySpark are its own
_MAPPING = """
source = "crm"
[files.log]
{where}
[[events]]
occurred_at = "at"
event = {{ column = "kind" }}
member = "who"
id = "id"
amount = "amount"
"""
_TABLE = """
SELECT CASE WHEN id % 7 > 0 THEN 9007199254740993 + id END AS id,
    timestamp '2026-07-01 00:30:00' + make_interval(0, 0, 0, 0, id) AS at,
    CASE WHEN id % 5 = 0 THEN '受注' ELSE '架電' END AS kind,
    CASE WHEN id % 3 > 0 THEN concat('佐藤', id % 3) END AS who,
    CASE WHEN id % 5 = 0 THEN CAST(id * 1000.5 AS DECIMAL(12, 2)) END AS amount
FROM range(1000)
"""


@pytest.fixture
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    local = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}
    started = SparkSession.builder.master("local[1]").config(map=local).getOrCreate()
    started.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    yield started
    started.stop()


def _imported(folder: Path, file: str | Path, where: str) -> Import:
    (folder / "mapping.toml").write_text(_MAPPING.format(where=where), encoding="utf-8")
    return import_events([file], read_mapping(folder / "mapping.toml"))


def test_a_table_gives_what_its_csv_gives(session: Any, tmp_path: Path) -> None:
    """Moments of Spark are days of the plan's time zone, and ids of 17 digits keep them all beside blank ones."""
    log = session.sql(_TABLE)
    log.createOrReplaceTempView("log")
    ids = [9007199254740993 + n if n % 7 else None for n in range(1000)]
    at = pd.date_range("2026-07-01 00:30", periods=1000, freq="h", tz="Asia/Tokyo")
    csv = pd.DataFrame(
        {
            "id": pd.array(ids, dtype="Int64"),
            "at": at,
            "kind": ["架電" if n % 5 else "受注" for n in range(1000)],
            "who": [f"佐藤{n % 3}" if n % 3 else None for n in range(1000)],
            "amount": [None if n % 5 else n * 1000.5 for n in range(1000)],
        }
    )
    csv.to_csv(tmp_path / "log.csv", index=False)
    found = _imported(tmp_path, "pyspark://", 'table = "log"')
    same = _imported(tmp_path, tmp_path / "log.csv", "")
    pd.testing.assert_frame_equal(found.facts, same.facts)
    assert set(found.records.id) == set(same.records.id) == {str(one) for one in ids if one}
    assert found.facts["count"].sum() == 1000
    assert found.facts["date"].min() == pd.Timestamp(2026, 7, 1)
    assert found.facts.amount.sum() == sum(n * 1000.5 for n in range(0, 1000, 5))
    assert session.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    with pytest.raises(UnreadableData, match=r"logs.*log"):
        _imported(tmp_path, "pyspark://", 'table = "logs"')
    assert session.sql("SELECT 1").count() == 1, "a session that was there is not stopped"
