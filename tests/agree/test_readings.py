"""Both readings of the coverage plan: equal where the zone is the place, else each of its own base."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.maps.city.score import reading_rows
from guanghui.plan.brief.plan import readings_table
from guanghui.plan.inputs.region import Region
from guanghui.plan.results.programme import Existing, plan_of
from guanghui.plan.results.readings import zone_readings
from guanghui.pv.settings import CoverageSettings

E, N = 400_000.0, 3_240_000.0


@pytest.fixture(scope="module")
def roofs() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(3)
    n = 240
    x, y = rng.uniform(0, 1000, n), rng.uniform(0, 1000, n)
    area = rng.uniform(20, 900, n)
    frame = gpd.GeoDataFrame(
        {
            "building_id": [f"b{i:03d}" for i in range(n)], "usable_m2": area, "capacity_kwp": area * 0.15,
            "yield_kwh": area * 0.15 * rng.uniform(850, 1050, n), "footprint_m2": area * 1.6,
            "building_class": rng.choice(["public", "industrial", "residential"], n),
            "township_code": np.where(x < 500, "1", "2"), "township": np.where(x < 500, "west", "east"),
        },
        geometry=[box(E + a, N + b, E + a + 5, N + b + 5) for a, b in zip(x, y, strict=True)], crs="EPSG:4548",
    )  # fmt: skip
    frame.loc[::17, "usable_m2"] = 0.0
    return frame


def region(zone: gpd.GeoDataFrame | None) -> SimpleNamespace:
    coverage = CoverageSettings(
        phases=[{"year": 2022, "share": 0.3}, {"year": 2023, "share": 0.4}, {"year": 2024, "share": 0.5}]
    )
    towns = gpd.GeoDataFrame(
        {"code": ["1", "2"]}, geometry=[box(E, N, E + 500, N + 1000), box(E + 500, N, E + 1010, N + 1010)],
        crs="EPSG:4548",
    )  # fmt: skip
    return SimpleNamespace(path=Path("x.toml"), zone=zone, townships=towns, chosen_years=None, chosen=(),
                           settings=SimpleNamespace(coverage=coverage))  # fmt: skip


def polygon(*bounds: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[box(*bounds)], crs="EPSG:4548")


def standing(roofs: gpd.GeoDataFrame) -> Existing:
    on = pd.Series(0.0, index=roofs["building_id"])
    on.iloc[[5, 50]] = 30.0
    return Existing(on, pd.Series({"2": 100.0}), pd.DataFrame())


def test_zone_and_city_agree_where_the_zone_is_the_city(roofs: gpd.GeoDataFrame) -> None:
    whole, nearly = polygon(E - 1, N - 1, E + 1011, N + 1011), polygon(E - 1, N - 1, E + 1011, N + 1011)
    stands = standing(roofs)
    for zone in (whole, nearly):
        here = region(zone)
        plan = plan_of(here, roofs, stands, None, "energy")
        table = zone_readings(here, roofs, plan, stands)
        assert table is not None
        city, own = (
            table[table["reading"] == r].drop(columns="reading").reset_index(drop=True) for r in ("city", "zone")
        )
        pd.testing.assert_frame_equal(city, own)
        assert city["city_share"].to_numpy() == pytest.approx(city["zone_share"].to_numpy())
    # the same by the way a smaller zone goes
    import guanghui.plan.results.readings as module

    again = module._plan_inside(region(whole), roofs, stands, whole.geometry.iloc[0])
    pd.testing.assert_frame_equal(again.by_roof, plan.by_roof)


def test_each_reading_reaches_its_own_base(roofs: gpd.GeoDataFrame) -> None:
    here = region(polygon(E, N, E + 500, N + 1010))
    plan = plan_of(here, roofs, None, None, "energy")
    table = zone_readings(here, roofs, plan, None)
    assert table is not None
    inside = roofs[roofs.geometry.centroid.x < E + 500]
    zone = table[table["reading"] == "zone"].set_index("year")
    city = table[table["reading"] == "city"].set_index("year")
    assert zone["available_m2"].to_numpy() == pytest.approx(inside["usable_m2"].sum())
    assert city["available_m2"].to_numpy() == pytest.approx(roofs["usable_m2"].sum())
    for frame in (zone, city):
        assert (frame["reached_share"] >= frame["target_share"] - 1e-9).all()
        assert (frame["reached_m2"] + frame["left_m2"]).to_numpy() == pytest.approx(frame["available_m2"].to_numpy())
    alone = plan_of(here, inside, None, None, "energy")
    for year in (2022, 2023, 2024):
        assert zone.loc[year, "capacity_kwp"] == pytest.approx(alone.total(year)["capacity_kwp"])
        assert city.loc[year, "capacity_kwp"] == pytest.approx(plan.total(year)["capacity_kwp"])
        area = (plan.parts[year] * plan.available)[inside["building_id"]].sum()
        assert city.loc[year, "zone_share"] == pytest.approx(area / inside["usable_m2"].sum())
    assert zone["zone_share"].to_numpy() == pytest.approx(zone["reached_share"].to_numpy())
    assert zone.loc[2024, "city_share"] < 0.5 < zone.loc[2024, "zone_share"] + 1e-9


def test_page_and_brief_say_the_stored_readings(roofs: gpd.GeoDataFrame) -> None:
    here = region(polygon(E, N, E + 500, N + 1010))
    table = zone_readings(here, roofs, plan_of(here, roofs, None, None, "energy"), None)
    rows = reading_rows(table)
    assert [(r["reading"], r["year"]) for r in rows] == [(b, y) for b in ("city", "zone") for y in (2022, 2023, 2024)]
    assert table is not None
    assert [r["reached_pct"] for r in rows] == pytest.approx((100 * table["reached_share"]).tolist())
    shown = readings_table(table, "zh")
    assert len(shown.columns[0].texts) == 6
    assert reading_rows(None) == []


def test_a_zone_without_roofs_or_elsewhere_is_refused(roofs: gpd.GeoDataFrame, village: Path) -> None:
    here = region(polygon(E + 5000, N, E + 5100, N + 100))
    with pytest.raises(InputError, match="no usable roof"):
        zone_readings(here, roofs, plan_of(here, roofs, None, None, "energy"), None)
    here.chosen = ("甲镇",)  # of some townships only, whose roofs may all lie outside
    assert zone_readings(here, roofs, plan_of(here, roofs, None, None, "energy"), None) is None
    assert zone_readings(region(None), roofs, plan_of(here, roofs, None, None, "energy"), None) is None
    text = village.read_text(encoding="utf-8")
    polygon(E + 900_000, N, E + 900_100, N + 100).to_file(village.parent / "zone_far.gpkg")
    own = village.with_name("zone_far.toml")
    own.write_text(text.replace('zone = "zone.gpkg"', 'zone = "zone_far.gpkg"', 1), encoding="utf-8")
    with pytest.raises(InputError, match="outside the townships"):
        _ = Region(own).zone
    own.unlink()
