"""Energy hour by hour: it adds up to the survey, stands still at night, and is shaded by what stands there."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from guanghui import pv
from guanghui.geo.errors import InputError
from guanghui.pv.assessment.hour_faces import HourlyFaces
from guanghui.pv.assessment.hours import HOURS, Hours
from guanghui.pv.assessment.survey import MONTH_COLUMNS
from guanghui.pv.energy.system import performance
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.sky import sky_table
from tests.pv.test_assess import make_city
from tests.scenes import hourly_weather

SETTINGS = PvSettings(reach_m=80)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    def wall(z, houses) -> None:  # a slab of 60 m east of the first flat house
        r, c, h, w, _ = next(x for x in houses if x[4] == "flat")
        z[r - 4 : r + h + 4, c + w + 3 : c + w + 6] = z.min() + 60.0

    return make_city(tmp_path_factory.mktemp("hours"), spoil=wall)


@pytest.fixture(scope="module")
def found(city) -> Hours:
    return pv.hours(city)


def test_hours_add_up_to_the_survey(found) -> None:
    roofs = found.roofs
    for groups in (roofs["building_id"], roofs["township_code"], np.zeros(len(roofs))):
        sums = found.sums(groups)
        assert len(sums) == HOURS
        months = sums.groupby(sums.index.month).sum().T.to_numpy()
        np.testing.assert_allclose(months, roofs.groupby(np.asarray(groups))[MONTH_COLUMNS].sum(), rtol=1e-9)
        assert (sums >= 0).all().all()


def test_one_roof_is_the_same_alone(city, found) -> None:
    alone = pv.hourly(city, "b004")
    whole = found.sums(found.roofs["building_id"])["b004"]
    np.testing.assert_allclose(alone, whole, rtol=1e-9)


def test_skylines_change_no_figure_and_a_township_is_the_sum_of_its_roofs(city, found) -> None:
    town = pv.hourly(city, township="1", building_class="residential")
    np.testing.assert_allclose(town, found.sums(found.roofs["township_code"])["1"], rtol=1e-9)
    own = found.roofs["township_code"] == "1"
    plain = pv.survey(city, found.roofs.loc[own, "building_id"].tolist()).roofs
    np.testing.assert_allclose(plain["yield_kwh"], found.roofs.loc[own, "yield_kwh"], rtol=1e-12)


def test_nights_are_dark_and_a_wall_in_the_east_takes_the_morning(found) -> None:
    each = found.sums(found.roofs["building_id"])
    assert (each[each.index.hour.isin([22, 23, 0, 1, 2])] == 0).all().all()
    flat = found.roofs[found.roofs["roof_form"] == "flat"].sort_values("building_id")["building_id"].tolist()
    by_hour = each[flat].groupby(each.index.hour).sum()
    share = by_hour.loc[5:9].sum() / by_hour.loc[14:18].sum()
    assert share.iloc[0] < 0.8 * share.iloc[1:].median()


def faces_of(
    count: int, sky: float, seed: int = 1, tilts: tuple[float, ...] = (0.0, 10.0, 25.0, 30.0)
) -> tuple[HourlyFaces, pd.DataFrame]:
    """Faces of any size made up, each with a skyline that stands equally high all round."""
    weather = hourly_weather()
    table = sky_table(weather)
    rng = np.random.default_rng(seed)
    tilt = rng.choice(tilts, count)
    planes = pd.DataFrame({"surface_tilt": tilt, "surface_azimuth": rng.choice(np.arange(0, 360, 30.0), count)})
    kinds = planes.assign(rack=False).drop_duplicates(ignore_index=True)
    year = performance(weather, kinds, SETTINGS).energy
    row = planes.merge(kinds.reset_index(), on=["surface_tilt", "surface_azimuth"])["index"].to_numpy()
    frame = pd.DataFrame({"building_id": np.arange(count).astype(str), "module_tilt": tilt,
                          "module_azimuth": planes["surface_azimuth"], "rack": False,
                          "sky_view": (1 + np.cos(np.radians(tilt))) / 2})  # fmt: skip
    frame[MONTH_COLUMNS] = year[row] * rng.uniform(1, 20, (count, 1))
    height = np.uint8(round(255 * sky))
    frame["skyline"] = list(np.full((count, 5, len(table.nodes)), height, np.uint8))
    model = type("Model", (), {"table": table, "convergence": 0.0})()
    return HourlyFaces(frame, weather, model, SETTINGS), frame


def test_an_open_plane_has_the_hours_of_its_class() -> None:
    """Against the hourly run of the same planes, with nothing in between."""
    from guanghui.pv.energy.system import plane_power

    part, frame = faces_of(6, 0.0)
    got = Hours(pd.DataFrame({"building_id": frame["building_id"]}), (part,)).sums(frame["building_id"])
    weather = hourly_weather()
    suns = weather.suns(30.0)
    air, wind = (weather.data[c].to_numpy(float)[suns.interval] for c in ("temp_air", "wind_speed"))
    for i, row in frame.iterrows():
        azimuth = 180.0 if row["module_tilt"] == 0 else row["module_azimuth"]
        _, power = plane_power(suns, air, wind, row["module_tilt"], azimuth, rack=False, settings=SETTINGS)
        true = np.bincount(suns.interval, power, HOURS) * suns.hours
        kwp = frame.loc[i, MONTH_COLUMNS].sum() / true.sum()
        np.testing.assert_allclose(got[str(i)], true * kwp, atol=0.02 * true.max() * kwp)
        assert np.abs(got[str(i)] - true * kwp).sum() < 0.01 * true.sum() * kwp


def test_below_a_high_skyline_the_day_is_short() -> None:
    """A skyline of 30° all round: no direct light while the sun is lower; hours of pure direct light vanish."""
    part, frame = faces_of(4, 0.5)
    part.table["sky_view"] = 0.0
    day = Hours(pd.DataFrame({"building_id": frame["building_id"]}), (part,)).sums(np.zeros(4))[0.0]
    assert (day[day.index.hour < 7] == 0).all()
    assert day[(day.index.hour == 12) & (day.index.month == 6)].sum() > 0


def test_a_county_is_summed_at_once() -> None:
    """6,000 faces into 10 townships within a hundredth of the bound of 600,000 faces into 100 (60 CPU s)."""
    part, frame = faces_of(6_000, 0.1, tilts=(0.0, 25.0))
    roofs = Hours(pd.DataFrame({"building_id": frame["building_id"]}), (part,))
    roofs.sums(np.zeros(6_000))
    start = time.process_time()
    sums = roofs.sums(np.arange(6_000) % 10)
    assert time.process_time() - start < 0.6
    assert float(sums.to_numpy().sum()) == pytest.approx(float(frame[MONTH_COLUMNS].to_numpy().sum()), rel=1e-9)


def test_what_is_asked_for_must_be_there(city) -> None:
    with pytest.raises(InputError, match="name a roof"):
        pv.hourly(city)
    with pytest.raises(InputError, match="no roof of"):
        pv.hourly(city, township="nowhere")
