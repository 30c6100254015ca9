"""A long list in the workbook is the list that openpyxl would have written."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest

from guanghui.plan.workbook import tables
from guanghui.plan.workbook.long_rows import LONG
from guanghui.plan.workbook.tables import Sheet, write_workbook


def frame(count: int) -> pd.DataFrame:
    dice = np.random.default_rng(3)
    some = np.where(dice.random(count) < 0.2, np.nan, dice.lognormal(5, 4, count))
    return pd.DataFrame({
        "none": np.nan, "building_id": [f"b{k}" for k in range(count)], "yield_kwh": some, "irr": some / 1e5,
        "year": dice.integers(2020, 2030, count), "used": dice.random(count) < 0.5,
        "name": [("=1+1", "<b>&楼", None, "", "-3", " x ")[k % 6] for k in range(count)],
        "mixed": pd.Series([(1, 2.5, "z", None)[k % 4] for k in range(count)], dtype=object),
        "capacity_kwp": np.where(np.arange(count) == 7, np.inf, some),
    })  # fmt: skip


@pytest.mark.parametrize("totals", [(), ("yield_kwh",)])
def test_every_cell_is_that_of_openpyxl(tmp_path, monkeypatch: pytest.MonkeyPatch, totals: tuple[str, ...]) -> None:
    pages = [Sheet("a", "表", "table", frame(LONG + 50), totals), Sheet("b", "短", "short", frame(5))]
    fast = openpyxl.load_workbook(write_workbook(pages, tmp_path / "fast.xlsx", lang="zh", mark="示范数据"))
    monkeypatch.setattr(tables, "LONG", 10**9)
    slow = openpyxl.load_workbook(write_workbook(pages, tmp_path / "slow.xlsx", lang="zh", mark="示范数据"))
    for one, two in zip(fast.worksheets, slow.worksheets, strict=True):
        assert one.dimensions == two.dimensions
        assert one.freeze_panes == two.freeze_panes
        assert one.auto_filter.ref == two.auto_filter.ref
        for cells, others in zip(one.iter_rows(), two.iter_rows(), strict=True):
            for a, b in zip(cells, others, strict=True):
                if isinstance(b.value, float):
                    assert a.value == pytest.approx(b.value, rel=1e-5)
                else:
                    assert (a.value or None) == (b.value or None) or a.value is b.value, a.coordinate
                if a.value is not None and not isinstance(a.value, str | bool):
                    assert a.number_format == b.number_format, a.coordinate
                    assert a.font.bold == b.font.bold
