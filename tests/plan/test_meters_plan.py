"""Meters of surveyed roofs: expected energy moves with the weather of the year, hours sum to the months."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.maps.page.meters import meter_table
from guanghui.plan.brief.docx import Brief
from guanghui.plan.brief.meters import write_meters
from guanghui.plan.results.assembly import Results
from guanghui.plan.results.meters import meters_of
from guanghui.plan.workbook.meter_sheets import meter_sheets
from guanghui.pv.assessment.survey import MONTH_COLUMNS
from guanghui.pv.meters.read import Metered
from guanghui.pv.meters.settings import MeterSettings
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.weather_checks import checked_weather
from tests.scenes import LATITUDE, LONGITUDE, hourly_weather, raw_hours


def roofs() -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"building_id": ["b1", "b2", "b3"], "name": ["国科", "青网", "青网"], "township_code": "1", "township": "镇",
         "capacity_kwp": [100.0, 50.0, 10.0]},
        geometry=[box(100 * k, 0, 100 * k + 10, 10) for k in range(3)], crs="EPSG:4548",
    )  # fmt: skip
    for m, column in enumerate(MONTH_COLUMNS):
        frame[column] = frame["capacity_kwp"] * (50.0 + 5 * m)
    return frame


def region(measured: Metered, *, weather: bool, expected: Metered | None = None) -> SimpleNamespace:
    dull = raw_hours()
    dull[["ghi", "dhi"]] *= 0.8
    other = checked_weather(dull, latitude=LATITUDE, longitude=LONGITUDE, altitude=25.0, label="dull")
    return SimpleNamespace(
        path=Path("x.toml"), meters=measured, meters_expected=expected, meters_weather=other if weather else None,
        weather=hourly_weather(), settings=SimpleNamespace(pv=PvSettings()), notes=Notes(),
        file=SimpleNamespace(meters=MeterSettings(path="m.csv", expected="e.csv" if expected else None)),
    )  # fmt: skip


def hours(*plants: str) -> Metered:
    index = pd.date_range("2021-01-01", periods=8760, freq="h")
    return Metered(pd.DataFrame(1.0, index, list(plants)), True)


def months(*plants: str) -> Metered:
    return Metered(pd.DataFrame(1000.0, pd.date_range("2021-01-01", periods=12, freq="MS"), list(plants)), False)


def test_expected_energy_follows_the_weather_of_the_year() -> None:
    own = meters_of(region(months("b1", "国科"), weather=True), roofs(), None)
    assert own is not None
    wanted = own.months[own.months["plant"] == "b1"]["expected_kwh"].to_numpy()
    typical = 100.0 * (50.0 + 5 * np.arange(12))
    ratio = wanted / typical
    assert ratio == pytest.approx(np.full(12, 0.8), abs=0.03)  # a fifth less light, a little cooler modules
    assert own.plants["judged_by"].tolist() == ["months", "months"]
    assert own.plants["building_id"].tolist() == ["b1", "b1"]  # by id and by name
    by_hour = meters_of(region(hours("b1"), weather=True), roofs(), None)
    assert by_hour is not None
    assert by_hour.months["expected_kwh"].to_numpy() == pytest.approx(wanted, rel=1e-6)
    known = meters_of(region(months("b1"), weather=True), roofs(), pd.Series({"b1": 25.0}))
    assert known is not None
    assert known.months["expected_kwh"].to_numpy() == pytest.approx(wanted / 4)


def test_without_weather_or_place_nothing_is_claimed() -> None:
    here = region(months("b1", "b2", "青网", "nobody"), weather=False)
    found = meters_of(here, roofs(), None)
    assert found is not None
    table = found.plants.set_index("plant")
    assert set(table["judged_by"]) == {"none"}
    assert table["expected_kwh"].notna().tolist() == [True, True, False, False]  # two roofs have the name 青网
    assert found.suspects.empty
    assert found.shapes is None
    said = " ".join(n.text for n in here.notes)
    assert "nobody" in said
    assert "not judged" in said


def test_what_is_given_is_used_and_shown_everywhere() -> None:
    measured, expected = months("b1", "b2"), months("b1", "b2")
    measured.kwh.loc["2021-06-01":, "b2"] *= 0.8
    found = meters_of(region(measured, weather=False, expected=expected), roofs(), None)
    assert found is not None
    one = found.suspects.iloc[0]
    assert (one["plant"], one["fault"], one["size"]) == ("b2", "loss", pytest.approx(0.2))
    assert found.shapes is not None
    assert found.shapes["plant"].tolist() == ["b2"]
    shown = meter_table(found)
    assert shown is not None
    assert shown["rows"][0][0]["text"][0] == "b2"
    assert shown["rows"][0][4]["value"] == pytest.approx(100 * found.plants.set_index("plant").loc["b2", "index"])
    assert meter_table(found, "another") is None
    sheets = {s.key: s.frame for s in meter_sheets(Results(meters=found))}
    assert sheets["meter_suspects"]["since"].tolist() == ["2021-06-01"]
    assert sheets["meter_months"]["stands_out"].sum() == 7
    brief = Brief("zh", ("表", "图"))
    write_meters(brief, found, "", "zh")
    write_meters(brief, found, "", "en")
    with pytest.raises(InputError, match="no plant b2"):
        meters_of(region(measured, weather=False, expected=months("b1")), roofs(), None)
