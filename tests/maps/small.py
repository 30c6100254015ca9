"""A city of three squares with a roof or two each: small enough to know every figure of its pages by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from guanghui.geo import Grid, from_numpy
from guanghui.maps.page.sheet import Sheet
from tests.maps.scene import METRIC, City

X, Y = 380_000.0, 3_240_000.0
SIDE = 1000.0
MONTHS = [f"yield_{m:02d}" for m in range(1, 13)]


def small_city(**more: Any) -> City:
    """Squares of a kilometre from west to east, their codes out of order."""
    towns = gpd.GeoDataFrame(
        {"code": ["2", "1", "3"], "name": ["乙", "甲", "丙"], "name_en": ["B", "A", "C"],
         "area_m2": [1e6, 2e6, 5e5]},
        geometry=[shapely.box(X + i * SIDE, Y, X + (i + 1) * SIDE, Y + SIDE) for i in range(3)], crs=METRIC,
    )  # fmt: skip
    city = City(towns, None, None, **more)
    city.notes.add("dem", "2 ha unseen", "2 公顷未见")
    return city


def small_roofs() -> gpd.GeoDataFrame:
    """Two roofs in township 1, one in 2, none in 3; roof b is named first."""
    frame = pd.DataFrame({
        "building_id": ["b", "a", "c"], "township_code": ["1", "1", "2"], "usable_m2": [30.0, 10.0, 20.0],
        "capacity_kwp": [5.0, 2.0, 4.0], "yield_kwh": [6000.0, 2000.0, 1000.0],
    })  # fmt: skip
    for number, month in enumerate(MONTHS, start=1):
        frame[month] = frame["yield_kwh"] * number / 78
    at = [(1200, 300), (1600, 700), (300, 500)]
    shapes = [shapely.box(X + x, Y + y, X + x + 20, Y + y + 10) for x, y in at]
    roofs = gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC)
    roofs.attrs = {"uncertainty": {"common": 0.1, "independent": 0.3}}
    return roofs


def small_plan() -> SimpleNamespace:
    """Roof a in 2025, b in 2030 by half."""
    rows = [(2030, "b", 0.5, 15.0, 2.5, 3000.0), (2030, "a", 1.0, 10.0, 2.0, 2000.0),
            (2025, "a", 1.0, 10.0, 2.0, 2000.0)]  # fmt: skip
    by_roof = pd.DataFrame(rows, columns=["year", "building_id", "part", "usable_m2", "capacity_kwp", "yield_kwh"])
    by_roof = by_roof.assign(township_code="1", roofs=1, avoided_co2_t=by_roof["yield_kwh"] * 0.5 / 1000)
    return SimpleNamespace(shares={2025: 0.2, 2030: 0.5}, co2_kg_kwh=0.5, by_roof=by_roof,
                           phase=pd.Series({"a": 2025, "b": 2030, "c": 0}),
                           available=pd.Series({"a": 10.0, "b": 30.0, "c": 20.0}))  # fmt: skip


def small_stock() -> SimpleNamespace:
    """Carbon of two townships and the city, and its density on cells of 100 m."""
    table = pd.DataFrame({"code": ["1", "2", "3", ""], "total_tc": [30.0, 100.0, 5.0, 135.0],
                          "sink_tc_yr": [3.0, 12.0, 0.0, 15.0], "forest_ha": [8.0, 7.0, 0.0, 15.0],
                          "wetland_ha": [2.0, 0.0, 0.0, 2.0],
                          "stock_doubtful_pct": [10.0, 20.0, 30.0, 15.0],
                          "sink_doubtful_pct": [40.0, 50.0, 60.0, 45.0]})  # fmt: skip
    rows = [("1", "forest", "forest", "above", 3.0, 25.0), ("1", "wetland", "lake", "soil", 2.0, 5.0),
            ("2", "forest", "forest", "above", 7.0, 100.0)]  # fmt: skip
    by_class = pd.DataFrame(rows, columns=["code", "group", "class", "pool", "area_ha", "stock_tc"])
    grid = Grid.from_bounds((X, Y, X + 3 * SIDE, Y + SIDE), 100.0, METRIC)
    total = np.full(grid.shape, 50.0, np.float32)
    density = xr.Dataset({"total": from_numpy(total, grid), "above": from_numpy(total / 2, grid)})
    return SimpleNamespace(table=table, by_class=by_class, density=density.rio.write_crs(METRIC), classes=None)


def payload_of(page: Any, *args: Any, parts: dict | None = None, **known: Any) -> dict:
    """Payload that a page is given; with ``parts`` its frame is not drawn but taken from there."""
    caught: list[dict] = []

    def frame_of(draw: Any) -> SimpleNamespace:
        drawn = draw().parts if parts is None else parts
        return SimpleNamespace(parts=drawn, page=lambda payload: caught.append(payload) or "")

    page(*args, frame_of=frame_of, **known)
    return caught[0]


def sheets_of(patch: pytest.MonkeyPatch, module: Any) -> list[Sheet]:
    """Sheets that a page module lays out from now on, in order; the list fills as it does."""
    sheets: list[Sheet] = []

    class Seen(Sheet):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            sheets.append(self)

    patch.setattr(module, "Sheet", Seen)
    return sheets
