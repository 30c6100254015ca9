"""Skylines kept for the pages: what the survey saw, in whole degrees, and the sun of three days over them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pvlib import solarposition

from guanghui import pv
from guanghui.pv.assessment.skylines import AZIMUTHS, sun_paths, sunlit
from tests.pv.test_assess import make_city

WALL_M = 60.0


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    def wall(z, houses) -> None:  # a long slab east of the first flat house, its middle some 20 cells away
        r, c, h, w, _ = next(x for x in houses if x[4] == "flat")
        z[r - 4 : r + h + 4, c + w + 3 : c + w + 6] = z.min() + WALL_M

    return make_city(tmp_path_factory.mktemp("sky"), spoil=wall)


def test_a_skyline_is_what_the_survey_saw(city) -> None:
    before = len(city.notes.items)
    kept = pv.skylines(city)
    assert len(city.notes.items) == before
    assert kept.to_numpy().dtype == np.uint8
    found = pv.hours(city)
    roofs = found.roofs.set_index("building_id")
    assert list(kept.index) == roofs.index[roofs["yield_kwh"] > 0].tolist()
    (part,) = found.faces
    months = [c for c in part.table if c.startswith("yield_")]
    for roof in kept.index:
        own = part.table[part.table["building_id"] == roof]
        main = own.loc[own[months].sum(axis=1).idxmax()]
        true = np.degrees(np.arcsin(np.median(main["skyline"], axis=0) / 255))
        nodes = (part.model.table.nodes + part.model.convergence) % 360
        for node, height in zip(nodes, true, strict=True):
            at = node / 5
            left, way = int(at) % 72, at - int(at)
            told = kept.loc[roof].to_numpy(float)
            between = told[left] + way * (told[(left + 1) % 72] - told[left])
            near = np.interp([node - 7.5, node, node + 7.5], nodes, true, period=360)
            assert near.min() - 1 <= between <= near.max() + 1, (roof, node, height)


def test_a_wall_in_the_east_hides_the_morning_as_its_height_says(city) -> None:
    kept = pv.skylines(city)
    flat = pv.survey(city).roofs.query("roof_form == 'flat'").sort_values("building_id")["building_id"].tolist()
    east, west = kept[["sky_085", "sky_090", "sky_095"]].loc[flat], kept[["sky_270", "sky_275"]].loc[flat]
    assert (east.iloc[0] > 55).all(), "60 m at some 10 to 30 m"
    assert (west.iloc[0] < 20).all()
    paths = sun_paths(*reversed(city.middle_deg), utc_offset_h=8.0)
    for day in (paths["equinox"], paths["summer"]):
        lit = sunlit(kept.loc[flat[:1]].to_numpy(), day.altitude, day.azimuth)[0]
        morning, evening = (day.azimuth > 70) & (day.azimuth < 110), day.azimuth > 240
        assert lit[morning & (day.altitude < 50)].mean() < 0.05
        assert lit[evening & (day.altitude > 20)].all()


def test_the_sun_stands_where_pvlib_says_in_every_year() -> None:
    paths = sun_paths(29.2, 115.8, utc_offset_h=8.0, step_min=30)
    for name, (month, day) in {"winter": (12, 21), "equinox": (3, 20), "summer": (6, 21)}.items():
        for year in (2022, 2028):
            times = pd.DatetimeIndex([pd.Timestamp(year, month, day, m // 60, m % 60) for m in paths[name].minute])
            true = solarposition.get_solarposition(times.tz_localize("Asia/Shanghai"), 29.2, 115.8)
            np.testing.assert_allclose(paths[name].altitude, true["apparent_elevation"], atol=0.5)
        noon = 90 - abs(29.2 - {"winter": -23.44, "equinox": 0.0, "summer": 23.44}[name])
        assert paths[name].altitude.max() == pytest.approx(noon, abs=0.6)


def test_skylines_run_straight_between_their_directions() -> None:
    rng = np.random.default_rng(2)
    kept = rng.integers(0, 80, (30, len(AZIMUTHS)))
    azimuth, altitude = rng.uniform(0, 360, 400), rng.uniform(-5, 90, 400)
    true = np.stack([np.interp(azimuth, AZIMUTHS, row, period=360) for row in kept])
    np.testing.assert_array_equal(sunlit(kept, altitude, azimuth), (altitude > 0) & (altitude > true))
