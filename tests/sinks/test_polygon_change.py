"""Two dates of survey polygons cut by each other: exact areas, stocks that close, borders drawn anew told apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from guanghui.geo.own_legend import text_legend
from guanghui.geo.polygon_cover import PolygonCover
from guanghui.geo.polygon_overlay import laid_over
from guanghui.sinks import SinkSettings, assess, assess_change
from guanghui.sinks.factors.own_pools import OwnPools
from guanghui.sinks.years.polygon_change import polygon_transitions
from guanghui.sinks.years.transitions import errors_ha, swapped
from tests.sinks.conftest import EQUAL, HA, TOWNS, City, X, Y, layer, place

FOREST, FIELD, ROAD, GRASS, BUILT = "0301", "0103", "1003", "0404", "0702"
Floats = npt.NDArray[np.float64]
CODES = np.array([FOREST, FIELD, GRASS, BUILT])
ONE = TOWNS.iloc[:1].reset_index(drop=True)


def cover(shapes: npt.ArrayLike, codes: npt.ArrayLike, year: int) -> PolygonCover:
    frame = gpd.GeoDataFrame({"code": np.asarray(codes, object), "stated_m2": np.nan}, geometry=shapes, crs=EQUAL)
    return PolygonCover(Path(f"DLTB_{year}.gpkg"), frame, text_legend("third_survey"), year)


def city(before: PolygonCover, after: PolygonCover, towns: gpd.GeoDataFrame = ONE, **more: object) -> City:
    plain = {"draws": 300, "growth_rate_pct": 0, "consumption_rate_pct": 0, **more}
    return City(towns.copy(), after, SinkSettings(**plain), landcover_before=before)


def redrawn() -> tuple[PolygonCover, PolygonCover]:
    """100 ha, forest west and fields east: the border moved 2 m east, 5 ha of the fields were built on."""
    before = cover([place(0, 0, 5, 10), place(5, 0, 10, 10)], [FOREST, FIELD], 2020)
    lot = place(7, 2, 9.5, 4)
    after = [place(0, 0, 5.02, 10), shapely.difference(place(5.02, 0, 10, 10), lot), lot]
    return before, cover(after, [FOREST, FIELD, BUILT], 2023)


def test_pairs_are_polygon_areas_and_the_thin_strip_of_a_border_stands_apart() -> None:
    here = city(*redrawn())
    found = assess_change(here)
    row = found.table.iloc[-1]
    np.testing.assert_allclose(row[["changed_ha", "border_ha"]].astype(float), [5.2, 0.2], rtol=1e-9)
    codes = found.transitions.codes.set_index(["before", "after"])
    np.testing.assert_allclose(codes.loc[(FIELD, BUILT), ["area_ha", "border_ha"]].astype(float), [5, 0], atol=1e-9)
    np.testing.assert_allclose(codes.loc[(FIELD, FOREST), ["area_ha", "border_ha"]].astype(float), [0.2, 0.2])
    assert codes.loc[(FIELD, BUILT), "before_label_zh"] == "旱地"
    strip = found.matrix.set_index(["before", "after"])["change_tc"]["dryland", "forest"]
    assert row["border_tc"] == pytest.approx(strip, rel=1e-9)
    assert row["change_tc"] == pytest.approx(row["inner_tc"] + row["border_tc"], rel=1e-12)
    (note,) = [n for n in here.notes if "drawn anew" in n.text]
    assert "0.20 ha" in note.text
    assert "窄条" in note.text_zh


def test_a_region_can_leave_the_borders_out() -> None:
    counted = assess_change(city(*redrawn())).table.iloc[-1]
    left = assess_change(city(*redrawn(), change={"count_border": False})).table.iloc[-1]
    assert left["change_tc"] == pytest.approx(counted["inner_tc"], rel=1e-12)
    assert left["inner_tc"] == pytest.approx(left["change_tc"], rel=1e-12)
    assert left["border_tc"] == pytest.approx(counted["border_tc"], rel=1e-9)
    assert left[["changed_ha", "border_ha"]].tolist() == pytest.approx([5.0, 0.2])
    wide = assess_change(city(*redrawn(), change={"border_m": 1.5})).table.iloc[-1]
    assert wide["border_ha"] == 0
    assert wide["inner_tc"] == wide["change_tc"]


def test_a_narrow_road_that_is_new_or_gone_is_no_border() -> None:
    """2 m of road through the middle: all of a polygon came, so land changed; one that only moved by 0.5 m did not."""
    road, moved = place(4.99, 0, 5.01, 10), place(4.995, 0, 5.015, 10)
    plain = cover([place(0, 0, 5, 10), place(5, 0, 10, 10)], [FOREST, FIELD], 2020)

    def with_road(at: shapely.Polygon, year: int) -> PolygonCover:
        sides = [shapely.difference(s, at) for s in (place(0, 0, 5, 10), place(5, 0, 10, 10))]
        return cover([*sides, at], [FOREST, FIELD, ROAD], year)

    for dates in (
        (plain, with_road(road, 2023)),
        (with_road(road, 2020), cover(plain.frame.geometry, CODES[:2], 2023)),
    ):
        table = assess_change(city(*dates)).table.iloc[-1]
        assert table[["changed_ha", "border_ha"]].tolist() == pytest.approx([0.2, 0.0])
    table = assess_change(city(with_road(road, 2020), with_road(moved, 2023))).table.iloc[-1]
    assert table[["changed_ha", "border_ha"]].tolist() == pytest.approx([0.1, 0.1], rel=1e-6)


def test_the_change_closes_with_the_stocks_of_both_dates() -> None:
    """Stock of the later less that of the earlier date, each worked out alone; a table of one's own code by code."""
    before, after = redrawn()
    after.frame.loc[1, "code"] = "0304"  # fields became 森林沼泽: another class, and another code of the own table
    pools = {c: {"above": float(k), "soil": 50.0 + 7 * k} for k, c in enumerate([FOREST, FIELD, BUILT, "0304"], 1)}
    for own in (None, OwnPools(pools, (), "pools.csv", False, ("above", "soil"))):
        here, then, now = city(before, after), city(before, before), city(before, after)
        for one in (here, then, now):
            one.own_pools = own
        stocks = [assess(one) for one in (then, now)]
        found = assess_change(here, stocks[1])
        grown = stocks[1].city["total_tc"] - stocks[0].city["total_tc"]
        assert found.table["lookup_tc"].iloc[-1] == pytest.approx(grown, rel=1e-9)
        old, new = (one.areas.frame.groupby("class")["area_ha"].sum() for one in stocks)
        net = found.transitions.matrix()
        gained = net.sum(axis=0).sub(net.sum(axis=1), fill_value=0.0)
        np.testing.assert_allclose(gained, new.sub(old, fill_value=0.0).reindex(gained.index), atol=1e-8)


def parted(cuts: Floats) -> Floats:
    return np.concatenate([[0.0], np.sort(cuts), [10.0]])


def cells(x: Floats, y: Floats) -> list[shapely.Polygon]:
    pairs = [(i, j) for j in range(len(y) - 1) for i in range(len(x) - 1)]
    return [place(x[i], y[j], x[i + 1], y[j + 1]) for i, j in pairs]


CUTS = hnp.arrays(float, 3, elements=st.integers(1, 999).map(lambda k: k / 100), unique=True)


@settings(max_examples=8)
@given(CUTS, CUTS, CUTS, CUTS, st.integers(0, 10_000))
def test_all_pairs_sum_to_the_territory_and_are_the_overlaps_of_their_cells(x0, y0, x1, y1, seed: int) -> None:
    """Two grids of cells, cut anywhere: areas of pairs are products of overlapping lengths."""
    rng = np.random.default_rng(seed)
    x0, y0, x1, y1 = map(parted, (x0, y0, x1, y1))
    old, new = rng.choice(CODES, 16), rng.choice(CODES, 16)
    towns = layer([place(0, 0, 4, 10), place(4, 0, 10, 10)])
    found = laid_over(cover(cells(x0, y0), old, 2020), cover(cells(x1, y1), new, 2023), towns, 3.0)
    assert found["area_m2"].sum() == pytest.approx(1e6, rel=1e-9)

    def shared(a: Floats, b: Floats, low: float, high: float) -> Floats:
        ends = [np.clip(v, low, high) for v in (a, b)]
        return np.maximum(
            np.minimum(ends[0][1:, None], ends[1][1:]) - np.maximum(ends[0][:-1, None], ends[1][:-1]), 0.0
        )

    want = np.zeros((2, 4, 4))
    at = {c: k for k, c in enumerate(CODES)}
    for zone, (low, high) in enumerate(((0, 4), (4, 10))):
        area = np.einsum("ik,jl->jilk", shared(x0, x1, low, high), shared(y0, y1, 0, 10)).reshape(16, 16)
        for i, j in zip(*np.nonzero(area), strict=True):
            want[zone, at[old[i]], at[new[j]]] += area[i, j] * HA * HA
    got = np.zeros_like(want)
    for row in found.itertuples():
        got[row.zone, at[row.before], at[row.after]] = row.area_m2
    np.testing.assert_allclose(got, want, atol=1e-3)


def mosaic(count: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.str_]]:
    """Squares whose sides have four points, and their codes."""
    side = np.linspace(0, 10, 4 * count + 1)
    step = side[::4]

    def ring(i: int, j: int) -> list[tuple[float, float]]:
        across, up = side[4 * i : 4 * i + 5], side[4 * j : 4 * j + 5]
        south, east = [(x, step[j]) for x in across[:4]], [(step[i + 1], y) for y in up[:4]]
        return south + east + [(x, step[j + 1]) for x in across[:0:-1]] + [(step[i], y) for y in up[:0:-1]]

    rings = [ring(i, j) for j in range(count) for i in range(count)]
    shapes = shapely.polygons([np.array([X, Y]) + HA * (np.array(r) - [0, 10]) for r in rings])
    return shapes, rng.choice(CODES, count * count)


def jittered(shapes: npt.NDArray[np.object_], sd_m: float, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """The same mosaic with every inner corner drawn anew."""
    points, place_of = np.unique(shapely.get_coordinates(shapes).round(6), axis=0, return_inverse=True)
    inner = np.all((points > points.min(0) + 1e-3) & (points < points.max(0) - 1e-3), axis=1)
    moved = points + rng.normal(0, sd_m, points.shape) * inner[:, None]
    return np.asarray(shapely.set_coordinates(shapes.copy(), moved[place_of.ravel()]))


def test_borders_drawn_anew_cover_no_change() -> None:
    """12 redrawings of 49 squares: net areas of class pairs lie inside their 95 % in at least 90 of 100 cases."""
    inside, score = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        shapes, codes = mosaic(7, rng)
        dates = [cover(jittered(shapes, 1.0, rng), codes, year) for year in (2020, 2023)]
        found = polygon_transitions(*dates, ONE, 5.0, 3.0)
        assert found.pieces["border_ha"].sum() == pytest.approx(
            found.frame.query("before != after")["area_ha"].sum(), rel=0.02
        )
        swaps = swapped(found.frame)
        z = swaps["net_ha"] / swaps.merge(errors_ha(found, swaps), on=["code", "before", "after"])["sd_ha"]
        inside += list(z < 1.96)
        score += list(z)
    assert np.mean(inside) >= 0.9
    assert 0.5 < np.sqrt(np.mean(np.square(score))) < 1.2


def test_the_carbon_of_redrawn_borders_holds_nothing_in_its_interval() -> None:
    rng = np.random.default_rng(5)
    shapes, codes = mosaic(6, rng)
    table = assess_change(city(*(cover(jittered(shapes, 1.0, rng), codes, year) for year in (2020, 2023)))).table
    row = table.iloc[-1]
    assert row["changed_ha"] > 0.3
    assert row["low_tc"] <= 0 <= row["high_tc"]
    assert row["low_tc"] < row["change_tc"] < row["high_tc"]


def test_land_of_one_date_only_is_no_change() -> None:
    """A corner without a polygon before, a polygon without data after: both are named, neither is change."""
    before = cover([place(0, 0, 5, 10), place(5, 0, 10, 8)], [FOREST, FIELD], 2020)
    after = cover([place(0, 0, 5, 9), place(0, 9, 5, 10), place(5, 0, 10, 10)], [FOREST, "9999", FIELD], 2023)
    legend = after.legend
    after = PolygonCover(
        after.path, after.frame, type(legend)(**{**legend.__dict__, "nodata": frozenset({"9999"})}), 2023
    )
    found = polygon_transitions(before, after, ONE, 3.0, 3.0)
    assert found.coverage.iloc[0].tolist() == pytest.approx([85, 5, 10, 0], abs=1e-6)
    assert set(zip(found.frame["before"], found.frame["after"], strict=True)) == {
        ("forest", "forest"), ("dryland", "dryland"),
    }  # fmt: skip


def test_codes_that_mean_two_things_are_compared_by_their_class() -> None:
    """Two tables of one's own by one name: code 2 is field at one date and forest at the other."""
    own = cover([place(0, 0, 5, 10), place(5, 0, 10, 10)], ["1", "2"], 2020)
    legend = own.legend
    then = replace(own, legend=replace(legend, name="custom", classes={"1": "forest", "2": "dryland"}))
    now = replace(own, legend=replace(legend, name="custom", classes={"1": "dryland", "2": "forest"}), year=2023)
    found = polygon_transitions(then, now, ONE, 3.0, 3.0)
    assert found.frame.set_index(["before", "after"])["area_ha"].to_dict() == pytest.approx(
        {("forest", "dryland"): 50, ("dryland", "forest"): 50}, rel=1e-9
    )
    assert found.pieces["pieces_ha2"].tolist() == pytest.approx([2500, 2500], rel=2e-9)  # squares of the areas above
    assert found.pieces["border_ha"].sum() == 0


@pytest.mark.parametrize("how", ["hold", "dated"])
def test_surveyed_ground_is_cut_out_of_two_polygon_dates_exactly(how: str) -> None:
    """A stand over 1.5 ha of the new lot and a pond on the moved border: both hold, the rest closes with the stocks."""
    before, after = redrawn()
    after.frame.loc[1, "code"] = "0404"
    stands = layer([place(6, 2, 8, 3.5)], species_group=["杉木"], volume_m3_ha=[80.0])
    ponds = layer([place(4, 8, 6, 9)], wetland_type=["pond"])
    pools = {c: {"above": float(k), "soil": 50.0 + 7 * k} for k, c in enumerate([FOREST, FIELD, BUILT, GRASS], 1)}
    for own in (None, OwnPools(pools, (), "pools.csv", False, ("above", "soil"))):
        here, then = (city(*dates, change={"surveyed": how}) for dates in ((before, after), (before, before)))
        for one in (here, then):
            one.own_pools, one.stands, one.wetlands = own, stands, ponds
        stocks = [assess(one) for one in (then, here)]
        found = assess_change(here, stocks[1])
        row = found.table.iloc[-1]
        m = found.transitions.matrix()
        assert m.loc["forest_needleleaf", "forest_needleleaf"] == pytest.approx(3.0, rel=1e-9)
        assert m.loc["pond", "pond"] == pytest.approx(2.0, rel=1e-9)
        assert m.loc["dryland", "built"] == pytest.approx(5 - 1.5, rel=1e-9)
        assert m.to_numpy().sum() == pytest.approx(100, rel=1e-9)
        assert row["border_ha"] == pytest.approx(0.18, rel=1e-6)
        grown = stocks[1].city["total_tc"] - stocks[0].city["total_tc"]
        assert row["lookup_tc"] == pytest.approx(
            grown, abs=1e-9 * stocks[1].city["total_tc"]
        )  # of which it is a difference
    codes = found.transitions.codes.set_index(["before", "after"])["area_ha"]
    assert codes[FIELD, BUILT] == pytest.approx(5.0)
