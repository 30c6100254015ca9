"""Every input of a region, declared once: what it is, who reads it, in which unit, and what it is called.

Check, manifest, summary, template, the table of the docs and the region walk this list; a test holds that no file of
the region file is missing from it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import rasterio
from rasterio.errors import RasterioError

from guanghui.geo.remote import RemoteFile

__all__ = ["INPUTS", "TABLE_ENDS", "Input", "Kind", "docs_page", "input_of", "with_sidecars"]

TABLE_ENDS = (".csv", ".txt", ".xlsx", ".xlsm")
"""Files of tables end so."""
Kind = Literal["raster", "codes", "vector", "table", "weather"]

_BESIDE = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".cst", ".tfw", ".aux.xml", ".gfs")
"""Files that belong to another of the same stem."""


@dataclass(frozen=True)
class Input:
    """One file, or set of files, that a region file may name."""

    section: str
    """Section of the region file; ``coverage.exclude`` for an array of tables inside another."""
    key: str
    kind: Kind
    attr: str
    """Attribute of a region that reads and checks it; ``works.before`` for a part of what is read."""
    zh: str
    en: str
    example: str
    """Value in the template."""
    unit: str = ""
    needed: str = ""
    """When it must be given; empty: it may be left out."""
    needed_zh: str = ""
    ends: tuple[str, ...] = ()
    """Where the key may also hold a name: only values that end so are files."""

    @property
    def name(self) -> str:
        """Section and key as written in sentences."""
        return f"{self.section}.{self.key}"

    def given(self, file: Any) -> list[str]:
        """What a region file gives for it, in order; empty where nothing is.

        Parameters
        ----------
        file : object
            Checked content of the region file.
        """
        found: list[Any] = [file]
        for part in (*self.section.split("."), self.key):
            found = [v for one in found for v in _each(getattr(one, part, None))]
        values = [str(v) for v in found if not isinstance(v, dict)]
        return [v for v in values if not self.ends or v.lower().endswith(self.ends)]

    def read(self, region: Any) -> Any:
        """Read and check it; None where it is not given.

        Parameters
        ----------
        region : object
            Region of the file.

        Returns
        -------
        object
            What the reader gives.

        Raises
        ------
        InputError
            If it cannot be used.
        """
        found = region
        for part in self.attr.split("."):
            found = None if found is None else getattr(found, part)
        return found


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        yield from value
    elif value is not None:
        yield value


INPUTS: tuple[Input, ...] = (
    Input(
        "townships",
        "path",
        "vector",
        "townships",
        "乡镇街道界线，带名称与代码",
        "township polygons with name and code",
        "townships.gpkg",
        needed="always",
        needed_zh="必需",
    ),
    Input(
        "buildings",
        "path",
        "vector",
        "buildings",
        "建筑轮廓，最好有用途与高度或层数",
        "building outlines, better with use and height or storeys",
        "buildings.gpkg",
        "m",
        "for PV",
        "光伏",
    ),
    Input(
        "buildings",
        "height_raster",
        "raster",
        "height_raster",
        "建筑高度栅格（CNBH、GHS-BUILT-H 等），用于没有高度的轮廓",
        "building heights (CNBH, GHS-BUILT-H), for outlines without one",
        "building_height.tif",
        "m",
    ),
    Input(
        "surface",
        "path",
        "raster",
        "surface",
        "1 米左右地表模型（文件，或 https://、s3:// 地址）；没有则按轮廓推算",
        "surface model of about 1 m, as files or at https:// or s3://; without it outlines are pushed up",
        "surface/*.tif",
        "m",
    ),
    Input(
        "surface",
        "terrain",
        "raster",
        "terrain",
        "裸地高程，粗一些也可",
        "bare-earth model; coarse is fine",
        "terrain.tif",
        "m",
    ),
    Input(
        "surface",
        "canopy",
        "raster",
        "canopy",
        "树冠高度，用于不含树木的地表模型",
        "trees, where the surface model has none",
        "canopy.tif",
        "m",
    ),
    Input(
        "pv.form",
        "looked",
        "table",
        "looked",
        "人工判读的屋顶：编号、形式、坡度、可铺比例（guanghui sample 抽取）",
        "roofs somebody looked at: building_id, form, tilt, clear_pct (`guanghui sample` draws them)",
        "looked.csv",
        "°, %",
    ),
    Input(
        "weather",
        "path",
        "weather",
        "weather",
        "逐小时气象文件（EPW 等）；或月平均值",
        "hourly weather file, or monthly normals",
        "weather.epw",
        "W/m²",
        "for PV, unless normals or stations",
        "光伏（或月平均值、多站）",
    ),
    Input(
        "weather.stations",
        "path",
        "weather",
        "stations",
        "多个气象站的逐小时文件",
        "hourly files of several stations",
        "a.epw",
        "W/m²",
    ),
    Input(
        "coverage.exclude",
        "path",
        "vector",
        "left_out",
        "不装光伏的区域图层，附原因",
        "layers of places without panels, with the reason",
        "heritage.gpkg",
    ),
    Input(
        "coverage.chosen",
        "path",
        "table",
        "chosen_roofs",
        "手工选定、优先建设的屋顶（页面导出的建设名单）",
        "roofs chosen by hand that are built first, as a page exports them",
        "360000001-programme.geojson",
    ),
    Input(
        "coverage",
        "zone",
        "vector",
        "zone",
        "覆盖计划的另一口径：开发区等界线",
        "a zone whose roofs are the other base of the coverage plan",
        "zone.gpkg",
    ),
    Input(
        "sites",
        "path",
        "vector",
        "site_layers",
        "屋顶以外的光伏场址：地面、农光、林光、渔光、水面、车棚、立面",
        "plants beyond roofs: ground, crops, trees, fish ponds, water, car sheds, façades",
        "sites.gpkg",
    ),
    Input(
        "site_rules",
        "near",
        "vector",
        "site_near",
        "电网线路或变电站，场址须在其附近",
        "lines or stations a new plant must stand near",
        "grid_lines.gpkg",
    ),
    Input(
        "site_rules.exclude",
        "path",
        "vector",
        "site_exclusions",
        "新场址不得占用的图层：永久基本农田、生态红线、行洪区",
        "layers no new plant may stand on: basic farmland, red line, flood bed",
        "basic_farmland.gpkg",
    ),
    Input(
        "existing",
        "path",
        "table",
        "existing",
        "已建与已批光伏项目表",
        "existing and approved PV systems",
        "existing.csv",
        "kW or MW",
    ),
    Input(
        "meters",
        "path",
        "table",
        "meters",
        "光伏电站逐月或逐小时电量表",
        "energy of plants by month or hour",
        "meters.xlsx",
        "kWh",
    ),
    Input(
        "meters",
        "expected",
        "table",
        "meters_expected",
        "各电站应发电量，与计量表同一格式",
        "what each plant should have given, in the form of the meters",
        "expected.csv",
        "kWh",
    ),
    Input(
        "meters",
        "weather",
        "weather",
        "meters_weather",
        "计量年份的逐小时气象",
        "hourly weather of the years measured",
        "weather_2025.csv",
        "W/m²",
    ),
    Input(
        "grid",
        "path",
        "table",
        "power_grid",
        "分乡镇配变容量表",
        "transformer capacity by township",
        "transformers.csv",
        "kVA",
    ),
    Input(
        "economics",
        "loads",
        "table",
        "price_tables",
        "分建筑类别的典型日负荷曲线",
        "typical load days by building class",
        "load_shapes.csv",
        "1",
    ),
    Input(
        "landcover",
        "path",
        "codes",
        "landcover",
        "土地覆盖：栅格，或三调图斑（DLTB）",
        "land cover: a raster, or the polygons of a land survey (DLTB)",
        "landcover.tif",
        "code",
        "for the carbon account",
        "碳汇账户",
    ),
    Input(
        "landcover",
        "legend",
        "table",
        "own_legend",
        "随附图例的名称，或自己的图例表（code, class）",
        "name of a legend that ships, or a table of your own (code, class)",
        "worldcover",
        ends=TABLE_ENDS,
    ),
    Input(
        "landcover_before",
        "path",
        "codes",
        "landcover_before",
        "早些年份的土地覆盖",
        "land cover of an earlier year",
        "landcover_2015.tif",
        "code",
    ),
    Input(
        "landcover_before",
        "legend",
        "table",
        "own_legend_before",
        "早期图例",
        "legend of the earlier date",
        "worldcover",
        ends=TABLE_ENDS,
    ),
    Input("wetlands", "path", "vector", "wetlands", "湿地调查图层", "wetland survey", "wetlands.gpkg"),
    Input(
        "stands",
        "path",
        "vector",
        "stands",
        "森林小班，带树种组与蓄积量",
        "forest stands with species group and volume",
        "stands.gpkg",
        "m³/ha",
    ),
    Input(
        "biomass", "path", "raster", "biomass", "地上生物量", "above-ground dry biomass of the trees", "agb.tif", "t/ha"
    ),
    Input(
        "carbon",
        "table",
        "table",
        "own_pools",
        "自己的碳密度表，按代码或类别分库",
        "carbon table of your own, by code or class and pool",
        "pools.csv",
        "t C/ha",
    ),
    Input(
        "carbon",
        "growth",
        "table",
        "own_growth",
        "自己的生长表，按树种与年龄给出蓄积或碳",
        "growth table of your own, volume or carbon by species and age",
        "growth.csv",
        "m³/ha, t C/ha",
    ),
    Input(
        "planting", "farmland", "vector", "farmland", "永久基本农田", "permanent basic farmland", "basic_farmland.gpkg"
    ),
    Input("planting", "excluded", "vector", "excluded", "用户排除区", "land kept out of planting", "excluded.gpkg"),
    Input(
        "planting",
        "planned",
        "vector",
        "planned",
        "规划造林地（CCER-14-001）",
        "land planned for forest (CCER-14-001)",
        "planned_forest.gpkg",
    ),
    Input(
        "planting",
        "cleared",
        "vector",
        "cleared",
        "退养退围（CCER-14-003）",
        "cleared coastal ponds and works (CCER-14-003)",
        "cleared_ponds.gpkg",
    ),
    Input(
        "events",
        "path",
        "vector",
        "events",
        "采伐、火灾、病虫害、林地转出的图斑或表",
        "polygons or a table of harvests, fires, pests and conversions",
        "events.gpkg",
    ),
    Input(
        "maps.labels",
        "path",
        "vector",
        "labels",
        "地图上的村名、水系、道路与地名",
        "names of villages, water, roads and places on the maps",
        "roads.gpkg",
    ),
    Input(
        "protected", "path", "vector", "protected", "自然保护地界线（湿地保护率）", "protected areas", "protected.gpkg"
    ),
    Input(
        "built_up",
        "path",
        "vector",
        "built_up",
        "建成区界线（绿化覆盖率）",
        "the built-up area, for its green cover",
        "built_up.gpkg",
    ),
    Input(
        "works",
        "path",
        "vector",
        "works",
        "工程区与对照区（成效监测评估）",
        "works done and their controls",
        "works.gpkg",
    ),
    Input(
        "works",
        "before",
        "raster",
        "works.before",
        "工程前的生物量或碳栅格",
        "raster of the date before the works",
        "agb_2015.tif",
        "t/ha",
        "with works.path",
        "与 works.path 同给",
    ),
    Input(
        "works",
        "after",
        "raster",
        "works.after",
        "工程后的生物量或碳栅格",
        "raster of the date after the works",
        "agb_2023.tif",
        "t/ha",
        "with works.path",
        "与 works.path 同给",
    ),
)
"""All inputs, in the order of the template."""


def input_of(section: str, key: str) -> Input:
    """Entry of a section and key.

    Parameters
    ----------
    section, key : str
        As in the region file.
    """
    return next(i for i in INPUTS if (i.section, i.key) == (section, key))


def with_sidecars(path: Path, kind: Kind) -> list[Path]:
    """A file and all that belongs to it: parts of a Shapefile, of a folder, sources of a mosaic, masks.

    Parameters
    ----------
    path : pathlib.Path
        An existing file or folder.
    kind : str
        Kind of the input.

    Returns
    -------
    list of pathlib.Path
        The file first, the others sorted.
    """
    if isinstance(path, RemoteFile):
        return [path]
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    found: set[Path] = set()
    if kind in ("raster", "codes"):
        try:
            with rasterio.open(path) as raster:
                found = {Path(name).resolve() for name in raster.files if Path(name).is_file()}
        except RasterioError:
            found = set()
    start = path.stem.lower() + "."
    if path.suffix.lower() in (".shp", ".tab", ".mif", ".gml", ".tif", ".tiff"):
        for near in path.parent.iterdir():
            rest = near.name.lower().removeprefix(path.stem.lower())
            full = near.name.lower().removeprefix(path.name.lower())
            if near.name.lower().startswith(start) and (rest in _BESIDE or full in _BESIDE) and near.is_file():
                found.add(near)
    return [path, *sorted(found - {path})]


def docs_page() -> str:
    """Markdown of ``docs/inputs.md``."""
    head = (
        "# Inputs 输入\n\n"
        "Written from `plan/inputs/registry.py` by `python -m guanghui.plan.inputs.registry > docs/inputs.md`; a test "
        "holds that it is current.\n`guanghui new NAME` writes a region file in which each is explained; "
        "`guanghui check` reads them all.\n\n"
        "| key | kind | what | 内容 | unit | needed |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    rows = [
        f"| `{i.name}` | {i.kind} | {i.en} | {i.zh} | {i.unit} | {f'{i.needed} {i.needed_zh}'.strip()} |"
        for i in INPUTS
    ]
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(docs_page())
