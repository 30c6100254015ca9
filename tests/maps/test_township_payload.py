"""What the page of a township is given, by hand, on a city of three squares."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from guanghui.geo.errors import InputError
from guanghui.maps import township_page
from guanghui.maps.page import township as module
from tests.maps.scene import METRIC
from tests.maps.small import payload_of, sheets_of, small_city, small_plan, small_roofs, small_stock

PARTS = {"layers": [], "bounds": [[0, 0], [1, 1]], "places": [{"code": "2"}, {"code": "3"}],
         "raster": {"pv": "none", "sink": "none"}, "has_sink": False, "sink": None, "months": None,
         "labels": None}  # fmt: skip


def given(code: str = "1", *, parts: dict | None = None, **known: object) -> dict:
    return payload_of(township_page, small_city(), code, parts={**PARTS, **(parts or {})}, **known)


def test_roofs_of_the_township_are_its_own_and_their_sums_those_of_the_index() -> None:
    found = given(roofs=small_roofs(), plan=small_plan())
    assert found["page"]["views"] == ["pv"]
    roofs = found["roofs"]
    assert [c["n"] for c in roofs["packed"]["columns"] if c["name"] == "building_id"] == [2]
    assert list(roofs["sums"]) == ["2025", "2030", "0"]
    assert [roofs["sums"][y]["yield_kwh"] for y in ("2025", "2030", "0")] == [2000.0, 5000.0, 8000.0]
    assert [roofs["sums"][y]["share_pct"] for y in ("2025", "2030", "0")] == [25.0, 62.5, 100.0]
    assert roofs["sums"]["0"]["available_m2"] == 40.0
    assert roofs["phases"]["years"] == [2025, 2030]
    other = given("2", roofs=small_roofs())
    assert other["roofs"]["sums"]["0"]["yield_kwh"] == 1000.0
    assert other["roofs"]["measures"][0]["legend"] == roofs["measures"][0]["legend"]
    assert other["page"]["name"] == ["乙", "B"]


def test_without_roofs_of_its_own_a_township_shows_carbon() -> None:
    none = given("3", roofs=small_roofs())
    assert (none["roofs"], none["page"]["views"]) == (None, ["sink"])
    assert given()["page"]["views"] == ["sink"]
    both = given(parts={"has_sink": True}, roofs=small_roofs())
    assert both["page"]["views"] == ["pv", "sink"]
    assert given(parts={"has_sink": True})["page"]["views"] == ["sink"]
    with pytest.raises(InputError, match=r"no township '9'; there are 2, 1, 3"):
        given("9")
    many = small_city()
    many.townships = gpd.GeoDataFrame({"code": [f"t{i}" for i in range(41)]}, geometry=[None] * 41, crs=METRIC)
    with pytest.raises(InputError, match=r"there are t0, t1, .*t39 and 1 more\."):
        township_page(many, "9")


def test_skylines_are_given_the_middle_of_the_township(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple] = []
    monkeypatch.setattr(module, "roof_payload", lambda *args: seen.append(args) or {})
    given(roofs=small_roofs(), study="study", sky="sky", more=("owner",), faces="faces", modules="modules")
    own, _, plan, _, study, sky, middle, *others = seen[0]
    assert others == [("owner",), "faces", "modules"]
    assert own["building_id"].tolist() == ["b", "a"]
    assert own.index.tolist() == [0, 1]
    assert (plan, study, sky) == (None, "study", "sky")
    place = small_city().townships.to_crs(4326).geometry[1].centroid
    assert middle == pytest.approx((place.y, place.x), abs=1e-5)
    assert middle[0] == pytest.approx(29.28, abs=0.1)
    assert middle[1] == pytest.approx(115.77, abs=0.2)


def test_addresses_of_other_pages_files_and_what_was_left_out() -> None:
    found = given(pages={"2": "b.html"}, links={"x.xlsx": ("表", "table")}, home="h.html", lang="en", date="2026-01-02",
                  parts={"labels": {"left_out": 1234}})  # fmt: skip
    page = found["page"]
    assert page["places"] == [{"code": "2", "href": "b.html"}, {"code": "3", "href": ""}]
    assert page["links"] == [{"href": "x.xlsx", "label": ["表", "table"]}]
    assert (page["home"], page["lang"], page["date"], page["code"]) == ("h.html", "en", "2026-01-02", "1")
    assert len(page["notes"]) == 2
    assert page["notes"][0]["text"] == ["2 公顷未见", "2 ha unseen"]
    assert all("1,234" in text for text in page["notes"][1]["text"])
    plain = given(parts={"labels": {"left_out": 0}})["page"]
    assert len(plain["notes"]) == 1
    assert (plain["home"], plain["lang"]) == ("index.html", "zh")


def drawn(**known: object) -> dict:
    return payload_of(township_page, small_city(), "1", **known)


def test_the_carbon_of_the_township_and_what_changed_on_its_land() -> None:
    change = SimpleNamespace(
        years=6.5,
        frame=pd.DataFrame({"code": ["1", "2"], "before": ["cropland", "forest"], "after": ["forest", "cropland"],
                            "area_ha": [2.0, 9.0]}),
    )  # fmt: skip
    mask = small_stock().density["total"].astype(np.uint8)
    potential = SimpleNamespace(
        screen=SimpleNamespace(mask=mask, rules=pd.DataFrame()),
        table=pd.DataFrame({"code": ["2", "1"], "eligible_ha": [7.0, 3.0], "gain_2045_co2_t": [70.0, 30.0]}),
    )
    found = drawn(stock=small_stock(), change=change, potential=potential, roofs=small_roofs())
    sink = found["sink"]
    assert [(f["word"], f["value"]) for f in sink["figures"]][:2] == [
        ("figure_carbon", 30.0), ("figure_sink", pytest.approx(11.0)),
    ]  # fmt: skip
    assert sink["trust"] == {"stock": 10.0, "sink": 40.0}
    assert [p["value"] for p in sink["pools"]] == [25.0, 5.0]
    assert [(g["value"], g["area_ha"]) for g in sink["groups"]] == [(25.0, 3.0), (5.0, 2.0)]
    assert (sink["change"]["years"], [r["area_ha"] for r in sink["change"]["rows"]]) == ("6.5", [2.0])
    assert sink["potential"] == {"eligible_ha": 3.0, "gains": [{"year": 2045, "value": 30.0}]}
    assert sink["wetlands"] == []
    assert found["page"]["views"] == ["pv", "sink"]
    assert found["page"]["raster"] == {"pv": "none", "sink": "pool_total"}
    assert [p["code"] for p in found["page"]["places"]] == ["2", "3"]
    keys = [layer["key"] for layer in found["layers"]]
    assert keys[:3] == ["veil", "neighbours", "outline"]
    assert keys[-1] == "roofs"
    assert {"pool_total", "pool_above"} <= set(keys)
    roof_layer = found["layers"][-1]
    assert (roof_layer["view"], roof_layer["role"]) == ("pv", "frame")
    unknown = small_stock()
    unknown.table = unknown.table.iloc[1:]
    bare = drawn(stock=unknown)["sink"]
    assert (bare["figures"], bare["change"], bare["potential"]) == ([], None, None)
    assert "trust" not in bare


def test_a_page_of_roofs_alone_has_no_carbon_and_one_of_wetlands_has(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = sheets_of(monkeypatch, module)
    roofs = drawn(roofs=small_roofs())
    assert (roofs["sink"], roofs["page"]["views"]) == (None, ["pv"])
    assert [layer["key"] for layer in roofs["layers"]] == ["veil", "neighbours", "outline", "roofs"]
    (sheet,) = sheets
    west, south, east, north = sheet.clip.bounds
    side = max(east - west, north - south)
    assert np.subtract(sheet.within, (west, south, east, north)) == pytest.approx(
        [-0.22 * side, -0.22 * side, 0.22 * side, 0.22 * side]
    )  # the neighbourhood shown is a fifth of the township and a little
    towns = small_city().townships
    lakes = towns.iloc[[1]].assign(name="湖", wetland_type="lake")[["name", "wetland_type", "geometry"]]
    wet = drawn(wetlands=lakes)
    assert wet["page"]["views"] == ["sink"]
    assert len(wet["sink"]["wetlands"]) == 1
    assert wet["sink"]["figures"] == []
    elsewhere = drawn(wetlands=lakes.set_geometry(towns.geometry.iloc[[2]].to_numpy()))
    assert elsewhere["sink"] is None
    land = drawn(landcover=(small_stock().density["total"] * 0 + 1).astype(np.uint8))
    assert (land["sink"], land["page"]["views"]) == (None, ["sink"])
    assert land["page"]["raster"]["sink"] == "landcover"
