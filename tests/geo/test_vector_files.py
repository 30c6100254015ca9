"""Which bytes of a Shapefile are text of which encoding; names of a struct, cut columns, coordinates turned round."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.side_table import read_side_table
from guanghui.geo.townships import read_townships
from guanghui.geo.vector import read_layer
from guanghui.geo.vector_files import shapefile_encoding
from tests.twins import place

WORDS = {
    "gbk": ["住宅", "学校", "厂房", "镕江路"],
    "gbk, all of them UTF-8 of other scripts by chance": ["学校", "住宅"],
    "utf-8": ["住宅", "学校"],
    "ISO-8859-1": ["Rådhuset", "Göteborg", "Svartån", "Övre"],
    "utf-8, latin": ["Café", "Göteborg", "Övre"],
    "utf-8, cyrillic": ["школа", "дом"],
}


@pytest.mark.parametrize("name", WORDS)
def test_the_encoding_is_told_by_the_bytes(tmp_path: Path, name: str) -> None:
    words, encoding = WORDS[name], name.split(",")[0]
    frame = gpd.GeoDataFrame({"w": words}, geometry=[shapely.Point(i, 0) for i in range(len(words))], crs=4326)
    frame.to_file(tmp_path / "w.shp", encoding=encoding)
    (tmp_path / "w.cpg").unlink(missing_ok=True)
    found = shapefile_encoding(tmp_path / "w.shp", Notes())
    assert found == {"gbk": "gb18030", "utf-8": "utf-8", "ISO-8859-1": None}[encoding]
    assert read_layer(tmp_path / "w.shp", polygons=False)["w"].tolist() == words


def test_names_and_ids_are_plain_text() -> None:
    assert text_column(['{"primary": "甲", "rules": []}', {"primary": "乙"}, "{丙}"]).tolist() == ["甲", "乙", "{丙}"]
    assert text_column(pd.Series([0.1 + 0.2, 7.5, np.nan])).tolist() == ["0.3", "7.5", ""]


def test_spaces_round_a_cell_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("township , kva\n东镇\u3000,500 \n 西乡,\u3000\n", encoding="utf-8")
    table = read_side_table(tmp_path / "t.csv")
    assert table["township"].tolist() == ["东镇", "西乡"]
    assert table["kva"].isna().tolist() == [False, True]


def test_townships_of_one_name_are_told_apart(tmp_path: Path) -> None:
    place.townships().assign(name="城关镇").to_file(tmp_path / "t.gpkg")
    notes = Notes()
    found = read_townships(tmp_path / "t.gpkg", code="code", notes=notes)
    assert found["name"].tolist() == ["城关镇 (360482001)", "城关镇 (360482002)"]
    assert "share a name" in next(iter(notes)).text
    assert len(read_townships(tmp_path / "t.gpkg")) == 1  # without codes they are parts of one


@pytest.mark.parametrize(("crs", "turned"), [(4326, True), (4490, True), (4548, True), (4527, True), (32650, False)])
def test_north_before_east_is_named(tmp_path: Path, crs: int, turned: bool) -> None:
    frame = place.outlines().to_crs(crs)
    swapped = shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1])
    frame.set_geometry(gpd.GeoSeries(swapped if turned else frame.geometry, crs=crs)).to_file(tmp_path / "r.gpkg")
    if not turned:
        assert len(read_layer(tmp_path / "r.gpkg")) == 9
        return
    with pytest.raises(InputError, match=r"before (longitude|easting).*swap X and Y") as told:
        read_layer(tmp_path / "r.gpkg")
    assert "交换 X、Y" in told.value.zh


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_of_a_crs_in_chinese_do_no_harm(tmp_path: Path, encoding: str) -> None:
    """In GBK the reader below breaks over them."""
    place.outlines().to_file(tmp_path / "r.shp")
    text = (tmp_path / "r.prj").read_text()
    name = text.split('"')[1]
    (tmp_path / "r.prj").write_bytes(text.replace(name, "国家2000高斯三度带117").encode(encoding))
    found = read_layer(tmp_path / "r.shp", notes=Notes())
    np.testing.assert_allclose(found.to_crs(4548).total_bounds, place.outlines().total_bounds, atol=1e-6)
    (tmp_path / "r.prj").write_bytes("没有".encode("gbk"))
    with pytest.raises(InputError, match=r"r\.shp"):
        read_layer(tmp_path / "r.shp", notes=Notes())
