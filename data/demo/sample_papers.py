"""Region file and read-me of a sample: the targets of the shipped plan, and the layers that were made beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guanghui.data.demo.plan import Plan
from guanghui.data.files import data_path

__all__ = ["write_sample_readme", "write_sample_region"]


@dataclass(frozen=True)
class _Paper:
    """What differs between the samples' region files."""

    normals: str
    grid: str
    economics: str
    coverage: str
    sites: str
    works: str


_HALF = "phases = [{ year = 2023, share = 0.30 }, { year = 2024, share = 0.40 }, { year = 2025, share = 0.50 }]"
_ALL = "phases = [{ year = 2023, share = 0.30 }, { year = 2025, share = 1.00 }]  # 宜建尽建"


def _site(name: str, layer: str, kind: str, more: str = "") -> str:
    return f'[[sites]]\nname = "{name}"\npath = "sites.gpkg"\nlayer = "{layer}"\nkind = "{kind}"\n{more}\n'


_PAPERS = {
    "ruijin": _Paper("ganzhou", "jiangxi", "jiangxi", _ALL,
        _site("象湖林光互补（示范）", "forest_light", "forest_light"),
        '  { kind = "afforestation", first_year = 2021, last_year = 2025, area_ha = 8, group = "masson_pine" },\n'
        '  { kind = "tending", first_year = 2021, last_year = 2025, area_ha = 20 },\n'),
    "rongjiang": _Paper("ganzhou", "jiangxi", "jiangxi", _HALF,
        _site("毅德物流园车棚（示范）", "carport", "carport", "year = 2025"),
        '  { kind = "afforestation", first_year = 2021, last_year = 2025, area_ha = 3.6 },\n'),
    "yancheng": _Paper("yancheng", "jiangsu", "jiangsu", _HALF,
        _site("大丰渔光互补（示范）", "fishery", "fishery", 'status = "existing"\nyear = 2024')
        + _site("经开区车棚（示范）", "carport", "carport", "year = 2025"),
        '  { kind = "salt_marsh_planting", first_year = 2023, last_year = 2025, area_ha = 5 },\n'
        '  { kind = "wetland_restoration", first_year = 2023, last_year = 2025, area_ha = 6 },\n'),
    "jiangxi": _Paper("nanchang", "jiangxi", "jiangxi", _HALF,
        _site("瑞金地面光伏（示范）", "ground", "ground")
        + _site("余干农光互补（示范）", "agri", "agri", 'status = "existing"\nyear = 2023'),
        '  { kind = "afforestation", first_year = 2021, last_year = 2025, area_ha = 8 },\n'),
}  # fmt: skip

_REGION = """
# ---- 示范数据 illustrative layers beside this file: a sample of the place; only names, codes and targets are true ----
[townships]
path = "townships.gpkg"
name = "name"
code = "code"
name_en = "name_en"

[buildings]
path = "buildings.gpkg"
id = "building_id"
name = "name"
use = "use"
height = "height_m"
storeys = "storeys"

[surface]
path = "surface/*.tif"
unit = "m"
terrain = "terrain.tif"

[landcover]
path = "landcover.tif"
legend = "worldcover"
year = 2021

[landcover_before]
path = "landcover_2020.tif"
legend = "worldcover"
year = 2020

[wetlands]
path = "wetlands.gpkg"
type = "wetland_type"
name = "name"

[stands]
path = "stands.gpkg"
group = "species_group"
volume = "volume_m3_ha"
age = "age_class"

[protected]
path = "protected.gpkg"

[built_up]
path = "built_up.gpkg"

[weather]
normals = "{normals}"

[coverage]
grid = "{grid}"
zone = "zone.gpkg"
{coverage}

{sites}
[economics]
region = "{economics}"

[sinks]

[sinks.projection]
works = [
{works}]
"""

_README = """示范数据 / Illustrative data
============================

{name} {name_en}：本文件夹中的界线、建筑、地形、土地覆盖、湿地、小班与场址全部为虚构的小范围样本，由程序按随机种子生成，
仅供演示，不得用于任何实际决策。县区、乡镇名称与已公布的代码为真；规划指标取自公开文件（见 region.toml）。
{name} {name_en}: borders, buildings, terrain, land cover, wetlands, stands and sites are an invented sample, made by a
program from a seed, and must not be used for any decision. Names and published codes are true, targets are those of the
plan named in region.toml. Townships without a published code carry that of the plan and a number of ours.

种子 seed: {seed}
"""


def write_sample_region(path: Path, place: str, plan: Plan) -> None:
    """Write the shipped targets of a place with the sections of its sample.

    Parameters
    ----------
    path : Path
        ``region.toml`` beside the layers.
    place : str
        Name of the shipped region file.
    plan : Plan
        Of the sample.
    """
    paper = _PAPERS[place]
    shipped = data_path("regions", f"{place}.toml").read_text(encoding="utf-8")
    lines = [line for line in shipped.splitlines() if not line.startswith("#")]
    text = "\n".join(lines).strip("\n")
    code = next(line for line in lines if line.startswith("code = "))
    text = text.replace(
        code, f"{code}\nillustrative = true\npart = true                       # a sample 小范围样本", 1
    )
    first = text.index("[[targets]]")
    sections = _REGION.format(
        normals=paper.normals, grid=paper.grid, coverage=paper.coverage, sites=paper.sites.rstrip("\n") + "\n",
        economics=paper.economics, works=paper.works,
    )  # fmt: skip
    whole = f"{text[:first].rstrip()}\n{sections}\n{text[first:]}\n"
    path.write_text(whole, encoding="utf-8", newline="\n")


def write_sample_readme(path: Path, place: str, seed: int) -> None:
    """Write what the folder holds, in Chinese and English.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    place : str
        Name of a shipped region file.
    seed : int
        Of the sample.
    """
    shipped = data_path("regions", f"{place}.toml").read_text(encoding="utf-8").splitlines()
    value = {k: line.split('"')[1] for line in shipped for k in ("name", "name_en") if line.startswith(f"{k} = ")}
    path.write_text(_README.format(**value, seed=seed), encoding="utf-8", newline="\n")
