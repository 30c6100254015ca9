"""Carbon of a township for the page by hand: figures, verdict on its wetlands, pools, land groups, fixed legends."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from guanghui.maps.page.sinkview import (
    MINOR_POOLS,
    POOL_STYLES,
    LoadedStock,
    carbon_facts,
    density_layers,
    density_ramp,
    group_rows,
    load_stock,
    pool_rows,
    sink_figures,
    trust_shares,
)

CO2 = 44 / 12


def table(**more: object) -> pd.DataFrame:
    return pd.DataFrame({
        "code": ["2", "1", ""], "total_tc": [100.0, 30.0, 130.0], "total_low_tc": [90.0, 20.0, 115.0],
        "total_high_tc": [115.0, 45.0, 150.0], "sink_tc_yr": [12.0, 3.0, 15.0], "sink_low_tc_yr": [6.0, 1.5, 9.0],
        "sink_high_tc_yr": [24.0, 4.5, 27.0], "wetland_balance_tco2e_yr": [5.0, -5.0, 0.0],
        "wetland_balance_low_tco2e_yr": [-1.0, -9.0, -10.0], "wetland_balance_high_tco2e_yr": [9.0, -1.0, 8.0],
        "forest_ha": [7.0, 8.0, 15.0], "wetland_ha": [0.5, 2.0, 2.5], "forest_cover": [0.35, 0.125, 0.2],
        "stock_doubtful_pct": [10.0, 20.0, 15.0], "sink_doubtful_pct": [30.0, 40.0, 35.0], **more,
    })  # fmt: skip


def stock(**more: object) -> SimpleNamespace:
    return SimpleNamespace(**{"table": table(), "by_class": pd.DataFrame(), **more})


def test_the_facts_are_the_table_in_the_units_of_the_page() -> None:
    found = carbon_facts(stock())
    assert list(found.index) == ["2", "1", ""]
    assert list(found.columns) == [
        "carbon_tc", "carbon_tc_low", "carbon_tc_high", "sink_tco2_yr", "sink_tco2_yr_low", "sink_tco2_yr_high",
        "wetland_tco2e_yr", "wetland_tco2e_yr_low", "wetland_tco2e_yr_high", "forest_ha", "wetland_ha",
        "forest_cover_pct", "stock_doubtful_pct", "sink_doubtful_pct",
    ]  # fmt: skip
    assert found.loc["2"].tolist() == pytest.approx([100, 90, 115, 44, 22, 88, 5, -1, 9, 7, 0.5, 35, 10, 30], rel=1e-12)
    short = carbon_facts(stock(table=table()[["code", "total_tc"]]))
    assert short.to_dict("list") == {"carbon_tc": [100.0, 30.0, 130.0]}


def test_key_figures_have_their_intervals_and_what_they_mean() -> None:
    row = carbon_facts(stock()).loc["1"]
    assert sink_figures(row) == [
        {"word": "figure_carbon", "value": 30.0, "unit": "tc", "low": 20.0, "high": 45.0,
         "more": {"word": "figure_carbon_co2", "value": pytest.approx(30 * CO2), "unit": "tco2"}},
        {"word": "figure_sink", "value": pytest.approx(11.0), "unit": "tco2", "low": pytest.approx(5.5),
         "high": pytest.approx(16.5)},
        {"word": "figure_forest", "value": 8.0, "unit": "ha",
         "more": {"word": "figure_cover", "value": 12.5, "unit": "pct"}},
        {"word": "figure_wetland", "value": 2.0, "unit": "ha"},
        {"word": "figure_wetland_gas", "value": -5.0, "unit": "tco2e", "low": -9.0, "high": -1.0,
         "more": {"word": "verdict_sink"}},
    ]  # fmt: skip
    words = [f["word"] for f in sink_figures(row.drop(["carbon_tc", "sink_tco2_yr", "wetland_tco2e_yr"]))]
    assert words == ["figure_forest", "figure_wetland"]
    assert [f["word"] for f in sink_figures(row[["wetland_ha"]] * 0)] == []
    assert [f["word"] for f in sink_figures(row[["wetland_ha"]] * math.nan)] == []
    assert [f["word"] for f in sink_figures(row[["wetland_ha"]] * 0.25)] == ["figure_wetland"]
    assert sink_figures(row[["forest_ha"]]) == [{"word": "figure_forest", "value": 8.0, "unit": "ha"}]
    assert sink_figures(pd.Series({"carbon_tc": 3.0, "carbon_tc_low": math.nan, "carbon_tc_high": 4.0}))[0].keys() == {
        "word", "value", "unit", "high", "more",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.5, 9.0, "verdict_source"), (0.0, 9.0, "verdict_uncertain"), (-1.0, 9.0, "verdict_uncertain"),
        (-9.0, 0.0, "verdict_uncertain"), (-9.0, -0.5, "verdict_sink"), (math.nan, -1.0, None), (1.0, math.nan, None),
    ],
)  # fmt: skip
def test_a_balance_that_may_be_nought_is_neither_source_nor_sink(low: float, high: float, word: str | None) -> None:
    row = pd.Series({"wetland_ha": 1.0, "wetland_tco2e_yr": 1.0, "wetland_tco2e_yr_low": low,
                     "wetland_tco2e_yr_high": high})  # fmt: skip
    assert sink_figures(row)[1].get("more") == (None if word is None else {"word": word})


def test_shares_on_doubtful_factors_are_both_known_or_none() -> None:
    row = carbon_facts(stock()).loc["2"]
    assert trust_shares(row) == {"stock": 10.0, "sink": 30.0}
    assert trust_shares(row.drop("sink_doubtful_pct")) is None
    assert trust_shares(row.drop("stock_doubtful_pct")) is None


def test_pools_and_groups_are_summed_and_an_area_counts_once() -> None:
    rows = [("1", "forest", "forest", "above", 3.0, 40.0), ("1", "forest", "forest", "soil", 3.0, 70.0),
            ("1", "forest", "bamboo", "above", 2.0, 0.5), ("2", "forest", "forest", "above", 4.0, 9.0),
            ("1", "wetland", "lake", "soil", 5.0, 0.25), ("1", "other", "bare", "litter", 6.0, 0.0)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["code", "group", "class", "pool", "area_ha", "stock_tc"])
    pools = pool_rows(frame)
    assert [(p["label"][1], p["value"], p["unit"], p["color"]) for p in pools] == [
        (pools[0]["label"][1], 49.5, "tc", "#2f8f5b"), (pools[1]["label"][1], 70.25, "tc", "#8a5f3c"),
    ]  # fmt: skip
    assert group_rows(frame) == [
        {"label": ["森林", "forest"], "value": 119.5, "unit": "tc", "color": "#2e7d32", "area_ha": 9.0},
        {"label": ["湿地", "wetland"], "value": 0.25, "unit": "tc", "color": "#2f7fbf", "area_ha": 5.0},
    ]


def test_limits_of_the_density_maps_are_fixed() -> None:
    limits = {
        "above": (2, 5, 10, 20, 40, 60), "below": (1, 2, 5, 10, 15, 20), "understorey": (1, 2, 3, 4, 5, 6),
        "dead": (0.5, 1, 2, 3, 5, 8), "litter": (0.5, 1, 2, 3, 5, 8), "soil": (40, 60, 80, 100, 130, 160),
        "total": (40, 60, 80, 100, 130, 160),
    }  # fmt: skip
    assert {pool: density_ramp(pool).breaks for pool in limits} == limits
    assert density_ramp("soil").unit == "tc_ha"
    assert {"total", *POOL_STYLES} == set(limits)
    assert MINOR_POOLS == ("below", "understorey", "dead", "litter")


class Counted:
    """A raster that counts how often it is computed."""

    def __init__(self) -> None:
        self.times = 0

    def of(self, values: np.ndarray) -> xr.DataArray:
        import dask.array as da

        def touched(block: np.ndarray) -> np.ndarray:
            self.times += block.size > 0
            return block

        lazy = da.from_array(values, chunks=-1).map_blocks(touched, dtype=values.dtype, meta=values[:0, :0])
        found = xr.DataArray(lazy, dims=("y", "x"), coords={"y": [1.0, 0.0], "x": [0.0, 1.0, 2.0]})
        return found.rio.write_crs(32650)


def drawn(counted: Counted) -> SimpleNamespace:
    """Density of 2 x 3 cells of 8 bytes in three layers, and classes of one byte."""
    cells = np.arange(6.0).reshape(2, 3)
    density = xr.Dataset({"soil": counted.of(cells), "total": counted.of(3 * cells), "above": counted.of(2 * cells)})
    return stock(density=density.rio.write_crs(32650), classes=counted.of(cells.astype(np.uint8)))


def test_layers_stand_with_the_total_first_and_the_place_they_lie() -> None:
    layers = density_layers(drawn(Counted()))
    assert layers["layer"].to_numpy().tolist() == ["total", "above", "soil"]
    assert layers.dims == ("layer", "y", "x")
    assert layers.rio.crs.to_epsg() == 32650
    assert layers.sel(layer="above").to_numpy().tolist() == [[0, 2, 4], [6, 8, 10]]


def test_rasters_are_computed_when_first_asked_for_and_once() -> None:
    counted = Counted()
    plain = drawn(counted)
    loaded = load_stock(plain)
    assert isinstance(loaded, LoadedStock)
    assert counted.times == 0
    assert loaded.table is plain.table
    assert (loaded.survey, loaded.as_mapped) == (None, False)
    assert loaded.classes is not None
    for _ in range(2):
        assert loaded.classes.to_numpy().tolist() == [[0, 1, 2], [3, 4, 5]]
        assert loaded.density["above"].to_numpy()[1, 2] == 10.0
        assert density_layers(loaded) is loaded.layers
    assert counted.times == 4
    plain.classes, plain.as_mapped, plain.survey = None, True, "s"
    bare = LoadedStock(plain)
    assert bare.classes is None
    assert (bare.survey, bare.as_mapped) == ("s", True)


def test_only_what_fits_is_computed_at_once() -> None:
    plain = drawn(Counted())
    size = plain.density.nbytes + plain.classes.nbytes
    assert isinstance(load_stock(plain, most_gb=size / 1e9), LoadedStock)
    assert load_stock(plain, most_gb=(size - 1) / 1e9) is plain
    plain.classes = None
    size = plain.density.nbytes
    assert isinstance(load_stock(plain, most_gb=size / 1e9), LoadedStock)
    assert load_stock(plain, most_gb=(size - 1) / 1e9) is plain
    big = SimpleNamespace(**{**vars(plain), "density": SimpleNamespace(nbytes=1.1e9)})
    assert load_stock(big) is big
    fits = SimpleNamespace(**{**vars(plain), "density": SimpleNamespace(nbytes=0.9e9)})
    assert isinstance(load_stock(fits), LoadedStock)
