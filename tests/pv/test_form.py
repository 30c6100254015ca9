"""Roofs without a surface: slopes of known outlines, drawn roofs against built ones, the prior and its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.data import read_table
from guanghui.geo.roof_forms import FORMS
from guanghui.pv.assessment.outlined import SHEET_TILT_DEG, Expected, common_spread
from guanghui.pv.assessment.survey import MONTH_COLUMNS, survey
from guanghui.pv.energy.spread import spread_of, township_spread
from guanghui.pv.roofs.form import outline_shape
from guanghui.pv.roofs.form_clear import own_share, with_clear
from guanghui.pv.roofs.form_prior import NODES, PLACE, fitted, form_prior
from guanghui.pv.roofs.slopes import slopes
from guanghui.pv.settings import FormSettings, PvSettings
from tests.pv.test_assess import make_city
from tests.scenes import gable, town

LONG = shapely.box(0, 0, 40, 10)


def by_azimuth(shape: shapely.Geometry, form: str) -> dict[int, float]:
    found = slopes(np.array([shape]), form)
    assert found["share"].sum() == pytest.approx(1.0)
    return found.groupby(found["azimuth"].round().astype(int) % 360)["share"].sum().to_dict()


def test_slopes_of_a_rectangle_are_those_of_the_drawing() -> None:
    """A gable halves it; each hipped end is a triangle of half the width: 10·5/2 of 400 m²."""
    assert by_azimuth(LONG, "gable") == pytest.approx({0: 0.5, 180: 0.5}, abs=0.01)
    assert by_azimuth(LONG, "hip") == pytest.approx({0: 0.4375, 180: 0.4375, 90: 0.0625, 270: 0.0625}, abs=0.01)


@pytest.mark.parametrize("width", [9.0, 10.0, 11.7, 30.0])
def test_the_halves_of_a_gable_are_equal_whatever_its_width(width: float) -> None:
    assert by_azimuth(shapely.box(0, 0, 2 * width, width), "gable") == pytest.approx({0: 0.5, 180: 0.5}, abs=1e-9)


@pytest.mark.parametrize("turn", [90, 217])
@pytest.mark.parametrize("way", [1, -1])
def test_slopes_turn_with_the_outline_whichever_way_it_was_drawn(turn: int, way: int) -> None:
    corner = shapely.Polygon([(0, 0), (30, 0), (30, 10), (12, 10), (12, 25), (0, 25)][::way])
    turned = shapely.transform(
        corner, lambda p: p @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    ) if (a := np.radians(turn)) else corner  # fmt: skip
    for form in ("gable", "hip"):
        first, second = by_azimuth(corner, form), by_azimuth(turned, form)
        moved = {(k + turn) % 360: v for k, v in first.items()}
        assert second == pytest.approx(moved, abs=0.03)


def test_a_court_has_slopes_that_look_into_it() -> None:
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    found = by_azimuth(ring, "hip")
    assert found == pytest.approx(dict.fromkeys((0, 90, 180, 270), 0.25), abs=0.01)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return survey(make_city(tmp_path_factory.mktemp("built"))).roofs


@pytest.fixture(scope="module")
def withheld(tmp_path_factory):
    """The same town without its surface: nothing known, and every form and tilt told."""
    folder = tmp_path_factory.mktemp("withheld")
    blind = make_city(folder, surface=False)
    told = make_city(folder, surface=False)
    z, houses = town()
    forms = np.array([h[4] for h in houses], object)
    tilt = [np.degrees(np.arctan(2 * (z[r + h // 2, c : c + w].max() - z[r, c : c + w].max()) / h)) if f == "gable"
            else np.nan for r, c, h, w, f in houses]  # fmt: skip
    told.buildings = told.buildings.assign(form=forms, form_tilt=tilt, form_source="looked")
    return survey(blind), survey(told), forms


def test_drawn_gables_give_what_built_ones_give(built, withheld) -> None:
    """Clean gables of the town against the survey of its surface, what a form keeps taken out: 3 % on the whole."""
    _, told, forms = withheld
    gable = forms == "gable"
    drawn, true = told.roofs[gable], built[gable]
    keep_kwp, keep_kwh = form_prior().kept("gable", drawn["footprint_m2"].to_numpy(), drawn["surface_tilt"].to_numpy())
    assert (drawn["roof_form"] == "pitched").all()
    capacity = (drawn["capacity_kwp"] / keep_kwp).sum()
    assert capacity == pytest.approx(true["capacity_kwp"].sum(), rel=0.06)
    specific = (drawn["yield_kwh"] / keep_kwh).sum() / capacity
    assert specific == pytest.approx(true["yield_kwh"].sum() / true["capacity_kwp"].sum(), rel=0.03)


def test_what_is_not_known_is_said(withheld) -> None:
    blind, told, forms = withheld
    roofs = blind.roofs
    assert (roofs["roof_form"] == "unseen").all()
    assert (roofs["form_source"] == "assumed").all()
    assert roofs[["surface_tilt", "surface_azimuth"]].isna().all().all()
    chances = roofs[[f"form_{f}" for f in FORMS]]
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert (chances > 0).all().all()
    assert (told.roofs["form_source"] == "looked").all()
    np.testing.assert_allclose(told.roofs["form_gable"], forms == "gable")
    assert told.roofs["form_common"].iloc[0] < roofs["form_common"].iloc[0]


def test_figures_of_outlined_roofs_add_up(withheld) -> None:
    for found in withheld[:2]:
        roofs, faces = found.roofs.set_index("building_id"), found.faces.groupby("building_id")
        np.testing.assert_allclose(roofs[MONTH_COLUMNS].sum(axis=1), roofs["yield_kwh"], rtol=1e-9)
        for face, roof in {"area_m2": "roof_m2", "usable_m2": "usable_m2", "capacity_kwp": "capacity_kwp",
                           "yield_kwh": "yield_kwh", "ground_m2": "footprint_m2"}.items():  # fmt: skip
            np.testing.assert_allclose(faces[face].sum(), roofs[roof], rtol=1e-9, err_msg=face)
        assert (roofs["modules_m2"] <= roofs["usable_m2"]).all()
        assert ((roofs["form_low"] <= 1) & (roofs["form_high"] >= 1))[roofs["yield_kwh"] > 0].all()


def test_the_city_keeps_the_error_its_roofs_share(withheld) -> None:
    """Ten thousand roofs do not average a wrong mix of forms away: P90 of the sum keeps it."""
    roofs = pd.concat([withheld[0].roofs] * 50, ignore_index=True)
    spread = spread_of(roofs, illustrative_weather=False)
    total = township_spread(roofs, spread).iloc[-1]
    kept = (total["p50_kwh"] - total["p90_kwh"]) / total["p50_kwh"] / 1.281552
    assert kept == pytest.approx(spread.common, rel=0.02)
    without = spread_of(roofs.drop(columns=["form_sd", "form_common"]), illustrative_weather=False)
    assert spread.common**2 == pytest.approx(without.common**2 + roofs["form_common"].iloc[0] ** 2)
    assert {"common", "independent"} <= set(spread.sources.loc[spread.sources["item"] == "roof_form", "kind"])


# --- the prior
def outlines(count: int = 200) -> pd.DataFrame:
    import geopandas as gpd

    rng = np.random.default_rng(4)
    boxes = [shapely.box(0, 0, a, b) for a, b in rng.uniform(6, 40, (count, 2))]
    frame = gpd.GeoDataFrame({"building_class": ["residential"] * count}, geometry=boxes, crs=32650)
    return outline_shape(frame.assign(height_m=6.0))


def test_shares_the_region_states_are_met() -> None:
    shape, stated = outlines(), {"flat": 0.7, "gable": 0.2, "hip": 0.1}
    p = form_prior().mix(shape, None, {"residential": stated})
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_allclose(p.mean(axis=0), [0.7, 0.2, 0.1, 0.0], atol=1e-6)
    assert p[:, 0].std() > 0.02  # what outlines tell of single roofs stays


def test_roofs_looked_at_move_the_mix() -> None:
    shape = outlines()
    seen = shape.iloc[:60].assign(form="shed")
    before, after = form_prior().mix(shape)[:, 3].mean(), form_prior().mix(shape, seen)[:, 3].mean()
    assert before < 0.2
    assert after > 0.7


def test_common_error_is_that_of_drawn_mixes() -> None:
    """Closed form against 20,000 mixes drawn from a Dirichlet and what is kept drawn as normal errors."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    energy = np.array([90.0, 120.0, 105.0, 70.0])
    found = Expected(pd.DataFrame(), np.zeros((40, 12)), np.tile(energy, (40, 1)), np.tile(p, (40, 1)))
    prior, looked = form_prior(), 30
    rng = np.random.default_rng(5)
    mixes = rng.dirichlet(p * (PLACE + looked), 20_000)
    pitched = rng.standard_normal((20_000, 1)) * [prior.keep_sd[f] for f in FORMS[1:]]
    flat = rng.standard_normal((20_000, 1)) * prior.keep_sd["flat"]
    total = (mixes * energy).sum(axis=1) + (p * energy * np.hstack([flat, pitched])).sum(axis=1)
    assert common_spread([found], prior, looked) == pytest.approx(total.std() / (p * energy).sum(), rel=0.03)


def test_length_and_class_learned_elsewhere_do_not_rank_the_roofs_of_a_place() -> None:
    """They rank no better and mostly worse; what a size tells changes without a step at its limits."""
    shape = outlines()
    other = shape.assign(elongation=3.0, rectangularity=0.6, building_class="commercial")
    np.testing.assert_array_equal(form_prior().mix(shape), form_prior().mix(other))
    area = np.geomspace(30.0, 6000.0, 2000)
    rising = form_prior().mix(pd.concat([shape.iloc[:1]] * 2000).assign(area_m2=area))
    assert np.abs(np.diff(rising, axis=0)).max() < 0.01
    assert rising[-1, 0] > rising[0, 0]


def test_tilts_looked_at_count_against_eight_roofs() -> None:
    seen = outlines(40).assign(form="gable", tilt=45.0)
    before, after = form_prior().tilt["gable"], form_prior().here(seen).tilt["gable"]
    np.testing.assert_allclose(after, (40 * 45.0 + PLACE * np.array(before)) / (40 + PLACE))
    assert form_prior().here(seen).tilt["hip"] == form_prior().tilt["hip"]
    assert form_prior().here(seen.drop(columns="tilt")) is form_prior()


def test_a_measured_place_goes_before_a_made_up_one() -> None:
    """By hand: gables that keep 0.9 of the gentle 800 and 0.6 of the steep 200 kWp; made-up ones keep all."""
    kept = pd.DataFrame({"place": ["real", "real", "made"], "form": "gable", "size": 1, "steep": [0, 1, 0],
                         "roofs": 100_000, "drawn_kwp": [800.0, 200.0, 900.0], "kept_kwp": [720.0, 120.0, 900.0],
                         "mark": ["measured", "measured", "assumed"]})  # fmt: skip
    kept = kept.assign(drawn_kwh=kept["drawn_kwp"] * 1000, kept_kwh=kept["kept_kwp"] * 990)
    one = pd.DataFrame({"place": ["real"], "form": "gable", "roofs": 20})
    mix, rest = one.assign(building_class="other", outline="1.0.0.0"), one.assign(size=1, mark="measured")
    tilt = one.assign(low_deg=20, middle_deg=25, high_deg=40)
    found = fitted(mix, tilt, kept, rest.assign(**{f"q{k + 1:02d}": 1.0 for k in range(11)}))
    assert found.keep["gable"] == pytest.approx((0.84, 0.84 * 0.99))
    assert found.steep == pytest.approx(0.6 / 0.9, rel=1e-3)
    capacity, energy = found.kept("gable", np.array([110.0, 110.0]), np.array([25.0, 40.0]))
    assert capacity[1] / capacity[0] == pytest.approx(0.6 / 0.9, rel=1e-3)
    np.testing.assert_allclose(energy / capacity, 0.99)


def test_every_learned_figure_says_where_it_is_from() -> None:
    for name in ("mix", "tilt", "keep", "rest"):
        table = read_table("factors", f"roof_form_{name}.csv")
        assert table[["place", "mark", "source", "unit", "year"]].notna().all().all()
        assert set(table["mark"]) <= {"measured", "assumed"}
    prior = form_prior()
    assert (np.diff(prior.rest, axis=2) >= 0).all()
    assert prior.rest.shape == (len(FORMS), 6, len(NODES))
    assert all(0.5 < e < 1.1 for _, e in prior.keep.values())


def traced(clear: float, count: int = 30, form: str = "gable") -> pd.DataFrame:
    """Roofs of 110 m² of which half is expected to be free."""
    return pd.DataFrame({"form": form, "area_m2": 110.0, "clear": clear, "expected": 0.5}, index=range(count))


def test_traced_roofs_move_the_place_as_far_as_they_tell() -> None:
    """By hand, 30 gables of a share of 0.4 for 0.5, all alike: s² of eight roofs' worth, λ = 0.1² / (0.1² + s²/30)."""
    prior = form_prior()
    single = prior.rest[1, 1].std()
    err = np.hypot(0.06 / 0.5, 0.05)
    squares = PLACE * (single**2 + err**2) / (PLACE + 29)
    trust = 0.1**2 / (0.1**2 + squares / 30)
    after = with_clear(prior, traced(0.4))
    moved = 1 + trust * (0.4 / 0.5 - 1)
    for form in FORMS[1:]:
        np.testing.assert_allclose(after.keep[form], np.array(prior.keep[form]) * moved)
        assert after.keep_sd[form] == pytest.approx(np.hypot(0.1 * np.sqrt(1 - trust), 0.05 * trust))
    assert after.keep["flat"] == prior.keep["flat"]
    narrower = after.rest[1, 1].std() / single
    assert narrower == pytest.approx(np.sqrt(max(squares - err**2, (single / 4) ** 2)) / single)
    assert narrower < 0.7  # thirty roofs alike
    few = with_clear(prior, traced(0.4, 3))
    assert moved < few.keep["gable"][1] / prior.keep["gable"][1] < 1.0
    nothing = with_clear(prior, traced(np.nan))
    assert nothing.keep == prior.keep
    np.testing.assert_array_equal(nothing.rest, prior.rest)


def test_a_traced_roof_moves_itself() -> None:
    prior = form_prior()
    area = np.array([110.0, 110.0])
    factor, left = own_share(prior, "gable", area, np.array([0.25, np.nan]), np.array([0.5, 0.5]))
    single = prior.rest[1, 1].std() ** 2
    trust = single / (single + (0.06 / 0.5) ** 2 + 0.05**2)
    np.testing.assert_allclose(factor, [1 - 0.5 * trust, 1.0])
    np.testing.assert_allclose(left, [np.sqrt(1 - trust), 1.0])


def test_traced_shares_reach_the_roofs_of_a_survey(withheld, tmp_path) -> None:
    """All roofs half as free as drawn ones: less of all of them, a narrower common part, kWh/kWp as before."""
    _, told, forms = withheld
    city = make_city(tmp_path, surface=False)
    share = 0.5 * told.roofs["usable_m2"] / told.roofs["footprint_m2"]
    city.buildings = city.buildings.assign(form=forms, form_tilt=np.nan, form_clear=share.to_numpy(),
                                           form_source="looked")  # fmt: skip
    city.buildings["form_tilt"] = told.roofs["surface_tilt"].where(told.roofs["surface_tilt"] >= 10).to_numpy()
    found = survey(city).roofs
    ratio = found["yield_kwh"] / told.roofs["yield_kwh"]
    assert ratio.max() < 0.9
    np.testing.assert_allclose(found["specific_yield_kwh_kwp"], told.roofs["specific_yield_kwh_kwp"], rtol=1e-6)
    assert found["form_common"].iloc[0] < told.roofs["form_common"].iloc[0]
    assert (found["form_sd"] < told.roofs["form_sd"]).all()
    assert "form_clear" not in found


# --- sheet steel
def _halls(z, houses) -> None:
    """Two halls of sheet steel, one in ten steep: one with its ridge to the east, one with its ridge to the north."""
    z[:] = 0.0
    houses[:] = [(20, 20, 30, 60, "gable"), (100, 20, 60, 30, "gable")]
    for r, c, h, w, _ in houses:
        z[r : r + h, c : c + w] = gable((h, w), SHEET_TILT_DEG) if w > h else gable((w, h), SHEET_TILT_DEG).T


def test_a_sheet_roof_nobody_has_seen_has_two_halves(tmp_path_factory) -> None:
    """Against the survey of halls built so, to 0.05 %; taken as level they would give 0.2 to 0.3 % more a kWp."""
    seen = make_city(tmp_path_factory.mktemp("halls"), spoil=_halls)
    told = make_city(tmp_path_factory.mktemp("outlines"), surface=False, spoil=_halls)
    for city in (seen, told):
        city.buildings["building_class"] = "industrial"
    built = survey(seen).roofs
    told.buildings = told.buildings.assign(form="flat", form_tilt=np.nan, form_source="column")
    found = survey(told).roofs
    assert (built["mount"] == "flush").all()
    assert (found["mount"] == "flush").all()
    kwp, kwh = form_prior().kept("flat", built["footprint_m2"].to_numpy(), 0.0)
    np.testing.assert_allclose(found["capacity_kwp"] / kwp, built["capacity_kwp"], rtol=0.02)
    specific = (found["yield_kwh"] / kwh) / (found["capacity_kwp"] / kwp)
    np.testing.assert_allclose(specific, built["specific_yield_kwh_kwp"], rtol=0.0005)
    level = make_city(tmp_path_factory.mktemp("level"), surface=False, spoil=_halls,
                      settings=PvSettings(form=FormSettings(assume="level")))  # fmt: skip
    level.buildings["building_class"] = "industrial"
    flat = survey(level).roofs
    off = flat["specific_yield_kwh_kwp"] / built["specific_yield_kwh_kwp"] - 1.0
    assert (off > 0.001).all()
    assert off.max() > 0.0025
