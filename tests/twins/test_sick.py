"""Sick data sets: each is refused or named with the right mend, in the language of ``lang``."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import from_origin

from guanghui.geo.errors import InputError, all_of
from guanghui.geo.gcj02 import wgs84_to_gcj02
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check
from guanghui.plan.run.cli import cli
from guanghui.plan.run.exits import BAD_INPUT
from tests.scenes import EAST, NORTH, hourly_weather, write_raster
from tests.twins import place

ROOFS, TOWNS, Z, COVER = place.outlines(), place.townships(), place.heights()[0], place.cover()
KEYS = 'id = "bid"\nname = "title"\nuse = "use"\nheight = "h"\n'
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


def shp(folder: Path, *gone: str, **columns: Any) -> None:
    """The roofs as a Shapefile without some of its parts."""
    ROOFS.assign(**columns).to_file(folder / "r.shp", encoding="gbk")
    for end in gone:
        (folder / f"r.{end}").unlink()


def of(file: str, make: Callable[[Path], Any], words: str, extra: str = "", keys: str = KEYS) -> Sick:
    """The roofs in another file."""
    return make, f'{place.BUILDINGS}=>[buildings]\npath = "{file}"\n{keys}{extra}', words


def sun(lines: Callable[[list[str]], list[str]], words: str, extra: str = "utc_offset = 8\n") -> Sick:
    """An hourly table in place of normals."""
    return (
        lambda p: (p / "w.csv").write_text("\n".join(lines(place.hours_csv().splitlines())), encoding="utf-8"),
        f'normals = "jiujiang"\n=>path = "w.csv"\n{extra}',
        words,
    )


def times(factor: float) -> Callable[[list[str]], list[str]]:
    """Radiation in another unit."""

    def make(lines: list[str]) -> list[str]:
        rows = [line.split(",") for line in lines[1:]]
        return [
            lines[0],
            *(",".join([t, f"{float(g) * factor:.5f}", f"{float(d) * factor:.5f}", *r]) for t, g, d, *r in rows),
        ]

    return make


def listed(folder: Path, x: str, y: str) -> None:
    points = ROOFS.centroid.to_crs(4490)
    pd.DataFrame({x: points.x, y: points.y, "面积": ROOFS.area}).to_csv(folder / "r.csv", index=False)


def degrees(folder: Path, change: Callable[[np.ndarray], np.ndarray], crs: int = 4326) -> None:
    shapes = shapely.transform(ROOFS.to_crs(crs).geometry.to_numpy(), change)
    tree = json.loads(ROOFS.to_crs(crs).set_geometry(gpd.GeoSeries(shapes, crs=crs)).to_json())
    tree.pop("crs", None)
    (folder / "r.geojson").write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")


def drawing(folder: Path) -> None:
    rings = [gpd.GeoDataFrame({"Layer": [name] * 9}, geometry=ROOFS.buffer(m).boundary, crs=place.CRS)
             for name, m in (("JZD", 0.0), ("ZD", 4.0))]  # fmt: skip
    pd.concat(rings).to_file(folder / "r.dxf", driver="DXF", engine="pyogrio")


def two_layers(folder: Path) -> None:
    for layer in ("a", "b"):
        ROOFS.to_file(folder / "r.gpkg", layer=layer)


def tiled(folder: Path) -> None:
    write_raster(folder / "t1.tif", Z[:60], nodata=-9999.0)
    write_raster(
        folder / "t2.tif", np.kron(Z[60:], np.ones((2, 2), "float32")), cell=0.5, north=NORTH - 60, nodata=-9999.0
    )


def bands(folder: Path) -> None:
    profile = {"driver": "GTiff", "height": 120, "width": 120, "count": 3, "dtype": "float32", "crs": place.CRS}
    with rasterio.open(folder / "dsm.tif", "w", transform=from_origin(EAST, NORTH, 1, 1), **profile) as out:
        out.write(np.stack([Z, Z, Z]))


def unit(folder: Path) -> None:
    write_raster(folder / "dsm.tif", Z, nodata=-9999.0)
    with rasterio.open(folder / "dsm.tif", "r+") as out:
        out.units = ("chi",)


def upside_down(folder: Path) -> None:
    profile = {"driver": "GTiff", "height": 120, "width": 120, "count": 1, "dtype": "float32", "crs": place.CRS}
    with rasterio.open(
        folder / "dsm.tif", "w", transform=rasterio.Affine(1, 0, EAST, 0, 1, NORTH - 120), **profile
    ) as out:
        out.write(Z[::-1], 1)


def vector_cover(folder: Path) -> None:
    (folder / "cover.tif").unlink()
    TOWNS.to_file(folder / "cover.gpkg")


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
    "latitude before longitude": of("r.geojson", lambda p: degrees(p, lambda c: c[:, ::-1]), "交换 X、Y"),
    "north before east": roofs(ROOFS.set_geometry(gpd.GeoSeries(shapely.transform(
        ROOFS.geometry.to_numpy(), lambda c: c[:, ::-1]), crs=place.CRS)), "北坐标写在东坐标之前"),
    "a list with headers the wrong way": of("r.csv", lambda p: listed(p, "纬度", "经度"), "经纬度写反", keys=""),
    "a list of metres": of("r.csv", lambda p: pd.DataFrame({"经度": [384400.0], "纬度": [3239600.0], "面积": [90.0]})
                           .to_csv(p / "r.csv", index=False), "请给经纬度", keys=""),
    "a list without area": of("r.csv", lambda p: pd.DataFrame({"经度": [115.8], "纬度": [29.3]}).to_csv(
        p / "r.csv", index=False), "面积三列", keys=""),
    "a shapefile without shx": of("r.shp", lambda p: shp(p, "shx"), "r.shx"),
    "a shapefile without dbf": of("r.shp", lambda p: shp(p, "dbf"), "缺少同名 .dbf"),
    "a shapefile without prj": of("r.shp", lambda p: shp(p, "prj"), "crs"),
    "a name cut after ten bytes": of("r.shp", lambda p: shp(p, 房屋用途类=ROOFS["use"]), "请写 '房屋用途类'",
                                     keys=KEYS.replace('"use"', '"房屋用途类型说明"')),
    "a drawing of two layers": of("r.dxf", drawing, "请用 layer", 'crs = "EPSG:4548"\n', keys=""),
    "a drawing without crs": of("r.dxf", drawing, "CRS", 'layer = "JZD"\n', keys=""),
    "two layers": of("r.gpkg", two_layers, "请用 layer"),
    "metres that are called degrees": of("r.geojson", lambda p: degrees(p, lambda c: c, 4548), "实际坐标系"),
    "web mercator that is called degrees": of("r.geojson", lambda p: degrees(p, lambda c: c, 3857), "实际坐标系"),
    "shifted roofs": of("r.geojson", lambda p: degrees(p, lambda c: np.column_stack(wgs84_to_gcj02(c[:, 0], c[:, 1]))),
                        'crs = "gcj02"'),
    "township named NULL": towns(TOWNS.assign(name=["东镇", "NULL"]), "没有名称"),
    "township named by a dash": towns(TOWNS.assign(name=["—", "西乡"]), "没有名称"),
    "townships of one name": towns(TOWNS.assign(name="城关镇"), "重名"),
    "surface that breaks off": (lambda p: (p / "dsm.tif").write_bytes((p / "dsm.tif").read_bytes()[:-30_000]), "",
                                "栅格无法读完"),
    "cover that breaks off": (lambda p: (p / "cover.tif").write_bytes((p / "cover.tif").read_bytes()[:-300]), "",
                              "栅格无法读完"),
    "surface of 30 m": dsm(Z[::30, ::30].copy(), "过大", cell=30.0),
    "surface of 3 m": dsm(Z[::3, ::3].copy(), "较粗", cell=3.0),
    "surface of whole metres": dsm(np.round(Z).astype("int16"), "整米", nodata=-9999),
    "surface enlarged": dsm(np.kron(Z, np.ones((2, 2), "float32")), "放大而来", cell=0.5),
    "surface of three bands": (bands, "", "band = 1"),
    "surface in chi": (unit, "", "已知长度单位"),
    "surface upside down": (upside_down, "", "正北向上"),
    "tiles of two sizes": (tiled, 'path = "dsm.tif"=>path = "t*.tif"', "统一到一个网格"),
    "cover is a layer without codes": (vector_cover, '"cover.tif"=>"cover.gpkg"', "用 code 指明"),
    "weather in MJ": sun(times(0.0036), "单位须为 W/m²"),
    "weather in kJ": sun(times(3.6), "单位须为 W/m²"),
    "weather without an offset": sun(lambda t: t, "utc_offset", extra=""),
    "weather of another place": sun(lambda t: t, "far = true",
                                    extra="utc_offset = 10\nlatitude = -33.9\nlongitude = 151\n"),
    "weather by another clock": sun(lambda t: t, "地点与时区", extra="utc_offset = 0\n"),
    "weather under other headers": sun(lambda t: ["时间,Rg,Rd,T,u", *t[1:]], "weather.columns"),
    "weather of half a year": sun(lambda t: t[:4000], "整年"),
    "weather without one month": sun(lambda t: t[:3000] + t[3744:], "补全缺失时次"),
    "weather by the day": sun(lambda t: t[:1] + t[12::24], "步长超过一小时"),
    "a negative system": side("existing", "e.csv", "name,township,capacity_kwp\na,东镇,-5\n", "capacity"),
}  # fmt: skip


REHEARSED = ("systems of nowhere",)
"""Found where the way of a run is walked."""
MENDS: dict[str, tuple[str, str] | Callable[[Path], Any]] = {
    "column of names": ('"镇名"', '"name"'),
    "band 2 of 1": ("band = 2", "band = 1"),
    "unit nobody knows": ('unit = "chi"', 'unit = "m"'),
    "legend of another product": ('"clcd"', '"worldcover"'),
    "layer nobody knows": ('layer = "x"', 'layer = "roofs"'),
    "normals of nowhere": ("atlantis", "jiujiang"),
    "townships without crs": ('path = "towns.gpkg"', 'path = "towns.gpkg"\ncrs = "EPSG:4548"'),
    "townships in degrees under metres": ('path = "towns.gpkg"', 'path = "towns.gpkg"\ncrs = "EPSG:4490"'),
    "roofs without crs": ('path = "roofs.gpkg"', 'path = "roofs.gpkg"\ncrs = "EPSG:4548"'),
    "roofs in degrees under metres": ('path = "roofs.gpkg"', 'path = "roofs.gpkg"\ncrs = "EPSG:4490"'),
    "roofs in metres under degrees": ('path = "roofs.gpkg"', 'path = "roofs.gpkg"\ncrs = "EPSG:4548"'),
    "surface without crs": ('path = "dsm.tif"', 'path = "dsm.tif"\ncrs = "EPSG:4548"'),
    "cover without crs": ('path = "cover.tif"', 'path = "cover.tif"\ncrs = "EPSG:4548"'),
    "cover of undeclared 255": lambda p: write_raster(
        p / "cover.tif", np.where(COVER == 30, 255, COVER).astype("uint8"), cell=10.0, west=EAST - 40, north=NORTH + 40,
        nodata=255),
    "a list with headers the wrong way": lambda p: listed(p, "经度", "纬度"),
    "a shapefile without shx": shp,
    "a shapefile without dbf": shp,
    "a shapefile without prj": ('path = "r.shp"', 'path = "r.shp"\ncrs = "EPSG:4548"'),
    "a name cut after ten bytes": ("房屋用途类型说明", "房屋用途类"),
    "a drawing of two layers": ('path = "r.dxf"', 'path = "r.dxf"\nlayer = "JZD"'),
    "a drawing without crs": ('path = "r.dxf"', 'path = "r.dxf"\ncrs = "EPSG:4548"'),
    "two layers": ('path = "r.gpkg"', 'path = "r.gpkg"\nlayer = "b"'),
    "latitude before longitude": lambda p: degrees(p, lambda c: c),
    "metres that are called degrees": ('path = "r.geojson"', 'path = "r.geojson"\ncrs = "EPSG:4548"'),
    "web mercator that is called degrees": ('path = "r.geojson"', 'path = "r.geojson"\ncrs = "EPSG:3857"'),
    "shifted roofs": ('path = "r.geojson"', 'path = "r.geojson"\ncrs = "gcj02"'),
    "surface of three bands": ('path = "dsm.tif"', 'path = "dsm.tif"\nband = 1'),
    "surface in chi": ('path = "dsm.tif"', 'path = "dsm.tif"\nunit = "m"'),
    "weather without an offset": ('path = "w.csv"', 'path = "w.csv"\nutc_offset = 8'),
    "weather by another clock": ("utc_offset = 0", "utc_offset = 8"),
    "weather of another place": ("utc_offset = 10\nlatitude = -33.9\nlongitude = 151\n", "utc_offset = 8\n"),
    "weather under other headers": ("utc_offset = 8\n", 'utc_offset = 8\ntime = "时间"\n'
                                    '[weather.columns]\nghi = "Rg"\ndhi = "Rd"\n'),
    "grid of nowhere": lambda p: (p / "g.csv").write_text("township,capacity_kva\n东镇,5\n", encoding="utf-8"),
}  # fmt: skip
"""What the sentence says is to be done: in the region file (old, new), or to the file."""


@pytest.fixture(autouse=True)
def _one_year(monkeypatch: pytest.MonkeyPatch) -> None:
    weather = hourly_weather()
    monkeypatch.setattr("guanghui.plan.inputs.region.weather_from_normals", lambda normals, **named: weather)


def made(folder: Path, name: str) -> Path:
    """The place with its sickness."""
    make, change, _ = SICK[name]
    path = place.build(folder, text=place.REGION.replace(*change.split("=>", 1)) if change else place.REGION)
    make(folder)
    return path


def examined(path: Path, name: str) -> tuple[list[InputError], list[Any]]:
    """Refusals and notes of a region."""
    try:
        region = Region(path)
        return check(region, rehearse=name in REHEARSED), list(region.notes)
    except InputError as error:
        return [error], []


def told_by_command(path: Path, lang: str) -> str:
    """What ``check`` prints for inputs that are refused; its exit code is 2."""
    if path.is_file() and b"[surface" in path.read_bytes():
        path.write_text(path.read_text(encoding="utf-8") + f'[maps]\nlang = "{lang}"\n', encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", str(path)])
    assert done.exit_code == BAD_INPUT, (done.exit_code, done.output, done.exception)
    assert "Traceback" not in done.output
    return done.output


@pytest.mark.parametrize("name", place.some(SICK, 7))
def test_it_is_refused_or_named_with_its_mend(tmp_path: Path, name: str) -> None:
    path, words = made(tmp_path, name), SICK[name][2]
    problems, notes = examined(path, name)
    told = [t.in_language("zh") for t in (*problems, *notes)]
    assert any(words in t for t in told), told
    assert all(re.search("[\u4e00-\u9fff]", t) for t in told)
    assert all(re.search("[a-z]{3,} [a-z]{2,}", t.in_language("en")) for t in (*problems, *notes))
    if problems:
        lang = ("zh", "en")[list(SICK).index(name) % 2]
        printed = told_by_command(path, lang)
        if path.read_bytes().isascii() or "lang" in path.read_text(encoding="utf-8", errors="replace"):
            wanted = all_of(problems).in_language(lang).splitlines()
            assert all(line in printed for line in wanted), (wanted, printed)


@pytest.mark.parametrize("name", place.some(MENDS, 9))
def test_the_mend_is_true(tmp_path: Path, name: str) -> None:
    path, words, mend = made(tmp_path, name), SICK[name][2], MENDS[name]
    problems, notes = examined(path, name)
    assert any(words in t.in_language("zh") for t in (*problems, *notes))
    if isinstance(mend, tuple):
        text = path.read_text(encoding="utf-8")
        assert mend[0] in text
        path.write_text(text.replace(*mend), encoding="utf-8")
    else:
        mend(tmp_path)
    problems, _ = examined(path, name)
    assert problems == []


def test_the_place_itself_is_not_refused(tmp_path: Path) -> None:
    problems, notes = examined(place.build(tmp_path), "")
    assert problems == []
    assert not [
        n for n in notes if n.source in ("surface", "roofs.gpkg", "towns.gpkg", "dsm.tif", "cover.tif", "weather")
    ]


def test_a_hundred_sets_are_tried() -> None:
    assert len(SICK) >= 100
