"""A commented region file to fill in."""

from __future__ import annotations

import json
from pathlib import Path

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.plan.inputs.registry import INPUTS, Input

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
# area_km2 = 310                # official area: layers of a part of it are not held against targets of the whole 总面积
illustrative = false            # true: every page says 示范数据
crs = "auto"                    # or "EPSG:4548"
seed = 1                        # of every random draw

[townships]                     # polygons of the townships 乡镇界线
<<townships.path>>
name = "name"                   # columns 字段名
# code = "code"
# name_en = "name_en"
# encoding = "gbk"              # for a Shapefile without .cpg
# crs = "EPSG:4490"             # where the file has none; "gcj02": shifted degrees of web maps, converted

[buildings]                     # building outlines 建筑轮廓
<<buildings.path>>
# id = "building_id"
# name = "name"
# use = "use"                   # 用途
# height = "height_m"           # 高度 (m)
# storeys = "storeys"           # 层数
# material = "roof_material"    # 屋面材料: 彩钢 flush, 混凝土 rows (mount, load rule)
# year_built = "year_built"     # 建成年份
# ownership = "ownership"       # 产权
# heritage = "heritage"         # 文物保护
# more = ["owner", "contract"]  # kept for the pages: card, list, filters 其他字段，用于地图卡片、列表与筛选
# <<buildings.height_raster>>
# form = "roof_form"            # flat gable hip shed, or 平顶 双坡 四坡 单坡 屋顶形式
# [buildings.uses]              # raw use = class: government public industrial commercial warehouse residential
# "综合楼" = "commercial"        #   rural_residential other

# [surface]                     # surface model (DSM), 2 m or finer 地表模型
# <<surface.path>>
# unit = "m"
# <<surface.terrain>>
# <<surface.canopy>>
# canopy_is = "height"          # heights above ground, or "top": above the datum 树高或树顶高程

# [pv.form]                     # roofs that no surface model shows 无地表模型的屋顶
# <<pv.form.looked>>
# assume = "prior"              # forms by outline, class and storeys with their interval, or "level" 或按平顶
# shares = {{residential = {{flat = 0.7, gable = 0.3}}}}   # the place's own, by class 本地各类比例

[weather]                       # one of the two 二选一
# <<weather.path>>
#                               # EPW, TMY3, PVGIS, NSRDB, UMEP, CSV
#   or stations = ["a.epw", "b.epw"]: each township has its nearest, or use = "idw" 多站：就近或反距离
# far = true                    # a station more than 1,000 km away or in the other hemisphere is meant 确认远站
normals = "jiujiang"            # monthly normals: every result then says illustrative weather

# [pv]                          # 2022: PVWatts; 2025: newer modules, inverters and prices, second hand 参数年份
# vintage = 2022
# [pv.mounts]                   # on roofs under 10° by class or material: "flush" or "rows" 平屋面安装方式
# industrial = "flush"

[coverage]                      # share of the usable roof developed by the end of the year 覆盖计划
phases = [{{ year = 2026, share = 0.30 }}, {{ year = 2027, share = 0.40 }}, {{ year = 2028, share = 0.50 }}]
# <<coverage.zone>>

# repowering = {{ year = 2045, age_years = 15, module_efficiency = 0.26, capex_yuan_w = 2.0 }}
#                               # better modules on roofs whose modules are so old by then 首批屋顶更换高效组件

# chosen_alone = true           # the chosen roofs below and no others 只建指定屋顶
# load_rule = "assumed"         # leave out roofs that may not bear modules (factors/roof_load.csv) 荷载规则
# [[coverage.exclude]]          # places without panels 不装光伏的区域
# <<coverage.exclude.path>>
# reason = "文物"
# [[coverage.chosen]]           # roofs that are built first, exported on a page as programme 指定屋顶优先
# <<coverage.chosen.path>>

# [[sites]]                     # plants beyond roofs, never part of a share of roofs 屋顶以外的场址
# <<sites.path>>
# name = "江益农光互补"
# kind = "agri"                 # ground agri forest_light fishery floating carport facade
# status = "approved"           # existing, approved: keeps its land; possible: obeys the rules
# year = 2023                   # it stands by the end of this year; none: no year yet
# w_m2 = 76                     # power per land, else that of factors/site_presets.csv
# height = "height_m"           # of walls (façades)

# [site_rules]                  # where no new plant may stand 新场址规则
# max_slope_pct = 12
# <<site_rules.near>>
# near_km = 5

# [[site_rules.exclude]]
# <<site_rules.exclude.path>>
# reason = "永久基本农田"

# [existing]
# <<existing.path>>

# [meters]                      # energy of plants; hours tell more than months 电量核对
# <<meters.path>>
# <<meters.expected>>
# <<meters.weather>>
# stamp = "start"               # what the time of an hour marks, or "end" 时标为时段起点或终点

# [grid]
# <<grid.path>>

# [economics]                   # prices; what is not given ships with its source 价格
# region = "jiangxi"
# <<economics.loads>>

# [landcover]                   # 土地覆盖
# <<landcover.path>>
# <<landcover.legend>>
#                               # clcd, globeland30, esri, glc_fcs30d, modis_igbp, corine, nlcd, gbt21010 …
#                               # "my_legend.csv", or your own codes 自编图例表或代码: {{7 = "bamboo", 9 = "unknown"}}
# year = 2021
# nodata = 0                    # codes without data, one or a list 无数据代码
# the polygons of the third land survey are taken as they are 三调图斑直接使用: path = "DLTB.gpkg" and
# code = "DLBM"                 # with name = "DLMC", area = "TBMJ"; found by their names otherwise 字段可自动识别

# [landcover_before]            # of an earlier year 早些年份
# <<landcover_before.path>>
# <<landcover_before.legend>>
# year = 2015
# two layers of polygons are cut by each other exactly 两期图斑精确叠加; borders drawn anew: `change` in [sinks]

# [wetlands]                    # surveyed wetlands 湿地
# <<wetlands.path>>
# type = "wetland_type"
# name = "name"

# [stands]                      # forest stands 小班
# <<stands.path>>
# columns are found by their names (DI_LEI, YOU_SHI_SZ, HUO_LMGQXJ ...) or named here 字段可自动识别，也可指明:
# land_type = "DI_LEI"
# group = "YOU_SHI_SZ"
# volume = "HUO_LMGQXJ"
# volume_unit = "m3/ha"         # or "m3/mu", "m3" of the whole stand 或亩蓄积、小班蓄积
# age, years, origin, purpose   # 龄组、平均年龄、起源、林种 drive growth 决定生长; age_limits = "older" or "newer"
# year = 2020                   # of the layer, where 造林年度 tells the age; grade_years = 10 where 龄级 does 龄级期限
# dialect = "national"          # where codes leave it open 代码有歧义时指明

# [biomass]                     # above-ground dry biomass (t/ha) of the trees 地上生物量
# <<biomass.path>>
# canopy height instead 树高产品: [sinks.canopy_allometry] coefficient, exponent (biomass = a H^b of local plots)

# [carbon]                      # your own carbon and factors 自己的碳密度与参数
# <<carbon.table>>
#                               # columns lucode, c_above, c_below, c_soil, c_dead, or class, above, below, dead, soil
#                               # ranges 区间: c_above_low, c_above_high (95 %), or c_above_sd, c_above_cv
# <<carbon.growth>>
#                               # columns species_group, origin, age_a, volume_m3_ha or agb_tc_ha, bgb_tc_ha
# [carbon.factors]              # id of a shipped factor (sheet of carbon factors) = value 参数编号 = 数值
# "stock.marsh.soil.0-100" = {{value = 120, low = 100, high = 140, source = "2024 年样地"}}

# [planting]                    # polygons for the planting potential 造林潜力
# <<planting.farmland>>
# <<planting.excluded>>
# <<planting.planned>>
# <<planting.cleared>>

# [works]                       # works done, with controls, at two dates 成效监测评估
# <<works.path>>
# <<works.before>>
# <<works.after>>

# [protected]                   # for the share of natural wetland under protection 自然湿地保护率
# <<protected.path>>

# [built_up]                    # for the green cover of the built-up area 建成区绿化覆盖率
# <<built_up.path>>

# [[targets]]                   # figures of the plan 规划指标
# item = "forest_cover_pct"     # legends/target_items.csv
# value = 27.2
# unit = "%"
# year = 2025
# document = "××实施方案 (2023-12)"
# responsible = "林业局"         # who answers for it 责任单位

# [[actuals]]                   # what was reached, year by year, for the yearly report 年度实绩
# item = "storage_mw"
# value = 12
# unit = "MW"
# year = 2025
# source = "统计公报 2025"

# [maps]
# unit = "mu"                   # areas of land on pages, in workbook and briefs: "ha" or "mu" 面积单位：公顷或亩
# sun = true                    # the sun through a day on each roof, by its skyline 屋顶一天中的阳光

# [[maps.labels]]               # names and roads under the roofs 地名与道路
# <<maps.labels.path>>
# kind = "road"                 # village water road place
# name = "name"                 # column of the name 名称字段

# [value]                       # 生态产品价值：固碳; a band of market prices without a price 不给价格则以区间表示
# price_yuan_t = 90             # yuan for a tonne of CO2 元/吨 CO₂
# source = ""

# [[events]]                    # harvests, fires, pests, conversions year by year 采伐、火灾、病虫害、林地转出
# <<events.path>>
# or one by one 或逐项:
# kind = "harvest"              # or "fire", "pest", "conversion"
# year = 2024
# township = "…"
# volume_m3 = 1200              # or area_ha
# killed = 1.0                  # part of the trees that dies 致死比例
# removed = 0.0                 # part of the dead stems carried out 清理比例
# replanted = "chinese_fir"     # species group planted after 更新树种

# [sinks]
# standing_volume_m3 = 320000   # 活立木蓄积
# forest_cover_pct = 27.0       # 森林覆盖率
# change = {{border_m = 3.0, count_border = true}}  # narrow pieces along borders drawn anew 两期图斑的界线窄条（米）
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
        raise InputError(
            f"{path}: the file exists; choose another name or remove it.", f"{path}：文件已存在；请换名或先删除。"
        )
    text = _TEXT.format(name=json.dumps(name, ensure_ascii=False))
    for entry in INPUTS:
        text = text.replace(f"<<{entry.name}>>", _line(entry))
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def _line(entry: Input) -> str:
    """Key, example and what it is."""
    unit = f" [{entry.unit}]" if entry.unit not in ("", "code", "1") else ""
    return f"{f'''{entry.key} = {json.dumps(entry.example)}''':<29} # {entry.en}{unit} {entry.zh}"
