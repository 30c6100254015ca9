"""What a weather file says of itself: leap days, codes for missing, spikes, an altitude nobody knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_checks import checked_weather
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours

CODES = {"ghi": 13, "dni": 14, "dhi": 15}


def rows(year: int) -> pd.DataFrame:
    """Hours of the synthetic year on the calendar of a year; a leap day repeats the day before."""
    data = hourly_weather().data
    index = pd.date_range(f"{year}-01-01", f"{year}-12-31 23:00", freq="h")
    day = index.day_of_year.to_numpy() - 1
    if len(index) > 8760:
        day = np.where(day >= 59, day - 1, day)
    return data.iloc[day * 24 + index.hour.to_numpy()].set_index(index)


def epw(path: Path, frame: pd.DataFrame, *, altitude: float = 40.0) -> Path:
    head = [f"LOCATION,Town,-,CHN,SYNTH,0,{LATITUDE},{LONGITUDE},8.0,{altitude}", "DESIGN CONDITIONS,0",
            "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0", "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,x",
            "COMMENTS 2,x", "DATA PERIODS,1,1,Data,Sunday,1/1,12/31"]  # fmt: skip
    lines = []
    for stamp, row in zip(frame.index, frame.to_dict("records"), strict=True):
        fields = ["0"] * 35
        fields[:5] = [str(stamp.year), str(stamp.month), str(stamp.day), str(stamp.hour + 1), "60"]
        fields[5] = "A"
        fields[6], fields[21] = f"{row['temp_air']:.1f}", f"{row['wind_speed']:.1f}"
        for name, place in CODES.items():
            fields[place] = f"{row[name]:.2f}"
        lines.append(",".join(fields))
    path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Weather:
    return read_weather(epw(tmp_path_factory.mktemp("epw") / "plain.epw", rows(2021)))


def test_a_leap_year_is_the_same_year(tmp_path: Path, plain: Weather) -> None:
    leap = read_weather(epw(tmp_path / "leap.epw", rows(2020)))
    assert len(leap.data) == 8760
    assert leap.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=1e-9)


@pytest.mark.parametrize("missing", ["dhi", "dni"])
def test_a_column_of_codes_is_missing(tmp_path: Path, plain: Weather, missing: str) -> None:
    got = read_weather(epw(tmp_path / "gap.epw", rows(2021).assign(**{missing: 9999.0})))
    assert got.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=1e-6)
    assert got.monthly("dhi").sum() == pytest.approx(plain.monthly("dhi").sum(), rel=0.15)


def test_global_radiation_of_codes_is_made_from_the_other_two(tmp_path: Path, plain: Weather) -> None:
    got = read_weather(epw(tmp_path / "ghi.epw", rows(2021).assign(ghi=9999.0)))
    assert got.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=0.01)


def test_a_file_of_codes_alone_is_refused(tmp_path: Path) -> None:
    frame = rows(2021).assign(ghi=9999.0, dhi=9999.0, dni=9999.0)
    with pytest.raises(InputError, match="missing"):
        read_weather(epw(tmp_path / "none.epw", frame))


def test_one_spike_does_not_tell_the_unit(tmp_path: Path, plain: Weather) -> None:
    frame = rows(2021)
    frame.iloc[4000, list(frame.columns).index("ghi")] = 4000.0
    assert read_weather(epw(tmp_path / "spike.epw", frame)).ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=0.002)


@pytest.mark.parametrize("factor", [0.001, 3.6])
def test_another_unit_is_still_refused(tmp_path: Path, factor: float) -> None:
    frame = rows(2021)
    frame[["ghi", "dhi", "dni"]] *= factor
    with pytest.raises(InputError, match="W/m²"):
        read_weather(epw(tmp_path / "unit.epw", frame))


def test_an_altitude_of_minus_9999_is_unknown(tmp_path: Path) -> None:
    path = epw(tmp_path / "alt.epw", rows(2021), altitude=-9999.0)
    assert read_weather(path).altitude == 0.0
    assert read_weather(path, altitude=35.0).altitude == 35.0


@pytest.mark.parametrize(("by_hand", "doubted"), [(30.0, False), (-60.0, True)])
def test_a_shift_by_hand_wins_over_the_fit_and_a_doubt_is_said(by_hand: float, doubted: bool) -> None:
    """Stamps lie 30 min before the middle; what is given by hand moves them, and the fit is told beside it."""
    frame = raw_hours(-30)
    found = checked_weather(frame, latitude=LATITUDE, longitude=LONGITUDE, label="x", shift_min=by_hand)
    assert found.data.index[0] - frame.index[0] == pd.Timedelta(minutes=by_hand)
    told = next(n.text for n in found.notes if "shift_min" in n.text)
    assert ("check shift_min" in told) == doubted


def test_years_of_one_file_tell_their_spread() -> None:
    """Three years of 90, 100 and 110 %: the standard deviation is 10 %; two years tell none."""
    frame = raw_hours()
    years = [
        frame.assign(ghi=frame["ghi"] * k, dhi=frame["dhi"] * k).set_axis(frame.index + pd.Timedelta(days=365 * i))
        for i, k in enumerate((0.9, 1.0, 0.8))
    ]
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "label": "x"}
    assert checked_weather(pd.concat(years), **place).year_sd == pytest.approx(0.1 / 0.9, rel=0.01)
    assert np.isnan(checked_weather(pd.concat(years[:2]), **place).year_sd)


@pytest.mark.parametrize(("factor", "carried"), [(1.01, 0.0), (0.8, 0.05)])
def test_half_of_a_gap_that_does_not_close_is_carried(factor: float, carried: float) -> None:
    data = hourly_weather().data
    frame = data.assign(dni=data["dni"] * factor)
    found = checked_weather(frame, latitude=LATITUDE, longitude=LONGITUDE, label="x")
    beam = (data["ghi"] - data["dhi"]).sum() / data["ghi"].sum() * (1 - factor)
    assert found.closure_sd == pytest.approx((1 / (1 - beam) - 1) / 2 if carried else 0.0, abs=1e-3)
    assert found.ghi_kwh_m2 == pytest.approx(hourly_weather().ghi_kwh_m2)
    assert any("carried into P90" in n.text for n in found.notes) == bool(carried)
