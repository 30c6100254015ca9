"""The sensitivity chart shows the table: ends of the bars, longest on top, both languages, the same bytes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from guanghui.plan.brief.money_chart import sensitivity_chart
from guanghui.sinks.years.charts import save_chart

TABLE = pd.DataFrame(
    [("none", 0, 5e8, 0.36), ("price", -20, 2e8, 0.36), ("price", 20, 8e8, 0.36), ("cost", -20, 7e8, 0.29),
     ("cost", 20, 3e8, 0.43)], columns=["input", "change_pct", "npv_yuan", "lcoe_yuan_kwh"],
)  # fmt: skip


def test_bars_end_where_the_table_says() -> None:
    value, cost = sensitivity_chart(TABLE, lang="en").axes
    assert [t.get_text() for t in value.get_yticklabels()] == ["cost", "price"]
    less, more = value.containers[0], value.containers[1]
    ends = {(bar.get_x() + bar.get_width()) for bar in [*less, *more]}
    assert sorted(ends) == pytest.approx([2.0, 3.0, 7.0, 8.0])
    assert [t.get_text() for t in cost.get_yticklabels()] == ["price", "cost"]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = [save_chart(sensitivity_chart(TABLE, lang="zh", title="市"), tmp_path / f"{i}.png") for i in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
