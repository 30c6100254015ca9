from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanghui.geo.errors import InputError
from guanghui.pv.sun.weather_checks import checked_weather
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import LATITUDE, LONGITUDE, raw_hours


def check(frame: pd.DataFrame, **options):
    return checked_weather(frame, latitude=LATITUDE, longitude=LONGITUDE, altitude=25.0, label="test", **options)


@pytest.mark.parametrize(("shift", "found"), [(-30, "start"), (0, "middle"), (30, "end")])
def test_time_stamps_are_found_by_the_sun(shift: int, found: str) -> None:
    w = check(raw_hours(shift))
    assert f"mark the {found}" in w.notes[0].text
    middle = pd.DatetimeIndex(w.data.index)
    assert (middle.minute == 30).all()


@pytest.mark.parametrize("shift", [-85, -70, -40, 15, 45, 60, 85])
def test_a_clock_between_the_names_is_used_as_fitted(shift: int) -> None:
    w = check(raw_hours(shift))
    off = (pd.DatetimeIndex(w.data.index) - raw_hours().index) / pd.Timedelta(minutes=1)
    assert abs(off[0]) <= 2.5
    assert f"moved by {-shift:+d} min" in w.notes[0].text
    assert f"{-shift:+d} 分钟至时段中点" in w.notes[0].text_zh


def test_a_clock_an_hour_off_gives_the_same_beam() -> None:
    plain, moved = check(raw_hours()), check(raw_hours(-60))
    for column in ("ghi", "dhi", "dni"):
        assert moved.monthly(column).sum() == pytest.approx(plain.monthly(column).sum(), rel=2e-3)
    assert not any("exceeded" in n.text for n in moved.notes)


def test_cloudy_mornings_do_not_move_the_clock() -> None:
    """Three days of four have fog till noon; the fourth is clear and tells the time."""
    frame = raw_hours(-30)
    position = pvlib.solarposition.get_solarposition(raw_hours().index, LATITUDE, LONGITUDE)
    cosine = np.cos(np.radians(position["apparent_zenith"].to_numpy())).clip(0.0)
    hour = np.arange(len(frame))
    clear = hour // 24 % 4 == 0
    frame.loc[~clear & (hour % 24 < 12), ["ghi", "dhi"]] *= 0.5
    frame["ghi"] = np.where(clear, 950.0 * cosine, frame["ghi"])
    frame["dhi"] = np.where(clear, 150.0 * cosine, frame["dhi"])
    assert "mark the start" in check(frame).notes[0].text


@pytest.mark.parametrize("shift", [-100, 120, 480])
def test_a_clock_beyond_ninety_minutes_is_refused(shift: int) -> None:
    with pytest.raises(InputError, match="within 90 min"):
        check(raw_hours(shift))


def test_wrong_format_convention_is_reported() -> None:
    notes = [n.text for n in check(raw_hours(30), convention="start").notes]
    assert any("its format says" in t for t in notes)


def test_wrong_place_is_refused() -> None:
    with pytest.raises(InputError, match="no sun"):
        checked_weather(raw_hours(), latitude=LATITUDE, longitude=-64.0, label="test")


def test_beam_diffuse_and_global_agree_in_every_interval(weather) -> None:
    suns = weather.suns(10)
    cosine = np.cos(np.radians(suns.zenith))
    np.testing.assert_allclose(suns.ghi, suns.dhi + suns.dni * cosine, atol=1e-9)
    per_hour = np.bincount(suns.interval, suns.ghi, len(weather.data)) / 6
    seen = np.bincount(suns.interval, minlength=len(weather.data)) > 0
    np.testing.assert_allclose(per_hour[seen], weather.data["ghi"].to_numpy()[seen], atol=1e-6)


@pytest.mark.parametrize("step", [5, 10, 15, 60])
def test_short_steps_keep_the_year(weather, step: float) -> None:
    suns = weather.suns(step)
    assert (suns.ghi * suns.hours).sum() / 1000 == pytest.approx(weather.ghi_kwh_m2, rel=2e-3)


def test_months_add_up_to_the_year(weather) -> None:
    assert weather.monthly("ghi").sum() == pytest.approx(weather.ghi_kwh_m2)
    assert weather.monthly("ghi").sum() == pytest.approx(weather.data["ghi"].sum() / 1000)


@pytest.mark.parametrize("days", [396, 410, 546, 700, 912])
def test_months_weigh_the_same_in_a_series_that_ends_within_a_year(days: int) -> None:
    """Years of 1, 0.9 and 1.05 times the sun; the truth is the sum of the means of calendar months."""
    years = []
    for number, share in enumerate((1.0, 0.9, 1.05)):
        year = raw_hours()
        year[["ghi", "dhi"]] *= share
        year.index = year.index + pd.Timedelta(days=365 * number)
        years.append(year)
    frame = pd.concat(years).iloc[: days * 24]
    taken = pd.DatetimeIndex(frame.index)
    dates = frame["ghi"].groupby([taken.month, taken.day, taken.hour]).mean()
    w = check(frame)
    assert w.ghi_kwh_m2 == pytest.approx(dates.sum() / 1000, rel=5e-3)
    suns = w.half_hour_suns
    assert suns is w.half_hour_suns  # made once
    assert suns.hours == pytest.approx(0.5 / w.years)
    assert (suns.ghi * suns.hours).sum() / 1000 == pytest.approx(w.ghi_kwh_m2, rel=2e-3)
    assert any(f"{days * 12 / 365:.1f} months" in n.text and "月" in n.text_zh for n in w.notes)


def test_whole_years_stay_as_they_are() -> None:
    twice = pd.concat([raw_hours(), raw_hours().set_index(raw_hours().index + pd.Timedelta(days=365))])
    assert len(check(twice).data) == 2 * 8760


def test_impossible_radiation_is_cut_and_reported() -> None:
    frame = raw_hours()
    frame.iloc[12 + 24 * 180, frame.columns.get_loc("ghi")] = 1900.0
    w = check(frame)
    assert w.data["ghi"].max() < 1400
    assert any("exceeded" in n.text for n in w.notes)


@pytest.mark.parametrize("altitude", [0.0, 3000.0])
def test_a_low_sun_has_no_beam_beyond_the_clearest_air(altitude: float) -> None:
    """Nearly all radiation is said to be beam; no air lets 600 W/m² through below 5°, whatever the file says."""
    frame = raw_hours()
    frame["dhi"] = 0.02 * frame["ghi"]
    w = checked_weather(frame * [1.4, 1.4, 1, 1], latitude=LATITUDE, longitude=LONGITUDE, altitude=altitude, label="t")
    suns = w.suns(10)
    highest = np.full(len(w.data), -90.0)
    np.maximum.at(highest, suns.interval, 90 - suns.zenith)
    dni = w.data["dni"].to_numpy()
    assert dni[(highest > 0) & (highest < 5)].max() < 600
    assert dni[(highest > 0) & (highest < 10)].max() < 800
    assert w.ghi_kwh_m2 == pytest.approx(w.data["ghi"].sum() / 1000, rel=1e-6)
    assert any("clearest air" in n.text and "最洁净大气" in n.text_zh for n in w.notes)


def test_clear_air_keeps_its_beam() -> None:
    """Hours of Ineichen-Perez with a turbidity of 2 pass untouched."""
    frame = raw_hours()
    place = pvlib.location.Location(LATITUDE, LONGITUDE, "Etc/GMT-8", 25)
    fine = pd.date_range("2021-01-01 00:05", periods=8760 * 6, freq="10min", tz="Etc/GMT-8")
    clear = place.get_clearsky(fine, linke_turbidity=2.0).resample("1h").mean()
    frame["ghi"], frame["dhi"] = clear["ghi"].to_numpy(), clear["dhi"].to_numpy()
    w = check(frame)
    assert w.monthly("dhi").sum() == pytest.approx(clear["dhi"].sum() / 1000, rel=5e-3)


def test_missing_diffuse_is_modelled() -> None:
    w = check(raw_hours().drop(columns="dhi"))
    share = w.monthly("dhi").sum() / w.ghi_kwh_m2
    assert 0.3 < share < 0.75
    assert any("Erbs-Driesse" in n.text for n in w.notes)


def test_own_dni_only_serves_where_something_is_missing() -> None:
    frame = raw_hours()
    frame["dni"] = 500.0
    w = check(frame)
    plain = check(raw_hours())
    pd.testing.assert_frame_equal(w.data, plain.data)
    assert any("recomputed" in n.text for n in w.notes)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="ghi"), "no global radiation"),
        (lambda f: f.iloc[:4000], "one whole year"),
        (lambda f: f.iloc[::3], "longer than an hour"),
        (lambda f: f.iloc[::-1], "evenly rising"),
        (lambda f: f.tz_localize(None), "UTC offset"),
        (lambda f: f.assign(ghi=np.where(np.arange(len(f)) % 10 == 0, np.nan, f["ghi"])), "have no radiation"),
    ],
)
def test_unusable_series_are_refused(spoil, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check(spoil(raw_hours()))


@settings(max_examples=8)
@given(st.floats(0.6, 1.3), st.floats(0.0, 1.0))
def test_closure_holds_for_any_radiation(scale: float, share: float) -> None:
    frame = raw_hours()
    frame["ghi"] = frame["ghi"] * scale
    frame["dhi"] = frame["ghi"] * share
    w = check(frame)
    assert (w.data[["ghi", "dni", "dhi"]] >= 0).all().all()
    assert (w.data["dhi"] <= w.data["ghi"] + 1e-9).all()


def write_csv(path, encoding: str = "utf-8", scale: float = 1.0, *, ghi: str = "总辐射"):
    frame = raw_hours(-30)
    table = pd.DataFrame(
        {
            "时间": frame.index.tz_localize(None),
            ghi: frame["ghi"] * scale,
            "散射": frame["dhi"] * scale,
            "气温": frame["temp_air"],
        }
    )
    table.to_csv(path, index=False, encoding=encoding)
    return path


COLUMNS = {"ghi": "总辐射", "dhi": "散射", "temp_air": "气温"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_csv_with_a_header_map(tmp_path, encoding: str, weather) -> None:
    path = write_csv(tmp_path / "站点.csv", encoding)
    w = read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, altitude=25, utc_offset=8, columns=COLUMNS)
    assert w.ghi_kwh_m2 == pytest.approx(weather.ghi_kwh_m2, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": COLUMNS}, "UTC offset"),
        ({"columns": {"ghi": "全辐射"}, "utc_offset": 8}, "全辐射"),
        ({"columns": {"sun": "总辐射"}, "utc_offset": 8}, "sun"),
        ({"columns": COLUMNS, "utc_offset": 8, "time": "日期"}, "日期"),
        ({"format": "grib", "utc_offset": 8}, "grib"),
        ({"format": "epw"}, "epw"),
    ],
)
def test_csv_mistakes_are_named(tmp_path, options, message: str) -> None:
    path = write_csv(tmp_path / "w.csv")
    with pytest.raises(InputError, match=message):
        read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, **options)


def test_a_header_of_two_meanings_is_asked_for(tmp_path) -> None:
    """辐射 may be of the sun on level ground, of the beam or of the sky."""
    path = write_csv(tmp_path / "w.csv", ghi="辐射")
    with pytest.raises(InputError, match=r"weather\.columns"):
        read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, utc_offset=8)


def test_wrong_unit_is_named(tmp_path) -> None:
    path = write_csv(tmp_path / "w.csv", scale=0.001)
    with pytest.raises(InputError, match="W/m²"):
        read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, utc_offset=8, columns=COLUMNS)


def test_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"none\.epw"):
        read_weather(tmp_path / "none.epw")


def test_umep_columns(tmp_path) -> None:
    frame = raw_hours(30)
    stamp = frame.index.tz_localize(None)
    names = "iy id it imin qn qh qe qs qf U RH Tair pres rain kdown snow ldown fcld wuh xsmd lai kdiff kdir wdir"
    table = pd.DataFrame(-999.0, index=range(len(frame)), columns=names.split(" "))
    table["iy"], table["id"], table["it"], table["imin"] = stamp.year, stamp.day_of_year, stamp.hour, 0
    table["Tair"], table["U"] = frame["temp_air"].to_numpy(), 2.0
    table["kdown"], table["kdiff"] = frame["ghi"].to_numpy(), frame["dhi"].to_numpy()
    path = tmp_path / "met.txt"
    table.to_csv(path, sep=" ", index=False)
    w = read_weather(path, latitude=LATITUDE, longitude=LONGITUDE, utc_offset=8)
    assert w.ghi_kwh_m2 == pytest.approx(frame["ghi"].sum() / 1000, rel=2e-3)
    assert "mark the end" in w.notes[0].text
