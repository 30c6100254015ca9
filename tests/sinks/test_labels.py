"""Everything a reader meets has a Chinese label, an English label and, where it is an amount, a unit."""

from __future__ import annotations

from itertools import chain

import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.sinks import SinkSettings, assess
from guanghui.sinks.factors.table import column_label, column_labels, pool_labels
from guanghui.sinks.settings import CcerSettings
from guanghui.sinks.totals import from_totals, plan_totals
from guanghui.sinks.years.ccer import afforestation
from guanghui.sinks.years.difference import assess_change
from guanghui.sinks.years.potential import planting_potential
from guanghui.sinks.years.projection import afforestation_credits, baseline_of, project
from tests.sinks.conftest import TOWNS, City, three_towns, write_cover

UNITS = {"ha": "ha", "tc": "t C", "m3": "m³", "tco2e": "t CO₂e", "tc_ha": "t C/ha", "tc_yr": "t C/a"}


@pytest.fixture
def frames(city: City, tmp_path) -> list[pd.DataFrame]:
    """Every table the carbon room hands out."""
    city.landcover_before = write_cover(tmp_path / "before.tif", three_towns(), year=2011)
    city.sinks = SinkSettings(standing_volume_m3=3600, ccer=CcerSettings(history_years=0))
    stock = assess(city)
    change = assess_change(city, stock)
    potential = planting_potential(stock.classes, TOWNS, city.sinks.potential)
    projection = project(baseline_of(stock.table, stock.by_class), city.sinks)
    books = stock.reconciliation
    return [
        *(stock.table, stock.by_class, stock.balance, stock.uncertainty, stock.sources, books.methods.reset_index()),
        *(books.summary.reset_index(), change.table, change.matrix, potential.table, potential.screen.rules),
        *(projection.frame, afforestation_credits(projection, city.sinks.ccer)),
        *(afforestation(stock.classes, TOWNS, city.sinks).table, from_totals(plan_totals()["360781"]).reset_index()),
    ]


def test_every_column_of_every_table_has_a_label(frames: list[pd.DataFrame]) -> None:
    columns = {str(c) for c in chain.from_iterable(f.columns for f in frames)}
    for column in sorted(columns):
        zh, en, unit = column_label(column)
        assert zh
        assert en
        suffix = next((s for s in ("_tc_yr", "_tc_ha", "_tc", "_ha") if f"_{column}".endswith(s)), "")
        if suffix and not column.startswith(("volume", "wetland_balance")):
            assert unit == UNITS[suffix[1:]], column
    assert not pool_labels().index.has_duplicates
    assert not column_labels().index.has_duplicates


def test_a_year_in_a_column_is_read_from_its_pattern() -> None:
    assert column_label("gain_2045_tc") == ("至 2045 年增碳", "carbon gained by 2045", "t C")
    assert column_label("net_gwp100_tco2e_yr")[2] == "t CO₂e/a"
    with pytest.raises(InputError, match="no label"):
        column_label("nonsense_2045")
