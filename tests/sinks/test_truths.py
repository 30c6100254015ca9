"""Published worked examples, each worked out by our code: benchmarks/truths.csv."""

from __future__ import annotations

import pytest

from benchmarks.truths import FUNCTIONS, check, truths
from guanghui.sinks.factors.table import MARKS

ROWS = truths().to_dict("records")


def test_the_table_is_whole() -> None:
    ids = [row["id"] for row in ROWS]
    assert len(ids) == len(set(ids)) >= 60
    assert {row["function"] for row in ROWS} == set(FUNCTIONS)
    for row in ROWS:
        assert len(row["source"]) > 10, row["id"]
        assert row["mark"] in MARKS, row["id"]
        assert 0 < row["tolerance"] <= 0.02 * max(abs(row["expected"]), 0.5), row["id"]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_what_was_printed(row: dict) -> None:
    assert check(row) == pytest.approx(row["expected"], rel=0, abs=row["tolerance"])
