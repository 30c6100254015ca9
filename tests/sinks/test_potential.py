from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from guanghui.geo.errors import InputError
from guanghui.geo.grid import Grid
from guanghui.geo.landcover import land_class
from guanghui.geo.raster import from_numpy
from guanghui.sinks import SinkSettings
from guanghui.sinks.carbon.growth import growth_curve
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.settings import CcerSettings, PotentialSettings
from guanghui.sinks.years.ccer import afforestation, salt_marsh
from guanghui.sinks.years.potential import large_patches, planting_potential, slope_deg, water_distance
from tests.sinks.conftest import EQUAL, TOWNS, X, Y, layer, place

F = load_factors()
GRID = Grid.from_bounds((X, Y - 1000, X + 3000, Y), 100.0, EQUAL)


def classes(**places: str):
    """Bare land everywhere but at the named boxes "c0 r0 c1 r1"."""
    ids = np.full(GRID.shape, land_class("bare").id, np.uint8)
    for key, boxes in places.items():
        for box in boxes.split(";"):
            c0, r0, c1, r1 = map(int, box.split())
            ids[r0:r1, c0:c1] = 0 if key == "unknown" else land_class(key).id
    out = from_numpy(ids, GRID)
    out.attrs["nodata"] = 0
    return out


def test_rules_leave_what_they_say() -> None:
    """300 ha: 100 forest, 50 unknown, slope bars 20, farmland bars 30 of the rest, one lone cell is too small."""
    land = classes(forest="0 0 10 10", unknown="25 0 30 10", paddy="24 0 25 10")
    slope = np.zeros(GRID.shape)
    slope[:, 10:12] = 40.0
    settings = PotentialSettings(min_patch_m2=20_000, classes=("bare",))
    found = planting_potential(land, TOWNS, settings, slope=slope, farmland=layer([place(12, 0, 15, 10)]),
                               excluded=layer([place(15, 0, 24, 9), place(16, 9, 24, 10)]))  # fmt: skip
    left = found.screen.rules.set_index("rule")["left_ha"]
    assert left.to_dict() == pytest.approx(
        {"land": 250, "classes": 140, "slope": 120, "farmland": 90, "excluded": 1, "water": 1, "patch": 0},
        rel=1e-7,
        abs=1e-9,
    )
    assert found.screen.rules.set_index("rule")["used"].to_dict()["water"] is False
    open_again = planting_potential(land, TOWNS, settings)
    table = open_again.table.set_index("name")
    assert table.loc["中乡", "eligible_ha"] == pytest.approx(100)
    assert table.loc["全市", "eligible_ha"] == pytest.approx(140)
    curve = growth_curve("mixed", F)
    assert table.loc["全市", "gain_2045_tc"] == pytest.approx(140 * float(curve.density(2045 - 2026)))
    assert table.loc["全市", "gain_2060_tc"] > table.loc["全市", "gain_2030_tc"]
    for year in (2030, 2045, 2060):
        low, mid, high = (table[f"gain_{year}_{end}tc"] for end in ("low_", "", "high_"))
        assert ((low < mid) & (mid < high)).loc[["中乡", "全市"]].all()
        half = float((high - low)["全市"]) / 2 / float(mid["全市"])
        assert half == pytest.approx(1.96 * curve.spread.sd / curve.spread.value, rel=0.15)


def test_what_stood_there_before_is_taken_off() -> None:
    land = classes(grassland="0 0 30 10")
    table = planting_potential(land, TOWNS, PotentialSettings()).table.set_index("code")
    curve = growth_curve("mixed", F)
    assert table.loc["", "gain_2030_tc"] == pytest.approx(300 * (float(curve.density(4)) - 1.3 - 10.1))


def test_patches_are_connected_by_corners() -> None:
    mask = np.zeros((5, 5), bool)
    mask[0, 0] = mask[1, 1] = mask[4, 4] = True
    area = np.ones((5, 5))
    assert large_patches(mask, area, 2.0).sum() == 2
    assert large_patches(mask, area, 2.5).sum() == 0
    assert large_patches(mask, area, 0.0).sum() == 3


def test_slope_of_a_plane() -> None:
    grid = Grid.from_bounds((499_900, 3_200_000, 500_100, 3_200_200), 10.0, "EPSG:4548")
    y, x = np.meshgrid(grid.coords()["y"], grid.coords()["x"], indexing="ij")
    found = slope_deg(from_numpy(0.3 * x + 0.4 * y, grid))
    np.testing.assert_allclose(found[1:-1, 1:-1], np.degrees(np.arctan(0.5)), rtol=1e-9)


@pytest.mark.parametrize(
    ("crs", "bounds"), [(4326, (117.0, 29.0, 117.02, 29.02)), (3857, (1.3e7, 3.37e6, 1.3002e7, 3.372e6))]
)
def test_slope_is_that_of_true_metres_on_any_grid(crs: int, bounds: tuple[float, ...]) -> None:
    """A plane that rises 0.3 m for each geodesic metre east and 0.4 m north, on degrees and on Web Mercator."""
    side = (bounds[2] - bounds[0]) / 40
    grid = Grid.from_bounds(bounds, side, crs)
    x, y = np.meshgrid(grid.coords()["x"], grid.coords()["y"])
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    geod = Geod(ellps="WGS84")
    one = np.full(lon.shape, float(lon[0, 0]))
    east = geod.inv(one, lat, lon, lat)[2]
    north = geod.inv(one, np.full(lat.shape, float(lat[-1, 0])), one, lat)[2]
    found = slope_deg(from_numpy(0.3 * east + 0.4 * north, grid))[1:-1, 1:-1]
    np.testing.assert_allclose(np.tan(np.radians(found)), 0.5, rtol=2e-3)  # a nominal side would be 13 % out


def test_distance_to_water() -> None:
    far = water_distance(classes(lake="0 0 1 10"))
    assert far[5, 0] == 0
    assert far[5, 4] == pytest.approx(400, rel=1e-6)
    assert np.isinf(water_distance(classes())).all()
    settings = PotentialSettings(max_water_distance_m=450.0)
    table = planting_potential(classes(lake="0 0 1 10"), TOWNS, settings).table.set_index("code")
    assert table.loc["", "eligible_ha"] == pytest.approx(40)


def ccer(**rules) -> SinkSettings:
    return SinkSettings(ccer=CcerSettings(**rules))


def test_afforestation_rules_one_by_one() -> None:
    now = classes(
        forest="0 0 5 10", marsh="5 0 8 10", orchard="8 0 10 10", urban_green="10 0 12 10", paddy="12 0 15 10"
    )
    before = classes(forest="0 0 5 10;20 0 24 10")
    found = afforestation(now, TOWNS, ccer(), before=before, years_between=5, factors=F)
    left = found.screen.rules.set_index("rule")["left_ha"]
    want = {"land": 300, "no_forest": 250, "history": 210, "planned": 210, "wetland": 180, "orchard": 160, "urban": 140,
            "cropland": 110, "plantable": 110, "patch": 110}  # fmt: skip
    assert left.to_dict() == pytest.approx(want, rel=1e-7)
    assert found.table["eligible_ha"].iloc[-1] == pytest.approx(110)
    assert found.table["eligible_ha"].iloc[:-1].sum() == pytest.approx(110)
    for switch, more in (
        ("exclude_wetland", 30),
        ("exclude_orchard", 20),
        ("exclude_urban", 20),
        ("history_years", 40),
    ):
        off = 0 if switch == "history_years" else False
        open_ = afforestation(now, TOWNS, ccer(**{switch: off}), before=before, years_between=5, factors=F)
        assert open_.table["eligible_ha"].iloc[-1] == pytest.approx(110 + more), switch
    planned = afforestation(now, TOWNS, ccer(), before=before, years_between=5, planned=layer([place(15, 0, 18, 10)]))
    assert planned.table["eligible_ha"].iloc[-1] == pytest.approx(30)
    assert "estimate" in found.label_en
    assert "估算" in found.label_zh
    assert (found.screen.rules[["label_zh", "label_en"]] != "").all().all()


def test_patches_under_400_square_metres_fall_out() -> None:
    grid = Grid.from_bounds((X, Y - 100, X + 100, Y), 10.0, EQUAL)
    ids = np.full(grid.shape, land_class("forest").id, np.uint8)
    ids[0, 0] = ids[0, 1] = ids[1, 0] = land_class("bare").id  # 300 m²
    ids[5:7, 5:7] = land_class("bare").id  # 400 m²
    land = from_numpy(ids, grid)
    found = afforestation(land, TOWNS.iloc[:1], ccer(history_years=0), factors=F)
    assert found.table["eligible_ha"].iloc[-1] == pytest.approx(0.04, rel=1e-6)
    older = afforestation(land, TOWNS.iloc[:1], ccer(history_years=0, min_patch_m2=667), factors=F)
    assert older.table["eligible_ha"].iloc[-1] == 0


def test_history_needs_a_map_that_is_old_enough() -> None:
    with pytest.raises(InputError, match="history_years = 3"):
        afforestation(classes(), TOWNS, ccer(), factors=F)
    with pytest.raises(InputError, match="history_years = 3"):
        afforestation(classes(), TOWNS, ccer(), before=classes(), years_between=2, factors=F)


def test_credits_hold_back_the_buffer() -> None:
    found = afforestation(classes(), TOWNS, ccer(history_years=0, buffer=0.1, leakage=0.05), factors=F)
    row = found.table.iloc[-1]
    curve = growth_curve("mixed", F)
    gain = 300 * float(curve.density(20)) * 44 / 12 / 20
    assert row["gain_tco2_yr"] == pytest.approx(gain)
    assert row["credit_tco2_yr"] == pytest.approx(gain * 0.9 * 0.95)
    assert row["credit_low_tco2_yr"] < row["credit_tco2_yr"] < row["credit_high_tco2_yr"]
    assert row["credit_tco2"] == pytest.approx(20 * row["credit_tco2_yr"])


def test_salt_marsh_needs_bare_flats() -> None:
    land = classes(tidal_flat="0 0 10 10", salt_marsh="10 0 20 10")
    cover = from_numpy(np.full(GRID.shape, 0.02), GRID)
    cover[:, :4] = 0.06
    found = salt_marsh(land, TOWNS, SinkSettings(wetland={"salinity_ppt": 28}), vegetation_cover=cover, factors=F)
    assert found.table["eligible_ha"].iloc[-1] == pytest.approx(60)
    assert found.table["credit_tco2_yr"].iloc[-1] == pytest.approx(60 * 0.91 * 44 / 12 * 0.9)
    ponds = salt_marsh(
        land, TOWNS, SinkSettings(wetland={"salinity_ppt": 28}), cleared=layer([place(20, 0, 22, 10)]), factors=F
    )
    assert ponds.table["eligible_ha"].iloc[-1] == pytest.approx(120)


def test_a_brackish_marsh_earns_nothing() -> None:
    """Below 18 ppt methane outweighs what is buried: the loss is shown, no credit is."""
    row = salt_marsh(classes(tidal_flat="0 0 10 10"), TOWNS, SinkSettings(), factors=F).table.iloc[-1]
    assert row["gain_tco2_yr"] < 0
    assert row["credit_tco2_yr"] == 0


def test_masks_carry_their_grid() -> None:
    found = afforestation(classes(unknown="0 0 1 1"), TOWNS, ccer(history_years=0), factors=F)
    assert Grid.of(found.screen.mask).matches(GRID)
    assert int(found.screen.mask[0, 0]) == 0
    assert shapely.box(*GRID.bounds).area == pytest.approx(3e6)
