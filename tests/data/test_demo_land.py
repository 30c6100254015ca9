"""Parts of the demo city that stand alone: noise, roof outlines, and the boundaries of the whole city."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from guanghui.data.demo.build import grow
from guanghui.data.demo.grid import Grid, Noise, fractal
from guanghui.data.demo.land import CRS_GEOGRAPHIC, Land, ellipsoid_area_km2
from guanghui.data.demo.plan_city import CITY
from guanghui.data.demo.roofs import COURT, ELL, RECT, U_SHAPE, outlines, parts

GRID = Grid(1000.0, 5000.0, 80, 60, 10.0)
SIX = {
    "360482001": "茶山街道",
    "360482100": "甘露镇",
    "360482101": "江益镇",
    "360482200": "金湖乡",
    "360482201": "苏家垱乡",
    "360482202": "泽泉乡",
}


def test_noise_is_the_same_on_a_grid_and_at_points() -> None:
    noise = Noise((1, 2), 130.0, (1000.0, 4400.0, 1800.0, 5000.0))
    x, y = np.meshgrid(GRID.x, GRID.y)
    np.testing.assert_allclose(noise.on(GRID), noise.at(x, y), atol=1e-5)


def test_noise_has_zero_mean_and_unit_variance() -> None:
    grid = Grid(0.0, 40000.0, 800, 800, 50.0)
    values = fractal(grid, (3,), 400.0, 3)
    assert values.mean() == pytest.approx(0.0, abs=0.05)
    assert values.std() == pytest.approx(1.0, abs=0.05)


def test_bilinear_is_exact_on_a_plane() -> None:
    x, y = np.meshgrid(GRID.x, GRID.y)
    rng = np.random.default_rng(0)
    px, py = rng.uniform(1010, 1790, 50), rng.uniform(4410, 4990, 50)
    np.testing.assert_allclose(GRID.bilinear(0.3 * x - 0.1 * y, px, py), 0.3 * px - 0.1 * py, atol=1e-9)


@given(
    shape=st.sampled_from([RECT, ELL, U_SHAPE, COURT]),
    length=st.floats(20, 90),
    width=st.floats(20, 60),
    share=st.floats(0.1, 0.4),
    angle=st.floats(-60, 120),
    flips=st.tuples(st.sampled_from([-1.0, 1.0]), st.sampled_from([-1.0, 1.0])),
)
def test_outline_is_the_union_of_its_bars(
    shape: int, length: float, width: float, share: float, angle: float, flips: tuple[float, float]
) -> None:
    arm = share * min(length, width)
    row = {"x": 385000.0, "y": 3240000.0, "angle": angle, "length": length, "width": width, "shape": shape, "arm": arm}
    table = pd.DataFrame([{**row, "flip_u": flips[0], "flip_v": flips[1], "form": "gable"}])
    outline = outlines(table)[0]
    expected = {
        RECT: length * width,
        ELL: arm * (length + width - arm),
        U_SHAPE: arm * (length + 2 * width - 2 * arm),
        COURT: length * width - (length - 2 * arm) * (width - 2 * arm),
    }[shape]
    assert outline.area == pytest.approx(expected, abs=0.02 * (length + width))
    bars = []
    for bar in parts(table).itertuples():
        assert bar.half_long >= bar.half_wide
        box = shapely.box(-bar.half_long, -bar.half_wide, bar.half_long, bar.half_wide)
        bars.append(shapely.affinity.translate(shapely.affinity.rotate(box, bar.angle, origin=(0, 0)), bar.x, bar.y))
    assert shapely.union_all(bars).symmetric_difference(outline).area < 0.03 * (length + width)


def test_the_city_is_six_townships_of_the_right_size_in_the_right_place() -> None:
    land = Land.draw(CITY, 360482)
    towns = land.townships.to_crs(CRS_GEOGRAPHIC)
    assert dict(zip(towns["code"], towns["name"], strict=True)) == SIX
    assert 308.0 < sum(ellipsoid_area_km2(g) for g in towns.geometry) < 310.0
    west, south, east, north = towns.total_bounds
    assert west > 115.69
    assert east < 115.92
    assert south > 29.15
    assert north < 29.39
    union = towns.union_all()
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0
    assert union.area == pytest.approx(shapely.area(towns.geometry.to_numpy()).sum(), rel=1e-9)
    assert land.townships.area.min() > 25e6
    margin = shapely.box(
        land.grid.west,
        land.grid.north - 10.0 * land.grid.rows,
        land.grid.west + 10.0 * land.grid.columns,
        land.grid.north,
    )
    assert margin.contains(land.city.buffer(2000.0))


@pytest.mark.parametrize("seed", [360485, 360488, 360507, 1])
def test_every_seed_has_all_townships(seed: int) -> None:
    """Some seeds folded one arc over another, and a city of a night's batch could not be built."""
    towns = Land.draw(CITY, seed).townships
    assert towns.geometry.is_valid.all()
    assert len(towns) == 6
    assert towns.area.min() > 10e6
    assert towns.area.sum() == pytest.approx(shapely.union_all(towns.geometry.to_numpy()).area, rel=1e-9)
    assert towns.to_crs(CRS_GEOGRAPHIC).geometry.map(ellipsoid_area_km2).sum() == pytest.approx(CITY.area_km2, rel=1e-4)


@pytest.mark.slow
def test_the_whole_city_meets_the_plans_figures() -> None:
    country = grow(extent="city")
    inside = country.township > 0
    cover = country.cover.now[inside]
    share = {code: float((cover == code).mean() * 100) for code in (10, 40, 50, 80, 90)}
    assert share[10] == pytest.approx(27.0, abs=0.01)
    assert share[40] == pytest.approx(27.0, abs=0.01)
    assert share[80] + share[90] == pytest.approx(25.0, abs=1.0)
    assert share[50] > 5.0
    planted = (cover == 10) & (country.cover.before[inside] != 10)
    assert planted.sum() / 100 * 15 == pytest.approx(2020.0, abs=1.0)  # mu
    roofs = country.built.roofs.assign(area=shapely.area(country.built.outlines))
    assert 18000 < len(roofs) < 22000
    assert 4.0e6 < roofs["area"].sum() < 6.0e6
    assert 40 <= len(country.built.tiles(CITY.tile_origin)) <= 70
    assert set(roofs["township"]) == set(range(6))
    for site, megawatts in (
        ("国科学校", 2.3),
        ("青网科技园", 1.7),
        ("中格集团", 2.0),
        ("汉能一期", 5.0),
        ("汉能二期", 5.5),
        ("电子信息产业园", 3.0),
    ):
        mine = roofs[roofs["site"] == site]
        assert mine["area"].sum() * 100.0 == pytest.approx(megawatts * 1e6, rel=0.06), site
        assert len(mine) >= 3
    assert country.ground[inside].max() > 200.0
    assert country.ground[inside].min() >= 14.0
