"""A commented region file to fill in."""

from __future__ import annotations

import json
from pathlib import Path

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic

__all__ = ["write_template"]

_TEXT = """\
# 光汇 region file. Paths are relative to this file. 路径相对于本文件。
# Every section but [region] and [townships] may be left out: 除 [region]、[townships] 外均可省略：
# without buildings only the carbon account runs, without land cover only PV, without a surface model outlines are
# pushed up.

[region]
name = {name}                   # shown on every page 名称
name_en = ""                    # also names the output folder 英文名
code = ""                       # administrative code 行政区划代码
illustrative = false            # true: every page says 示范数据
crs = "auto"                    # or "EPSG:4548"
seed = 1                        # of every random draw

[townships]                     # polygons of the townships 乡镇界线
path = "townships.gpkg"
name = "name"                   # columns 字段名
# code = "code"
# name_en = "name_en"
# encoding = "gbk"              # for a Shapefile without .cpg
# crs = "EPSG:4490"             # where the file has none; "gcj02": shifted degrees of web maps, converted

[buildings]                     # building outlines 建筑轮廓
path = "buildings.gpkg"
# id = "building_id"
# name = "name"
# use = "use"                   # 用途
# height = "height_m"           # 高度 (m)
# storeys = "storeys"           # 层数
# [buildings.uses]              # raw use = class: government public industrial commercial warehouse residential
# "综合楼" = "commercial"        #   rural_residential other

# [surface]                     # surface model (DSM), 2 m or finer 地表模型
# path = "surface/*.tif"
# unit = "m"
# terrain = "terrain.tif"       # bare-earth model 地形

[weather]                       # one of the two 二选一
# path = "weather.epw"          # EPW, TMY3, PVGIS, NSRDB, UMEP, CSV
#   or stations = ["a.epw", "b.epw"]: each township has its nearest, or use = "idw" 多站：就近或反距离
normals = "jiujiang"            # monthly normals: every result then says illustrative weather

[coverage]                      # share of the usable roof developed by the end of the year 覆盖计划
phases = [{{ year = 2026, share = 0.30 }}, {{ year = 2027, share = 0.40 }}, {{ year = 2028, share = 0.50 }}]

# [landcover]                   # 土地覆盖
# path = "landcover.tif"
# legend = "worldcover"         # clcd, globeland30, esri, glc_fcs30d, modis_igbp, corine, nlcd, gbt21010 …
#                               # or your own codes 自编代码: {{7 = "bamboo", 9 = "unknown"}}
# year = 2021

# [wetlands]                    # surveyed wetlands 湿地
# path = "wetlands.gpkg"
# type = "wetland_type"
# name = "name"

# [stands]                      # forest stands 小班
# path = "stands.gpkg"
# group = "species_group"
# volume = "volume_m3_ha"

# [biomass]                     # above-ground dry biomass (t/ha) of the trees 地上生物量
# path = "agb.tif"
# canopy height instead 树高产品: [sinks.canopy_allometry] coefficient, exponent (biomass = a H^b of local plots)

# [planting]                    # polygons for the planting potential 造林潜力
# farmland = "basic_farmland.gpkg"   # 永久基本农田
# excluded = "excluded.gpkg"         # 用户排除区
# planned = "planned_forest.gpkg"    # 规划造林地 (CCER-14-001)
# cleared = "cleared_ponds.gpkg"     # 退养退围 (CCER-14-003)

# [works]                       # works done, with controls, at two dates 成效监测评估
# path = "works.gpkg"           # column kind: works or control 工程区、对照区
# before = "agb_2015.tif"
# after = "agb_2023.tif"

# [sinks]
# standing_volume_m3 = 320000   # 活立木蓄积
# forest_cover_pct = 27.0       # 森林覆盖率
"""


def write_template(path: Path, name: str) -> Path:
    """Write the template.

    Parameters
    ----------
    path : pathlib.Path
        Target; an existing file is never overwritten.
    name : str
        Name of the region.

    Raises
    ------
    InputError
        If the file exists.
    """
    if path.exists():
        raise InputError(f"{path}: the file exists; choose another name or remove it.")
    with atomic(path) as part:
        part.write_text(_TEXT.format(name=json.dumps(name, ensure_ascii=False)), encoding="utf-8")
    return path
