"""Samples of the other plans' places: names and codes, the right zone and land, and their region files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import shapely

from guanghui.data.demo.build import Country, grow
from guanghui.data.demo.landcover import TREE
from guanghui.data.demo.places import PLACES, mirrored
from guanghui.data.demo.plan_village import VILLAGE
from guanghui.data.demo.sample_papers import write_sample_readme, write_sample_region
from guanghui.data.demo.sites import beside
from guanghui.data.demo.wetlands import wetlands
from guanghui.plan.inputs.config import load_region_file

SAMPLES = tuple(name for name, plan in PLACES.items() if plan is not None)
GROWN = SAMPLES if os.environ.get("GUANGHUI_ALL") else ("ruijin", "yancheng")
"""Each costs two seconds; the one with three townships and the one with nine stand for all."""
WHERE = {
    "ruijin": (116.03, 25.89),
    "rongjiang": (114.91, 25.79),
    "yancheng": (120.46, 33.56),
    "jiangxi": (115.76, 28.56),
}
EPSG = {"ruijin": 4548, "rongjiang": 4547, "yancheng": 4549, "jiangxi": 4548}
UNITS = {
    "ruijin": {"象湖镇", "壬田镇", "沙洲坝镇"},
    "rongjiang": {"高校园区", "潭东镇", "潭口镇"},
    "yancheng": {"东台市", "亭湖区", "响水县", "大丰区", "射阳县", "建湖县", "滨海县", "盐都区", "阜宁县"},
    "jiangxi": {"共青城市", "修水县", "芦溪县", "余干县", "丰城市", "瑞金市"},
}


@pytest.fixture(scope="module", params=GROWN)
def sample(request: pytest.FixtureRequest) -> tuple[str, Country]:
    return request.param, grow(place=request.param)


def test_each_place_lies_where_it_is_and_has_its_units(sample: tuple[str, Country]) -> None:
    name, country = sample
    towns = country.land.townships
    assert towns.crs.to_epsg() == EPSG[name]
    assert set(towns["name"]) == UNITS[name]
    assert towns["code"].is_unique
    middle = towns.to_crs(4326).union_all().centroid
    assert (middle.x, middle.y) == pytest.approx(WHERE[name], abs=0.03)
    union = towns.union_all()
    assert union.geom_type == "Polygon"
    assert shapely.area(union) == pytest.approx(towns.area.sum(), rel=1e-9)
    assert 7e6 < shapely.area(union) < 7.4e6
    roofs = country.built.roofs
    assert 300 < len(roofs) < 900
    assert roofs["building_id"].is_unique


def test_the_land_has_the_character_of_the_plan(sample: tuple[str, Country]) -> None:
    name, country = sample
    plan = PLACES[name]
    assert plan is not None
    inside = country.township > 0
    trees = 100 * float((country.cover.now[inside] == TREE).mean())
    assert trees == pytest.approx(plan.shares.forest, abs=1.0)
    assert name != "ruijin" or trees > 70
    types = set(wetlands(country.land, country.water)["wetland_type"])
    assert name != "yancheng" or {"滨海盐沼", "潮滩", "养殖坑塘"} <= types
    if name == "rongjiang":
        assert country.built.roofs["name"].str.contains("毅德物流园").any()


def test_sites_have_their_area_and_stand_on_no_roof(sample: tuple[str, Country]) -> None:
    _, country = sample
    plan, layers = country.land.plan, beside(country)
    assert list(layers["sites.gpkg"]) == [s.layer for s in plan.sites]
    for wanted in plan.sites:
        shape = layers["sites.gpkg"][wanted.layer].geometry.iloc[0]
        assert shape.area == pytest.approx(wanted.area_ha * 1e4, rel=0.02)
        assert not shapely.intersects(country.built.outlines, shape).any()
    assert layers["zone.gpkg"]["zone"].area.iloc[0] < layers["built_up.gpkg"]["built_up"].area.iloc[0]


@pytest.mark.parametrize("place", SAMPLES)
def test_the_region_file_keeps_the_targets_of_the_plan(place: str, tmp_path: Path) -> None:
    plan = PLACES[place]
    assert plan is not None
    path = tmp_path / "region.toml"
    write_sample_region(path, place, plan)
    shipped = load_region_file(Path("data/regions") / f"{place}.toml")[0]
    made = load_region_file(path)[0]
    assert made.targets == shipped.targets
    assert made.region.illustrative
    assert made.region.part
    assert (made.region.name, made.region.code) == (shipped.region.name, shipped.region.code)
    assert {s.layer for s in made.sites} == {s.layer for s in plan.sites}
    assert made.coverage.zone == "zone.gpkg"
    write_sample_readme(tmp_path / "README.txt", place, 1)
    assert "示范数据" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_a_mirror_seen_in_a_mirror_is_the_drawing() -> None:
    for turn in ({"east": True}, {"north": True}, {"east": True, "north": True}):
        twice = mirrored(mirrored(VILLAGE, **turn), **turn)
        assert twice.townships == VILLAGE.townships
        assert [x for p in twice.lake for x in p] == pytest.approx([x for p in VILLAGE.lake for x in p])
        assert [x for h in twice.hills for x in h] == pytest.approx([x for h in VILLAGE.hills for x in h])
        assert [d.angle for d in twice.districts] == [d.angle for d in VILLAGE.districts]


def test_unknown_places_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one of"):
        grow(place="atlantis")
