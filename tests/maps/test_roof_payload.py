"""What a page holds of its roofs, by hand: digits kept, months, phases, parts, classes, how sure they are."""

from __future__ import annotations

import math
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.maps.drawing.style import Categories, Ramp
from guanghui.maps.page.roofs import FIELDS, category, measures, roof_payload
from tests.maps.test_pack import unpack

MONTHS = [f"yield_{m:02d}" for m in range(1, 13)]
SHAPES = ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), (12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1), (0,) * 12,
          (2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))  # fmt: skip


def roofs(**more: object) -> gpd.GeoDataFrame:
    frame = pd.DataFrame({
        "building_id": ["a", "b", "c", "d"], "name": ["甲", None, "", "丁"], "lod": ["surface"] * 2 + ["outline"] * 2,
        "usable_m2": [10.0, 20.0, 30.0, 40.0], "capacity_kwp": [1.25, 2.5, 5.0, 7.5],
        "yield_kwh": [1000.0, 2500.0, 0.0, 3e3], **more,
    })  # fmt: skip
    shapes = [box(i, 0, i + 0.5, 0.5) for i in range(len(frame))]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=32650)


def programme(**more: object) -> SimpleNamespace:
    """a in 2025, b in 2030 as most roofs by half; c by a quarter; a system of the township."""
    rows = [
        (2030, "a", 0.5, 5.0, 0.625, 500.0), (2030, "b", 0.5, 10.0, 2.0, 1250.12345), (2030, "c", 0.25, 7.5, 1.25, 0.0),
        (2030, "", math.nan, 0.0, 9.0, 9.0), (2025, "a", 1.0, 10.0, 1.25, 1000.0),
    ]  # fmt: skip
    by_roof = pd.DataFrame(rows, columns=["year", "building_id", "part", "usable_m2", "capacity_kwp", "yield_kwh"])
    known = {"shares": {2030: 0.5, 2025: 0.25}, "phase": pd.Series({"b": 2030, "a": 2025, "c": 2030}),
             "co2_kg_kwh": 0.58, "by_roof": by_roof}  # fmt: skip
    return SimpleNamespace(**{**known, **more})


DECIMALS = {
    "yield_kwh": 1, "capacity_kwp": 100, "specific_yield_kwh_kwp": 10, "poa_kwh_m2": 10, "shading_loss_pct": 10,
    "roof_m2": 10, "usable_m2": 10, "modules_m2": 10, "footprint_m2": 10, "surface_tilt": 10, "surface_azimuth": 1,
    "faces": 1, "height_m": 10, "yield_p90_kwh": 1, "capex_yuan": 1, "lcoe_yuan_kwh": 10_000, "payback_years": 10,
}  # fmt: skip


def test_measures_keep_the_digits_a_reader_needs() -> None:
    found = {f.column: f.scale for f in FIELDS}
    lost = {column: 10 for column in found if column.startswith("lost_")}
    assert found == {**DECIMALS, **lost}
    assert "lost_excluded_m2" in lost
    assert [f.column for f in FIELDS if not f.card] == ["yield_kwh"]
    precise = roofs(**{c: [1.23456, 2.0, 3.0, 4.0] for c in found if c not in ("usable_m2", "capacity_kwp")})
    packed = unpack(roof_payload(precise, {})["packed"])
    for column, scale in found.items():
        kept = math.floor(float(precise[column].iloc[0]) * scale + 0.5) / scale
        assert packed[column][0] == pytest.approx(kept, rel=1e-12), column
    card = roof_payload(precise, {})["card"]
    assert {"column": "faces", "word": "field_faces", "unit": "count"} in card
    assert "yield_kwh" not in [row["column"] for row in card]
    assert card[-1] == {"column": "lod", "word": "field_lod", "category": True}


def test_names_and_numbers_of_roofs_are_texts() -> None:
    packed = unpack(roof_payload(roofs(), {})["packed"])
    assert packed["building_id"] == ["a", "b", "c", "d"]
    assert packed["name"] == ["甲", "", "", "丁"]
    assert unpack(roof_payload(roofs().drop(columns="name"), {})["packed"])["name"] == [""] * 4


def monthly() -> gpd.GeoDataFrame:
    frame = roofs()
    frame[MONTHS] = np.array(SHAPES, float)
    return frame


def test_the_shape_of_the_year_is_the_mean_of_the_roofs_that_have_one() -> None:
    payload = roof_payload(monthly(), {})
    shares = [np.array(SHAPES[i]) / sum(SHAPES[i]) for i in (0, 1, 3)]
    wanted = np.mean(shares, axis=0).round(4)
    assert payload["month_shape"] == wanted.tolist()
    assert wanted[0] == round((1 / 78 + 12 / 78 + 2 / 13) / 3, 4)
    names = [c["name"] for c in payload["packed"]["columns"] if c["name"].startswith("month_")]
    assert names == [f"month_{m}" for m in (7, 1, 4, 10, 12, 6, 2, 3, 5, 8, 9, 11)]
    packed = unpack(payload["packed"])
    for month in range(12):
        found = packed[f"month_{month + 1}"] + wanted[month]
        assert found[[0, 1, 3]] == pytest.approx([share[month] for share in shares], abs=0.5001e-4)
        assert packed[f"month_{month + 1}"][2] == 0.0
    one = monthly().iloc[[0]].reset_index(drop=True)
    one[MONTHS] = [[0.0] * 11 + [0.5]]
    assert roof_payload(one, {})["month_shape"] == [0.0] * 11 + [1.0]


def test_without_months_there_is_no_shape() -> None:
    assert roof_payload(roofs(), {})["month_shape"] is None
    assert roof_payload(monthly().drop(columns="yield_05"), {})["month_shape"] is None
    assert roof_payload(monthly().drop(columns="yield_kwh"), {})["month_shape"] is None
    dark = monthly()
    dark[MONTHS] = 0.0
    assert roof_payload(dark, {})["month_shape"] is None


def test_classes_of_a_month_and_of_shade_are_those_of_their_measures() -> None:
    legends = {
        "specific_yield_kwh_kwp": Ramp("kwh_kwp", (900.0,), ("#000000", "#ffffff")),
        "poa_kwh_m2": Ramp("kwh_m2", (1000.0,), ("#111111", "#222222")),
        "shading_loss_pct": Ramp("pct", (5.0,), ("#333333", "#444444")),
    }
    found = roof_payload(monthly(), legends)["measures"]
    assert [(m["key"], m["column"], m.get("before")) for m in found] == [
        *((k, k, None) for k in legends), ("month", "", None), ("shade", "poa_kwh_m2", "open_poa"),
    ]  # fmt: skip
    assert found[3]["legend"]["breaks"] == [40.0, 60.0, 80.0, 100.0, 120.0]
    assert found[3]["legend"]["unit"] == "kwh_kwp"
    assert found[4]["legend"] == found[1]["legend"]
    assert [len(m["title"]) for m in found] == [2] * 5
    assert [m["key"] for m in roof_payload(roofs(), legends)["measures"]] == [*legends, "shade"]
    for gone in ("poa_kwh_m2", "shading_loss_pct"):
        kept = {k: v for k, v in legends.items() if k != gone}
        assert [m["key"] for m in roof_payload(monthly(), kept)["measures"]] == [*kept, "month"]
    no_yield = {k: v for k, v in legends.items() if k != "specific_yield_kwh_kwp"}
    assert [m["key"] for m in roof_payload(monthly(), no_yield)["measures"]] == [*no_yield, "shade"]


def test_colours_of_the_city_are_its_measures_phases_and_classes() -> None:
    many = roofs(specific_yield_kwh_kwp=[800.0, 1000.0, 900.0, 1100.0], poa_kwh_m2=math.nan,
                 building_class=["public", "other", "industrial", "shrine"])  # fmt: skip
    found = measures(many, programme())
    assert list(found) == ["yield_kwh", "specific_yield_kwh_kwp", "phase", "building_class"]
    assert [found[k].payload().get("unit") for k in ("yield_kwh", "specific_yield_kwh_kwp")] == ["kwh", "kwh_kwp"]
    phase = found["phase"].payload()["items"]
    assert [(item["code"], item["color"]) for item in phase] == [
        (0, "#c3c9c8"), (2025, "#6e2b0c"), (2030, "#c4611a"),
    ]  # fmt: skip
    assert phase[1]["label"] == ["2025", "2025"]
    classes = found["building_class"].payload()["items"]
    assert [(i["code"], i["color"]) for i in classes] == [
        ("public", "#56b1e0"), ("industrial", "#cf5a12"), ("other", "#8d9499"), ("shrine", "#c3c9c8"),
    ]  # fmt: skip
    assert classes[-1]["label"] == ["shrine", "shrine"]
    assert classes[0]["label"][1] == "Public"
    assert list(measures(roofs())) == ["yield_kwh"]
    assert category("lod", pd.Series(["outline", "surface"])).items[0][0] == "surface"


def test_categories_are_packed_by_their_place_in_the_legend() -> None:
    given = Categories((("x", "", "", ""), ("other", "其", "o", "#1"), ("public", "公", "p", "#2")))
    kinds = roofs(building_class=["public", "public", "other", "public"])
    payload = roof_payload(kinds, {"building_class": given})
    packed = unpack(payload["packed"])
    assert packed["building_class"].tolist() == [2, 2, 1, 2]
    assert packed["lod"].tolist() == [0, 0, 1, 1]
    assert [item["code"] for item in payload["categories"]["building_class"]] == ["x", "other", "public"]
    assert list(payload["categories"]) == ["building_class", "lod"]


def test_phases_are_packed_by_their_order() -> None:
    payload = roof_payload(roofs(), {}, programme(), {0: {"roofs": 4.0, "x": None}, 2025: {"roofs": 1.0}})
    assert unpack(payload["packed"])["phase"].tolist() == [1, 2, 2, 0]
    phases = payload["phases"]
    assert (phases["years"], phases["shares"]) == ([2025, 2030], {"2025": 0.25, "2030": 0.5})
    assert phases["co2_kg_kwh"] == 0.58
    assert payload["sums"] == {"0": {"roofs": 4.0, "x": None}, "2025": {"roofs": 1.0}}
    none = roof_payload(roofs(), {}, programme(co2_kg_kwh=math.nan))
    assert none["phases"]["co2_kg_kwh"] is None
    assert (none["sums"], roof_payload(roofs(), {})["phases"]) == ({}, None)


def test_only_rows_that_differ_from_the_usual_part_are_told() -> None:
    found = roof_payload(roofs(), {}, programme())["phases"]["developed"]
    assert found["2025"] == {"part": 1.0, "rows": {}}
    assert found["2030"]["part"] == 0.5
    assert found["2030"]["rows"] == {
        "1": {"usable_m2": 10.0, "capacity_kwp": 2.0, "yield_kwh": 1250.123},
        "2": {"usable_m2": 7.5, "capacity_kwp": 1.25, "yield_kwh": 0.0},
    }
    nothing = programme()
    nothing.by_roof = nothing.by_roof[nothing.by_roof["year"] == 2030]
    assert roof_payload(roofs(), {}, nothing)["phases"]["developed"]["2025"] == {"part": 1.0, "rows": {}}
    near = programme()
    near.by_roof.loc[near.by_roof["year"] == 2025, "yield_kwh"] = 1000.0 + 5e-7
    assert roof_payload(roofs(), {}, near)["phases"]["developed"]["2025"]["rows"] == {}
    near.by_roof.loc[near.by_roof["year"] == 2025, "yield_kwh"] = 1000.0 + 5e-5
    assert list(roof_payload(roofs(), {}, near)["phases"]["developed"]["2025"]["rows"]) == ["0"]


def test_how_sure_roofs_are_by_how_they_were_seen() -> None:
    assert roof_payload(roofs(), {})["uncertainty"] is None
    told = roofs()
    told.attrs["uncertainty"] = {"common": 0.0625, "independent": 0.25}
    found = roof_payload(told, {})["uncertainty"]
    assert found == {"common": 0.0625, "independent": 0.25, "z": pytest.approx(1.95996398, rel=1e-7)}
    sure = roofs(yield_sd_kwh=[100.0, 500.0, 7.0, 150.0], yield_common=[0.125, 0.5, 0.25, 0.75])
    sure.attrs["uncertainty"] = {"common": 0.0625, "independent": 0.25}
    found = roof_payload(sure, {})["uncertainty"]
    assert found["by_lod"] == pytest.approx([0.15, 0.05])  # a roof without yield tells nothing
    assert found["common_by_lod"] == pytest.approx([0.3125, 0.5])
    small = sure.assign(yield_kwh=[0.5, 0.5, 0.0, 0.0], yield_sd_kwh=[0.25, 0.125, 0.0, 0.0],
                        yield_common=[0.125, 0.5, math.nan, math.nan])  # fmt: skip
    small.attrs = sure.attrs
    found = roof_payload(small, {})["uncertainty"]
    assert found["by_lod"] == [0.375, 0.25]  # a kind of roofs without yield stands as the middle roof
    assert found["common_by_lod"] == [0.3125, 0.0625]
    less = roof_payload(sure.drop(columns="yield_common"), {})["uncertainty"]
    assert "common_by_lod" not in less
    assert "by_lod" not in roof_payload(sure.drop(columns="lod"), {})["uncertainty"]


@pytest.mark.parametrize(
    ("most", "steps"),
    [
        (3000.0, [0]), (3001.0, [0, 3000]), (10_001.0, [0, 3000, 10_000]), (30_001.0, [0, 3000, 10_000, 30_000]),
        (2e6, [0, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]), (0.0, []), (math.nan, []),
    ],
)  # fmt: skip
def test_steps_of_the_least_yield_go_up_to_the_largest_roof(most: float, steps: list[float]) -> None:
    assert roof_payload(roofs(yield_kwh=[math.nan, most, 0.0, math.nan]), {})["least_steps"] == steps
    assert roof_payload(roofs().drop(columns="yield_kwh"), {})["least_steps"] == []
