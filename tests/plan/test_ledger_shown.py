"""The ledger on page, workbook and brief says the figures of the stored result."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from guanghui.maps.page.forestry import ledger_payload
from guanghui.maps.words.numbers import format_number
from guanghui.plan.brief.outlook import OutlookPart
from guanghui.plan.workbook.sink_sheets import _ledger_sheets
from guanghui.plan.workbook.tables import labels
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.years.ledger import EVENT_COLUMNS, Forest, Ledger, run_ledger


@pytest.fixture(scope="module")
def found() -> Ledger:
    """Two years of a township that is the whole city, with a harvest and a fire."""
    one = np.ones(1)
    forest = Forest(("x",), 100 * one, 5000 * one, 2000 * one, 0 * one, np.zeros((1, 2)), np.full(2, 0.03),
                    np.array([[0.56, 0.24, 0.2]]), np.zeros((1, 2)))  # fmt: skip
    blank = dict.fromkeys(EVENT_COLUMNS, np.nan) | {"code": "x", "killed": 1.0, "removed": 0.0, "replanted": ""}
    events = [blank | {"kind": "harvest", "year": 2024, "volume_m3": 200.0},
              blank | {"kind": "fire", "year": 2025, "area_ha": 2.0}]  # fmt: skip
    table, done = run_ledger(forest, pd.DataFrame(events), [2024, 2025], load_factors())
    whole = pd.concat([table, table.assign(code="")], ignore_index=True)
    whole.insert(1, "name", ["甲", "甲", "全市", "全市"])
    sources = pd.DataFrame(columns=["id", "value", "low", "high", "unit", "mark", "citation", "basis"])
    return Ledger(whole, done, sources)


def test_the_page_has_a_line_for_what_happened_with_losses_below_nothing(found: Ledger) -> None:
    shown = ledger_payload(found)
    assert shown is not None
    lines = {line["key"]: line["values"] for line in shown["lines"]}
    assert shown["years"] == [2024, 2025]
    assert list(lines) == ["opening", "growth", "harvest", "fire", "closing"]
    sums = [sum(lines[k][i] for k in lines if k != "closing") for i in range(2)]
    assert sums == pytest.approx(lines["closing"], rel=1e-12)
    assert ledger_payload(None) is None


def test_every_column_of_its_sheets_has_words(found: Ledger) -> None:
    known = labels()
    for sheet in _ledger_sheets(found):
        for column in sheet.frame.columns:
            assert column in known, (sheet.key, column)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_brief_has_a_line(found: Ledger, lang: str) -> None:
    outlook = SimpleNamespace(ledger=found, table=pd.DataFrame({"code": [""]}), works=pd.DataFrame())
    said = OutlookPart(outlook, "", lang).sentences()[-1]  # type: ignore[arg-type]
    for value in (found.city_years["opening_tc"].iloc[0], found.city_years["harvest_tc"].sum()):
        assert format_number(float(value), "tc", lang) in said
    assert not OutlookPart(SimpleNamespace(ledger=None, table=outlook.table), "", lang)._ledger()  # type: ignore[arg-type]
