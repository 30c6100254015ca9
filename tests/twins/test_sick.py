"""Sick data sets: each is refused or named with the right mend, in the language of ``lang``."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from guanghui.geo.errors import InputError
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from tests.scenes import EAST, NORTH, hourly_weather, write_raster
from tests.twins import place

ROOFS, TOWNS, Z, COVER = place.outlines(), place.townships(), place.heights()[0], place.cover()
Sick = tuple[Callable[[Path], Any], str, str]
"""What makes it sick, what stands in for a text of the region file, and the words of the mend in Chinese."""


def save(frame: gpd.GeoDataFrame, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is no CRS is meant
        frame.to_file(path)


def nothing(folder: Path) -> None:
    """The region file alone is sick."""


def text(old: str, new: str, words: str) -> Sick:
    return nothing, f"{old}=>{new}", words


def gone(name: str, words: str) -> Sick:
    return lambda p: (p / name).unlink(), "", words


def junk(name: str, data: bytes, words: str) -> Sick:
    return lambda p: (p / name).write_bytes(data), "", words


def roofs(frame: gpd.GeoDataFrame, words: str) -> Sick:
    return lambda p: save(frame, p / "roofs.gpkg"), "", words


def towns(frame: gpd.GeoDataFrame, words: str) -> Sick:
    return lambda p: save(frame, p / "towns.gpkg"), "", words


def side(section: str, name: str, body: str | bytes, words: str) -> Sick:
    data = body.encode() if isinstance(body, str) else body
    return lambda p: (p / name).write_bytes(data), f'[coverage]=>[{section}]\npath = "{name}"\n[coverage]', words


def dsm(z: np.ndarray, words: str, **options: Any) -> Sick:
    return lambda p: write_raster(p / "dsm.tif", z, **{"nodata": -9999.0, **options}), "", words


def lc(codes: np.ndarray, words: str, **options: Any) -> Sick:
    given = {"cell": 10.0, "west": EAST - 40, "north": NORTH + 40, "nodata": 0, **options}
    return lambda p: write_raster(p / "cover.tif", codes, **given), "", words


def grown(m: float) -> gpd.GeoDataFrame:
    return TOWNS.set_geometry(TOWNS.buffer(m))


POINTS = ROOFS.set_geometry(ROOFS.centroid)
HOLE = np.where(np.arange(120)[:, None] < 60, np.float32(0), Z)
SICK: dict[str, Sick] = {
    "no townships": gone("towns.gpkg", "更正路径"),
    "no roofs": gone("roofs.gpkg", "更正路径"),
    "no surface": gone("dsm.tif", "更正路径"),
    "no land cover": gone("cover.tif", "更正路径"),
    "townships of nothing": junk("towns.gpkg", b"", "请提供 GeoPackage"),
    "roofs of nothing": junk("roofs.gpkg", b"", "请提供 GeoPackage"),
    "surface of nothing": junk("dsm.tif", b"", "请提供 GeoTIFF"),
    "cover of nothing": junk("cover.tif", b"", "请提供 GeoTIFF"),
    "roofs are a page": junk("roofs.gpkg", b"<html>404</html>", "请提供 GeoPackage"),
    "surface is a page": junk("dsm.tif", b"<html>404</html>", "请提供 GeoTIFF"),
    "cut region file": junk("region.toml", b"[region\n", "TOML"),
    "region file in GBK": junk("region.toml", '[region]\nname = "试"\n'.encode("gbk"), "UTF-8"),
    "empty region file": junk("region.toml", b"", "缺少键"),
    "unknown key": text('name_en = "trial"', 'nam_en = "trial"', "是否想写"),
    "unknown section": text("[surface]", "[surfaces]", "是否想写"),
    "path of NUL": text('"roofs.gpkg"', r'"a\\u0000b"'.replace("\\\\", "\\"), "空字符"),
    "path of a number": text('path = "dsm.tif"', "path = 5", "surface"),
    "crs nobody knows": text('crs = "EPSG:4548"', 'crs = "EPSG:999999"', "EPSG:4548"),
    "crs in degrees": text('crs = "EPSG:4548"', 'crs = "EPSG:4326"', "auto"),
    "column of names": text('name = "name"', 'name = "镇名"', "没有字段"),
    "column of codes": text('code = "code"', 'code = "代码"', "没有字段"),
    "column of ids": text('id = "bid"', 'id = "编号"', "没有字段"),
    "column of use": text('use = "use"', 'use = "用途"', "没有字段"),
    "column of heights": text('height = "h"', 'height = "高"', "没有字段"),
    "heights of names": text('height = "h"', 'height = "title"', "请指定正确的字段"),
    "legend nobody knows": text('"worldcover"', '"worldcovre"', "worldcover"),
    "legend of another product": text('"worldcover"', '"clcd"', "图例"),
    "layer nobody knows": text('path = "roofs.gpkg"', 'path = "roofs.gpkg"\nlayer = "x"', "没有图层"),
    "band 2 of 1": text('path = "dsm.tif"', 'path = "dsm.tif"\nband = 2', "波段"),
    "pattern of nothing": text('path = "dsm.tif"', 'path = "t/*.tif"', "通配符"),
    "normals of nowhere": text('"jiujiang"', '"atlantis"', "atlantis"),
    "share over one": text("share = 0.40", "share = 1.40", "share"),
    "share below nought": text("share = 0.30", "share = -0.3", "share"),
    "unit nobody knows": text('path = "dsm.tif"', 'path = "dsm.tif"\nunit = "chi"', "unit"),
    "shift beyond 90 min": text('normals = "jiujiang"', 'normals = "jiujiang"\nshift_min = 120', "shift_min"),
    "weather that is not there": text('normals = "jiujiang"', 'path = "w.epw"', "更正路径"),
    "township without name": towns(TOWNS.assign(name=["东镇", None]), "请补全"),
    "one code, two names": towns(TOWNS.assign(code="1"), "对应两个名称"),
    "townships that overlap": towns(grown(20), "互不重叠"),
    "townships of points": towns(TOWNS.set_geometry(TOWNS.centroid), "没有面要素"),
    "townships of no row": towns(TOWNS.iloc[:0], "没有要素"),
    "townships without crs": towns(TOWNS.set_crs(None, allow_override=True), "crs"),
    "townships elsewhere": towns(TOWNS.set_geometry(TOWNS.translate(2e5, 0)), "请"),
    "townships in degrees under metres": towns(TOWNS.to_crs(4326).set_crs(4548, allow_override=True), "似为度"),
    "townships in metres under degrees": towns(TOWNS.set_crs(4326, allow_override=True), "不是度"),
    "roofs of points": roofs(POINTS, "没有面要素"),
    "roofs of no row": roofs(ROOFS.iloc[:0], "没有要素"),
    "roofs without crs": roofs(ROOFS.set_crs(None, allow_override=True), "crs"),
    "roofs elsewhere": roofs(ROOFS.set_geometry(ROOFS.translate(5e4, 0)), "请比较两图层的 CRS"),
    "roofs in degrees under metres": roofs(ROOFS.to_crs(4326).set_crs(4548, allow_override=True), "似为度"),
    "roofs in metres under degrees": roofs(ROOFS.set_crs(4326, allow_override=True), "不是度"),
    "roofs of another zone": roofs(ROOFS.set_geometry(ROOFS.translate(38e6, 0)), "中央经线"),
    "ids twice": roofs(ROOFS.assign(bid="a"), "重复"),
    "a roof drawn twice": roofs(pd.concat([ROOFS, ROOFS[:1]]), "重复绘制"),
    "heights of 9999": roofs(ROOFS.assign(h=9999.0), "不合理"),
    "heights below nought": roofs(ROOFS.assign(h=-3.0), "不合理"),
    "some heights of words": roofs(ROOFS.assign(h=["9", "高"] + ["9"] * 7), "不是数字"),
    "a tiny roof": roofs(ROOFS.set_geometry([shapely.box(EAST, NORTH - 1, EAST + 1, NORTH), *ROOFS.geometry[1:]]),
                         "面积不足"),
    "a bow-tie": roofs(ROOFS.set_geometry([shapely.Polygon([(EAST + 10, NORTH - 10), (EAST + 30, NORTH - 30),
                                                            (EAST + 30, NORTH - 10), (EAST + 10, NORTH - 30)]),
                                           *ROOFS.geometry[1:]]), "无效"),
    "an empty shape": roofs(ROOFS.set_geometry([None, *ROOFS.geometry[1:]]), "没有面图形"),
    "a roof outside": roofs(ROOFS.set_geometry([ROOFS.geometry[0].buffer(0), *ROOFS.geometry[1:8],
                                                shapely.box(EAST + 900, NORTH, EAST + 920, NORTH + 20)]),
                           "不在任何乡镇"),
    "a roof larger than all": roofs(ROOFS.set_geometry([shapely.box(EAST - 900, NORTH - 900, EAST + 900, NORTH + 900),
                                                        *ROOFS.geometry[1:]]), "院落或宗地"),
    "surface without crs": dsm(Z, "crs", crs=None),
    "surface elsewhere": dsm(Z, "请提供本地栅格", west=EAST + 1e5),
    "surface of no data": dsm(np.full_like(Z, -9999), "请"),
    "surface of undeclared -9999": dsm(np.where(HOLE == 0, np.float32(-9999), Z)[::1], "未声明无数据值", nodata=None),
    "surface of undeclared zeros": dsm(np.where(np.arange(120)[:, None] < 30, np.float32(0), Z), "未声明无数据值",
                                       nodata=None),
    "half a surface of zeros": dsm(HOLE, "离地高度", nodata=None),
    "surface of a part": dsm(Z[:60], "地表模型"),
    "surface without roofs": dsm(np.full_like(Z, 20.0), "不含建筑"),
    "cover elsewhere": lc(COVER, "请提供本地栅格", west=EAST + 1e5),
    "cover without crs": lc(COVER, "crs", crs=None),
    "cover of unknown codes": lc(np.full_like(COVER, 77), "图例"),
    "cover of undeclared 255": lc(np.where(COVER == 30, 255, COVER).astype("uint8"), "图例", nodata=None),
    "cover of halves": lc(COVER + np.float32(0.5), "整数", nodata=None),
    "grid of no row": side("grid", "g.csv", "township,capacity_kva\n", "没有数据行"),
    "grid of nothing": side("grid", "g.csv", "", "无法读取"),
    "grid without its column": side("grid", "g.csv", "township,kva\n东镇,5\n", "capacity_kva"),
    "grid of words": side("grid", "g.csv", "township,capacity_kva\n东镇,多\n", "正数"),
    "grid of nowhere": side("grid", "g.csv", "township,capacity_kva\n北镇,5\n", "北镇"),
    "grid of bytes": side("grid", "g.csv", b"\0\1\2" * 99, "无法读取"),
    "grid of a broken workbook": side("grid", "g.xlsx", b"PK\3\4no", "无法读取"),
    "systems of no row": side("existing", "e.csv", "name,township,capacity_kwp\n", "没有数据行"),
    "systems without capacity": side("existing", "e.csv", "name,township\na,东镇\n", "capacity"),
    "systems of words": side("existing", "e.csv", "name,township,capacity_kwp\na,东镇,多\n", "不小于 0 的数"),
    "systems of nowhere": side("existing", "e.csv", "name,township,capacity_kwp\na,北镇,5\n", "没有此建筑或乡镇"),
    "a negative system": side("existing", "e.csv", "name,township,capacity_kwp\na,东镇,-5\n", "capacity"),
}  # fmt: skip


REHEARSED = ("systems of nowhere",)
"""Found where the way of a run is walked."""


@pytest.fixture(autouse=True)
def _one_year(monkeypatch: pytest.MonkeyPatch) -> None:
    weather = hourly_weather()
    monkeypatch.setattr("guanghui.plan.inputs.region.weather_from_normals", lambda normals, **named: weather)


@pytest.mark.parametrize("name", place.some(SICK, 5))
def test_it_is_refused_or_named_with_its_mend(tmp_path: Path, name: str) -> None:
    make, change, words = SICK[name]
    given = place.REGION.replace(*change.split("=>", 1)) if change else place.REGION
    path = place.build(tmp_path, text=given)
    make(tmp_path)
    told: list[str] = []
    try:
        region = Region(path)
        told = [p.in_language("zh") for p in check(region, rehearse=name in REHEARSED)]
        told += [n.in_language("zh") for n in region.notes]
    except InputError as error:
        told = [error.in_language("zh")]
    assert any(words in t for t in told), told
    assert all(re.search("[\u4e00-\u9fff]", t) for t in told)
