"""One year in every file of its kind: the same light on planes to the east and to the west, never a beam too many."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest

from guanghui.pv.energy.system import performance
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather import Weather
from guanghui.pv.sun.weather_files import read_weather
from tests.pv.test_weather_door import epw
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather
from tests.twins.place import some

PLANES = {"east": (30.0, 90.0), "west": (30.0, 270.0)}


def light(w: Weather) -> dict[str, float]:
    """Direct and isotropic diffuse light of a year on each plane [kWh/m²], by pvlib."""
    suns = w.suns(30)
    out = {}
    for name, (tilt, azimuth) in PLANES.items():
        beam = suns.dni * np.maximum(
            np.cos(np.radians(pvlib.irradiance.aoi(tilt, azimuth, suns.zenith, suns.azimuth))), 0
        )
        sky = suns.dhi * (1 + np.cos(np.radians(tilt))) / 2
        out[name] = float(((beam + sky) * suns.hours).sum() / 1000)
    return out


def energy(w: Weather) -> np.ndarray:
    """Alternating current of a year of flush modules on each plane [kWh/kWp]."""
    planes = pd.DataFrame([(*plane, False) for plane in PLANES.values()],
                          columns=["surface_tilt", "surface_azimuth", "rack"])  # fmt: skip
    return performance(w, planes, PvSettings()).energy.sum(axis=1)


@lru_cache(maxsize=1)
def true_energy() -> np.ndarray:
    return energy(hourly_weather())


@lru_cache(maxsize=1)
def year() -> pd.DataFrame:
    """Closed hours of the synthetic year by the start of the hour, local time."""
    data = hourly_weather().data.copy()
    data.index = data.index - pd.Timedelta(minutes=30)
    return data


def utc() -> pd.DataFrame:
    return year().tz_convert("UTC")


def tmy_rows() -> list[dict]:
    return [
        {"time(UTC)": f"2021{t:%m%d:%H}00", "T2m": round(r["temp_air"], 2), "RH": 70.0, "G(h)": round(r["ghi"], 2),
         "Gb(n)": round(r["dni"], 2), "Gd(h)": round(r["dhi"], 2), "IR(h)": 300.0, "WS10m": 2.0, "WD10m": 180.0,
         "SP": 101000.0}
        for t, r in zip(utc().index, utc().to_dict("records"), strict=True)
    ]  # fmt: skip


HEAD = [f"Latitude (decimal degrees): {LATITUDE}", f"Longitude (decimal degrees): {LONGITUDE}", "Elevation (m): 25.0"]
PLACE = {"location": {"latitude": LATITUDE, "longitude": LONGITUDE, "elevation": 25.0}}


def tmy_csv(folder: Path) -> Path:
    rows = tmy_rows()
    lines = [
        *HEAD,
        "Irradiance Time Offset (h): 0.5",
        "month,year",
        *(f"{m},2021" for m in range(1, 13)),
        ",".join(rows[0]),
    ]
    lines += [",".join(map(str, r.values())) for r in rows]
    lines += [f"{k}: explained" for k in list(rows[0])[1:]]
    path = folder / "tmy.csv"
    path.write_text("\n".join([*lines, "", "PVGIS (c) European Union"]) + "\n")
    return path


def tmy_json(folder: Path) -> Path:
    months = [{"month": m, "year": 2021} for m in range(1, 13)]
    whole = {"inputs": PLACE, "outputs": {"months_selected": months, "tmy_hourly": tmy_rows()},
             "meta": {"inputs": {}, "outputs": {}}}  # fmt: skip
    path = folder / "tmy.json"
    path.write_text(json.dumps(whole))
    return path


def hourly_rows() -> list[dict]:
    return [
        {"time": f"2021{t:%m%d:%H}30", "Gb(i)": round(r["ghi"] - r["dhi"], 2), "Gd(i)": round(r["dhi"], 2),
         "Gr(i)": 0.0, "H_sun": 0.0, "T2m": round(r["temp_air"], 2), "WS10m": 2.0, "Int": 0.0}
        for t, r in zip(utc().index, utc().to_dict("records"), strict=True)
    ]  # fmt: skip


def hourly_csv(folder: Path) -> Path:
    rows = hourly_rows()
    lines = [*HEAD, "Radiation database:\tPVGIS-ERA5", "", "Slope: 0 deg. ", "Azimuth: 0 deg. ", "", ",".join(rows[0])]
    lines += [",".join(map(str, r.values())) for r in rows]
    path = folder / "hourly.csv"
    path.write_text("\n".join([*lines, "", "PVGIS (c) European Union"]) + "\n")
    return path


def hourly_json(folder: Path) -> Path:
    mount = {"fixed": {"slope": {"value": 0}, "azimuth": {"value": 0}}}
    whole = {"inputs": {**PLACE, "mounting_system": mount}, "outputs": {"hourly": hourly_rows()},
             "meta": {"inputs": {}, "outputs": {}}}  # fmt: skip
    path = folder / "hourly.json"
    path.write_text(json.dumps(whole))
    return path


def plain_csv(folder: Path) -> Path:
    path = folder / "plain.csv"
    frame = year().tz_localize(None)
    frame[["ghi", "dhi", "dni", "temp_air"]].round(2).to_csv(path, index_label="time", date_format="%Y-%m-%d %H:%M")
    return path


def epw_moved(rows: int) -> Callable[[Path], Path]:
    """An EPW whose radiation stands ``rows`` hours from where it belongs."""

    def write(folder: Path) -> Path:
        frame = year().tz_localize(None)
        sun = ["ghi", "dni", "dhi"]
        moved = frame.assign(**{c: np.roll(frame[c].to_numpy(), rows) for c in sun})
        return epw(folder / f"{rows}.epw", moved, altitude=25.0)

    return write


FILES = {"tmy csv": tmy_csv, "tmy json": tmy_json, "hourly csv": hourly_csv, "hourly json": hourly_json,
         "plain csv": plain_csv, "epw": epw_moved(0), "epw an hour late": epw_moved(1),
         "epw an hour early": epw_moved(-1)}  # fmt: skip


@lru_cache(maxsize=1)
def truth() -> dict[str, float]:
    return light(hourly_weather())


@pytest.mark.parametrize("name", some(FILES, 2))
def test_one_year_gives_one_light(tmp_path: Path, name: str) -> None:
    w = read_weather(FILES[name](tmp_path), near=(LONGITUDE, LATITUDE), utc_offset=8.0)
    assert w.ghi_kwh_m2 == pytest.approx(hourly_weather().ghi_kwh_m2, rel=2e-3)
    assert light(w) == pytest.approx(truth(), rel=5e-3)
    np.testing.assert_allclose(energy(w), true_energy(), rtol=5e-3)


@pytest.mark.parametrize("spoil", some(["no diffuse", "an hour late", "half again", "as it is"], 4))
def test_no_accepted_year_has_more_beam_than_a_clear_one(tmp_path: Path, spoil: str) -> None:
    """By Ineichen and Perez under the clearest air there is on Earth (Linke turbidity 2), all year without a cloud."""
    frame = year().tz_localize(None)
    if spoil == "no diffuse":
        frame = frame.assign(dhi=0.05 * frame["dhi"], dni=1.9 * frame["dni"])
    if spoil == "half again":
        frame = frame.assign(ghi=1.5 * frame["ghi"], dni=1.9 * frame["dni"])
    if spoil == "an hour late":
        frame = frame.assign(**{c: np.roll(frame[c].to_numpy(), 1) for c in ("ghi", "dni", "dhi")})
    path = epw(tmp_path / "y.epw", frame, altitude=25.0)
    w = read_weather(path)
    place = pvlib.location.Location(w.latitude, w.longitude, "UTC", w.altitude)
    fine = pd.date_range("2021-01-01", periods=8760, freq="h", tz="UTC")
    clear = place.get_clearsky(fine, linke_turbidity=2.0)["dni"].sum() / 1000
    assert w.monthly("dni").sum() < clear
    sun = pvlib.solarposition.get_solarposition(w.data.index, w.latitude, w.longitude, w.altitude)
    low = (sun["elevation"] > 0) & (sun["elevation"] < 5)
    assert w.data["dni"].to_numpy()[low.to_numpy()].max() < 700


def test_a_place_that_contradicts_the_file_is_said_and_the_file_wins(tmp_path: Path) -> None:
    path = epw(tmp_path / "y.epw", year().tz_localize(None), altitude=25.0)
    wrong = read_weather(path, latitude=40.0, longitude=100.0, altitude=900.0, utc_offset=7.0)
    right = read_weather(path, latitude=LATITUDE + 0.02, longitude=LONGITUDE, altitude=30.0, utc_offset=8.0)
    for w in (wrong, right):
        assert (w.latitude, w.longitude, w.altitude) == (LATITUDE, LONGITUDE, 25.0)
    pd.testing.assert_frame_equal(wrong.data, right.data)
    for key in ("latitude", "longitude", "altitude", "utc_offset"):
        assert [("矛盾" in n.text_zh) for n in wrong.notes if f"[weather] {key} = " in n.text] == [True]
        assert not any(f"[weather] {key} = " in n.text for n in right.notes)
