# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 用自己的数据：从一个文件夹到地图 Your own data: from a folder of files to a map
#
# 局里常见的文件夹：几层矢量、一个地表模型、一幅土地覆盖，没有说明。这里用示范小区的文件代替，名称故意改掉。
#
# A folder as a bureau keeps it: some layers, a surface model, land cover, no word about them. The files of the small
# demo stand for it here, under other names (illustrative data).

# %%
import logging
import os
import shutil
import tempfile
from pathlib import Path

import guanghui as gh
from guanghui import maps
from guanghui.plan.inputs.filled import fill_from
from guanghui.plan.run.check import check

logging.getLogger("guanghui").setLevel(logging.ERROR)  # notes are read below
demo = Path(os.environ.get("GUANGHUI_REGION", "../demo/region.toml"))
if not demo.exists():
    from guanghui.data.demo import build

    demo = build(Path(tempfile.mkdtemp()), extent="village")
folder = Path(tempfile.mkdtemp()) / "县里的资料"
folder.mkdir()
names = {"townships.gpkg": "乡镇界线.gpkg", "buildings.gpkg": "房屋.gpkg", "terrain.tif": "DEM.tif",
         "landcover.tif": "landcover_2021.tif", "wetlands.gpkg": "湿地.gpkg"}  # fmt: skip
for old, new in names.items():
    shutil.copy(demo.with_name(old), folder / new)
shutil.copytree(demo.with_name("surface"), folder / "DSM")
sorted(p.name for p in folder.iterdir())

# %% [markdown]
# ## 第一步：自动填写 First: a region file filled from what lies there
# 终端中为 `guanghui new 我的县 --from 县里的资料`。每一行都写明依据；猜不出的写成问题。
# In a terminal `guanghui new NAME --from FOLDER`. Each line says why; what nobody could guess is a question.

# %%
region_file = folder.parent / "my-county.toml"
found = fill_from(region_file, "我的县", folder)
print(region_file.read_text(encoding="utf-8"))

# %% [markdown]
# ## 第二步：回答问题 Second: answer what it asks
# 图例与气象要自己给。Legend and weather are yours to give.

# %%
text = region_file.read_text(encoding="utf-8")
text = text.replace("# [landcover]\n# path", '[landcover]\nlegend = "worldcover"\npath').replace(
    "\n# year =", "\nyear ="
)
text += '\n[weather]\nnormals = "jiujiang"\n'
text += "\n[coverage]\nphases = [{ year = 2026, share = 0.3 }, { year = 2028, share = 0.5 }]\n"
region_file.write_text(text, encoding="utf-8")
problems = check(gh.open(region_file))
for problem in problems:
    print(problem)

# %% [markdown]
# ## 第三步：计算 Third: work it out

# %%
city = gh.open(region_file)
results = gh.work(city)
results.plan.reached[["year", "target_share", "reached_share"]].round(3)

# %%
roofs = results.roofs
assert roofs["yield_kwh"].sum() > 0
print(
    f"{len(roofs)} roofs, {roofs['capacity_kwp'].sum() / 1e3:.1f} MWp, {roofs['yield_kwh'].sum() / 1e6:.2f} GWh a year"
)
for note in city.notes:
    print("·", note.in_language("zh"))

# %% [markdown]
# ## 第四步：地图 Fourth: the map (offline)

# %%
maps.township(city, city.townships["name"].iloc[0], roofs=roofs, plan=results.plan, stock=results.stock)
