"""The small files beside the layers: approved PV projects, the region file, the read-me."""

from __future__ import annotations

from pathlib import Path

from guanghui.data.demo.plan import Plan
from guanghui.data.files import data_path

__all__ = ["PROJECTS", "write_existing", "write_readme", "write_region"]

# name, capacity [MW]: the approved roof project of 19.5 MW in the plan
PROJECTS = (
    ("国科学校", 2.3), ("青网科技园", 1.7), ("中格集团", 2.0), ("汉能一期", 5.0),
    ("汉能二期", 5.5), ("电子信息产业园", 3.0),
)  # fmt: skip

_README = """示范数据 / Illustrative data
============================

本文件夹中的边界、建筑、地形、土地覆盖、湿地和小班全部为虚构，由程序按随机种子生成，仅供演示和测试，不得用于任何实际决策。
乡镇名称与代码、总面积、森林覆盖率、活立木蓄积、湿地类型和六个光伏项目的名称与容量取自公开的
《共青城市碳达峰试点建设实施方案》（2023-12）。

Everything in this folder is invented: boundaries, buildings, terrain, land cover, wetlands and forest stands were made
by a program from a seed, for demonstration and tests, and must not be used for any decision. The names and codes of the
townships, the total area, the forest cover, the standing volume, the wetland types and the names and capacities of the
six PV projects come from the published plan (共青城市碳达峰试点建设实施方案, 2023-12).

范围 extent: {extent}    种子 seed: {seed}

townships.gpkg       乡镇街道界线 townships, EPSG:4490
buildings.gpkg       建筑轮廓 building outlines with use, storeys, eave height above ground [m], EPSG:4548
surface/dsm_*.tif    1 m 地表模型 surface model [m], one grid, 1024 x 1024 cells a tile, only where there are buildings
terrain.tif          10 m 地形 bare ground [m], the city and a margin
landcover.tif        10 m 土地覆盖 2021, legend of ESA WorldCover (made up, not an ESA product), EPSG:4326
landcover_2020.tif   同上，早一年 the same one year earlier: afforestation, new works, new marsh
wetlands.gpkg        湿地 wetlands by type; constructed = 1 marks the 5.3 ha 潜流人工湿地
stands.gpkg          森林小班 forest stands: species group, age class, standing volume [m3/ha]
sites.gpkg           屋顶以外的光伏场址 plants beyond roofs; zone.gpkg 开发区 development zone
built_up.gpkg        建成区 built-up area; protected.gpkg 湿地保护区 protected shore
existing_pv.csv      已批屋顶光伏项目 approved roof projects of the plan
truth.parquet        屋顶真值 true roof forms, for tests only
region.toml          配置 the region file that reads all this
"""


def write_existing(path: Path, sites: set[str]) -> None:
    """Write the approved projects whose roofs exist in this extent.

    Parameters
    ----------
    path : Path
        CSV, with its source in a comment line.
    sites : set of str
        Names of sites with roofs.
    """
    lines = [
        "# 来源 source: 共青城市碳达峰试点建设实施方案 (2023-12), one approved roof project of about 19.5 MW",
        "# the year is assumed, the roofs are invented",
        "name,township,capacity_mw,year,building_match",
    ]
    lines += [f"{name},360482001,{mw},2022,{name}" for name, mw in PROJECTS if name in sites]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_readme(path: Path, extent: str, seed: int) -> None:
    """Write what the folder holds, in Chinese and English.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    extent : str
        ``village`` or ``city``.
    seed : int
        Of the demo.
    """
    path.write_text(_README.format(extent=extent, seed=seed), encoding="utf-8", newline="\n")


def write_region(path: Path, plan: Plan) -> None:
    """Write the shipped region file with its paths made local and this extent's standing volume.

    Parameters
    ----------
    path : Path
        ``region.toml`` beside the layers.
    plan : Plan
        For the standing volume.
    """
    text = data_path("regions", "gongqingcheng.toml").read_text(encoding="utf-8")
    text = text.replace("../../demo/", "")
    text = text.replace("standing_volume_m3 = 320000", f"standing_volume_m3 = {plan.standing_volume_m3:.0f}")
    path.write_text(text, encoding="utf-8", newline="\n")
