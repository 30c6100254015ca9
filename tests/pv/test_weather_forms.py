"""Forms weather files come in: planes of PVGIS, tables of other makers, gaps. Every input is written here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guanghui.geo.errors import InputError
from guanghui.pv.weather import Weather
from guanghui.pv.weather_files import read_weather
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
