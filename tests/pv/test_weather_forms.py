"""Forms weather files come in: planes of PVGIS, tables of other makers, gaps. Every input is written here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours


@pytest.fixture(scope="module")
def plain() -> Weather:
    return hourly_weather()


def pvgis_csv(path: Path, slope: str) -> Path:
    frame = raw_hours(-30).tz_convert("UTC")
    lines = [f"Latitude (decimal degrees):\t{LATITUDE}", f"Longitude (decimal degrees):\t{LONGITUDE}",
             "Elevation (m):\t25", "Radiation database:\tPVGIS-ERA5", "", f"Slope: {slope}", "Azimuth: 0 deg. ", "",
             "time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int"]  # fmt: skip
    for stamp, row in zip(frame.index, frame.to_dict("records"), strict=True):
        beam = row["ghi"] - row["dhi"]
        lines.append(f"2021{stamp:%m%d:%H%M},{beam:.2f},{row['dhi']:.2f},0.0,0.0,{row['temp_air']:.1f},2.0,0.0")
    path.write_text("\n".join([*lines, "", "PVGIS (c) European Union"]) + "\n", encoding="utf-8")
    return path


def pvgis_json(path: Path, mounts: dict) -> Path:
    frame = raw_hours(-30).tz_convert("UTC")
    hours = [
        {"time": f"2021{t:%m%d:%H%M}", "Gb(i)": r["ghi"] - r["dhi"], "Gd(i)": r["dhi"], "Gr(i)": 0.0, "H_sun": 0.0,
         "T2m": r["temp_air"], "WS10m": 2.0, "Int": 0.0}
        for t, r in zip(frame.index, frame.to_dict("records"), strict=True)
    ]  # fmt: skip
    place = {"latitude": LATITUDE, "longitude": LONGITUDE, "elevation": 25.0}
    whole = {"inputs": {"location": place, "mounting_system": mounts}, "outputs": {"hourly": hours},
             "meta": {"inputs": {}, "outputs": {}}}  # fmt: skip
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def fixed(slope: float) -> dict:
    return {"fixed": {"slope": {"value": slope, "optimal": False}, "azimuth": {"value": 0, "optimal": False}}}


def test_level_hours_of_pvgis_are_read(tmp_path: Path, plain: Weather) -> None:
    for path in (pvgis_csv(tmp_path / "l.csv", "0 deg. "), pvgis_json(tmp_path / "l.json", fixed(0))):
        assert read_weather(path).ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=2e-3)


@pytest.mark.parametrize("slope", ["30 deg. ", "34 deg. (optimum)"])
def test_tilted_hours_of_pvgis_are_refused(tmp_path: Path, slope: str) -> None:
    with pytest.raises(InputError, match=rf"tilted\.csv.*tilted by {slope[:2]}°.*Slope = 0"):
        read_weather(pvgis_csv(tmp_path / "tilted.csv", slope))


def test_tilted_and_tracking_json_of_pvgis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tilted by 30°"):
        read_weather(pvgis_json(tmp_path / "t.json", fixed(30)))
    with pytest.raises(InputError, match=r"tracking plane.*two_axis"):
        read_weather(pvgis_json(tmp_path / "t.json", {"two_axis": {"slope": {"value": "-"}}}))


def table(lines: list[str], path: Path, **options) -> Weather:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    where = {"latitude": LATITUDE, "longitude": LONGITUDE, "altitude": 25.0, "utc_offset": 8}
    return read_weather(path, **where, **options)


def hours(year: int = 2021) -> list[tuple[pd.Timestamp, float, float]]:
    """Start of the hour, ghi and dhi of the synthetic year; a leap day repeats the day before."""
    frame = raw_hours(-30)
    values = list(zip(frame["ghi"], frame["dhi"], strict=True))
    if pd.Timestamp(year, 1, 1).is_leap_year:
        values = values[: 59 * 24] + values[58 * 24 : 59 * 24] + values[59 * 24 :]
    starts = pd.date_range(f"{year}-01-01", periods=len(values), freq="h")
    return [(t, ghi, dhi) for t, (ghi, dhi) in zip(starts, values, strict=True)]


HOUR = pd.Timedelta(hours=1)
FORMS = {
    "unit row": ["time,ghi,dhi", "yyyy-mm-dd,W/m2,W/m2",
                 *(f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f}" for t, g, d in hours())],
    "hour 24": ["time,ghi,dhi", *(f"{t:%Y/%m/%d} {t.hour + 1:02d}:00,{g:.3f},{d:.3f}" for t, g, d in hours())],
    "parts": ["year,month,day,hour,ghi,dhi",
              *(f"{t.year},{t.month},{t.day},{t.hour},{g:.3f},{d:.3f}" for t, g, d in hours())],
    "parts to 24": ["年,月,日,时,ghi,dhi",
                    *(f"{t.year},{t.month},{t.day},{t.hour + 1},{g:.3f},{d:.3f}" for t, g, d in hours())],
    "NASA POWER": ["-BEGIN HEADER-", "NASA/POWER, hourly", "The value for missing source data is: -999",
                   "ghi  All Sky Irradiance (Wh/m^2), all, sky", "-END HEADER-", "YEAR,MO,DY,HR,ghi,dhi",
                   *(f"{t.year},{t.month},{t.day},{t.hour},{g:.3f},{d:.3f}" for t, g, d in hours())],
    "semicolons": ["#File type: hourly", "#Data:", "Date;Time;ghi;dhi",
                   *(f"{t:%d.%m.%Y};{t:%H:%M};{g:.3f};{d:.3f}" for t, g, d in hours())],
    "decimal comma": ["time;ghi;dhi",
                      *(f"{t:%Y-%m-%d %H:%M};{g:.3f};{d:.3f}".replace(".", ",") for t, g, d in hours())],
    "leap year": ["time,ghi,dhi", *(f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f}" for t, g, d in hours(2020))],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_table_of_another_maker_is_the_same_year(tmp_path: Path, plain: Weather, form: str) -> None:
    w = table(FORMS[form], tmp_path / "t.csv")
    assert w.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=3e-3)
    assert w.monthly("dni").sum() == pytest.approx(plain.monthly("dni").sum(), rel=3e-3)


def test_marks_of_thousands_are_no_gaps(tmp_path: Path) -> None:
    bright = [(t, 1.25 * g, 1.25 * d) for t, g, d in hours()]
    assert sum(g >= 1000 for _, g, _ in bright) > 100
    marked = table(
        ["time,ghi,dhi", *(f'{t:%Y-%m-%d %H:%M},"{g:,.2f}","{d:,.2f}"' for t, g, d in bright)], tmp_path / "m.csv"
    )
    bare = table(["time,ghi,dhi", *(f"{t:%Y-%m-%d %H:%M},{g:.2f},{d:.2f}" for t, g, d in bright)], tmp_path / "b.csv")
    pd.testing.assert_frame_equal(marked.data, bare.data)


@pytest.mark.parametrize("code", [9999, 99999, -99, -999, -9999, 32766, 999])
def test_codes_for_missing_are_filled_and_told(tmp_path: Path, plain: Weather, code: int) -> None:
    rows = [(t, code, code) if 4000 <= i < 4040 else (t, g, d) for i, (t, g, d) in enumerate(hours())]
    w = table(["time,ghi,dhi", *(f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f}" for t, g, d in rows)], tmp_path / "c.csv")
    assert w.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=4e-3)
    assert [n.text for n in w.notes if n.text.startswith("40 steps have no radiation (the longest gap: 40 steps from")]
    assert any("40 个时段缺辐射" in n.text_zh for n in w.notes)


def test_codes_of_air_are_no_weather(tmp_path: Path) -> None:
    lines = ["time,ghi,dhi,temp_air,wind_speed"]
    lines += [f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f},{99 if t.month == 3 else 20},{99 if t.month == 4 else 3}"
              for t, g, d in hours()]  # fmt: skip
    w = table(lines, tmp_path / "air.csv")
    assert set(w.data["temp_air"]) == {20.0}
    assert set(w.data["wind_speed"]) == {3.0}


@pytest.mark.parametrize("empty", ["dhi", "dhi,dni"])
def test_a_part_that_is_zero_under_daylight_is_missing(tmp_path: Path, empty: str) -> None:
    zeros = ",".join("0" for _ in empty.split(","))
    w = table(
        [f"time,ghi,{empty}", *(f"{t:%Y-%m-%d %H:%M},{g:.3f},{zeros}" for t, g, _ in hours())], tmp_path / "z.csv"
    )
    assert 0.3 < w.monthly("dhi").sum() / w.ghi_kwh_m2 < 0.75
    assert any("dhi is zero all year" in n.text for n in w.notes)
    assert any("Erbs-Driesse" in n.text for n in w.notes)


def test_eight_steps_that_are_not_there_are_filled_and_told(tmp_path: Path, plain: Weather) -> None:
    fine = [(t + quarter * HOUR / 4, g, d) for t, g, d in hours() for quarter in range(4)]
    del fine[17000:17008]
    w = table(["time,ghi,dhi", *(f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f}" for t, g, d in fine)], tmp_path / "gap.csv")
    assert len(w.data) == 4 * 8760
    assert w.ghi_kwh_m2 == pytest.approx(plain.ghi_kwh_m2, rel=4e-3)
    assert any("8 steps have no radiation (the longest gap: 8 steps from 2021-06-27" in n.text for n in w.notes)


def test_a_month_that_is_not_there_is_refused(tmp_path: Path) -> None:
    lines = [f"{t:%Y-%m-%d %H:%M},{g:.3f},{d:.3f}" for t, g, d in hours() if t.month != 5]
    with pytest.raises(InputError, match="744 steps are missing"):
        table(["time,ghi,dhi", *lines], tmp_path / "may.csv")


def test_typical_years_of_china_are_read(real: Path) -> None:
    """Real CSWD years: stamps mark the middle of the hour, and a low sun has no beam beyond the clearest air."""
    files = sorted((real / "weather").glob("*.epw"))
    if not files:
        pytest.skip("real typical years are not here")
    for path in files:
        w = read_weather(path)
        assert "mark the middle" in w.notes[0].text
        assert 900 < w.ghi_kwh_m2 < 2000
        suns = w.suns(10)
        highest = np.full(len(w.data), -90.0)
        np.maximum.at(highest, suns.interval, 90 - suns.zenith)
        assert w.data["dni"].to_numpy()[(highest > 0) & (highest < 5)].max() < 700
