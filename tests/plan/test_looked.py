"""Roofs to look at: which are drawn, what is read of what was looked up, and what is refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.looked import read_looked, with_looked
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.sample import draw_roofs, write_sample


@pytest.fixture
def region(tmp_path: Path) -> Region:
    rng = np.random.default_rng(2)
    side = np.concatenate([[120.0], rng.uniform(6, 25, 399)])
    x, y = np.meshgrid(np.arange(20) * 130.0, np.arange(20) * 130.0)
    shapes = [box(500_000 + a, 3_200_000 + b, 500_000 + a + s, 3_200_000 + b + s)
              for a, b, s in zip(x.ravel(), y.ravel(), side, strict=True)]  # fmt: skip
    use, form = np.where(np.arange(400) % 4, "住宅", "工业厂房"), np.where(np.arange(400) == 7, "平顶", "")
    roofs = gpd.GeoDataFrame({"id": [f"r{i}" for i in range(400)], "use": use,
                              "shape": form}, geometry=shapes, crs=32650)  # fmt: skip
    roofs.to_file(tmp_path / "b.gpkg")
    town = gpd.GeoDataFrame({"name": ["镇"]}, geometry=[box(499_900, 3_199_900, 503_000, 3_203_000)], crs=32650)
    town.to_file(tmp_path / "t.gpkg")
    text = ('[region]\nname = "甲"\nseed = 3\n[townships]\npath = "t.gpkg"\n[buildings]\npath = "b.gpkg"\nid = "id"\n'
            'use = "use"\nform = "shape"\n[weather]\nnormals = "jiujiang"\n')  # fmt: skip
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    return Region(tmp_path / "r.toml")


def test_roofs_are_drawn_by_their_area(region: Region) -> None:
    found = draw_roofs(region, 30)
    assert len(found) == 30
    assert "r0" in set(found["building_id"])  # a third of all the area
    assert "r7" not in set(found["building_id"])  # its form is known
    pd.testing.assert_frame_equal(found, draw_roofs(region, 30))
    known = region.buildings
    share = known.loc[known["building_class"] == "industrial", "footprint_m2"].sum() - 14_400
    industrial = (found["building_class"] == "industrial").sum() - 1
    assert industrial == pytest.approx(29 * share / (known["footprint_m2"].sum() - 14_400), abs=1.5)


def test_what_was_filled_in_comes_back(region: Region, tmp_path: Path) -> None:
    path = write_sample(region, 20, tmp_path / "looked.csv")
    with pytest.raises(InputError, match="exists"):
        write_sample(region, 20, path)
    text = path.read_text(encoding="utf-8-sig")
    head, *rows = [line for line in text.splitlines() if not line.startswith("#")]
    filled = [rows[0][:-3] + ",双坡,22,70", rows[1][:-3] + ",flat,,", *rows[2:]]
    path.write_text("\n".join([head, *filled]), encoding="utf-8")
    looked = read_looked(path)
    assert looked["form"].tolist() == ["gable", "flat"]
    np.testing.assert_array_equal(looked["clear"], [0.7, np.nan])
    with (tmp_path / "r.toml").open("a", encoding="utf-8") as file:
        file.write('[pv.form]\nlooked = "looked.csv"\n')
    buildings = Region(tmp_path / "r.toml").buildings.set_index("building_id")
    first = buildings.loc[looked["building_id"][0]]
    told = first[["form", "form_tilt", "form_clear", "form_source"]].tolist()
    assert told == ["gable", 22.0, 0.7, "looked"]
    assert buildings["form_clear"].notna().sum() == 1
    assert buildings.loc["r7", "form_source"] == "column"
    assert (buildings["form_source"] == "").sum() == 397


@pytest.mark.parametrize(("text", "words"), [
    ("building_id,shape\nr1,flat\n", "form is missing"),
    ("building_id,form\nr1,onion\n", "names no roof form"),
    ("building_id,form,tilt\nr1,gable,120\n", "no angle"),
    ("building_id,form,tilt\nr1,gable,steep\n", "no angle"),
    ("building_id,form,clear_pct\nr1,gable,120\n", "no share in percent"),
    ("building_id,form,clear_pct\nr1,gable,60\nr2,gable,0.7\n", r"'0.7' of row 2"),
    ("building_id,form\nr1,gable\nr1,flat\n", "more than one form"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "looked.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as refused:
        read_looked(path)
    assert "looked.csv" in refused.value.in_language("zh")


def test_a_roof_of_another_place_is_named(region: Region) -> None:
    looked = pd.DataFrame({"building_id": ["r1", "x9"], "form": "flat", "tilt": np.nan})
    with pytest.raises(InputError, match="x9"):
        with_looked(region.buildings, looked)
