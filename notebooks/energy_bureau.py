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
# # 能源局：哪些屋顶装光伏？ The energy bureau: which roofs, how much, when?
#
# 从轮廓、地表模型和气象到每栋屋顶的年发电量，再到 30/40/50 % 的覆盖计划（示范数据）。
#
# From outlines, surface model and weather to the yield of every roof, and on to the 30/40/50 % programme
# (illustrative data).

# %%
import os
from pathlib import Path

from guanghui import maps, plan, pv

region_file = Path(os.environ.get("GUANGHUI_REGION", "../demo/region.toml"))
if not region_file.exists():  # a fresh clone: build the small demo first
    from guanghui.data.demo import build

    region_file = build(Path("../demo-village"), extent="village")
city = plan.open(region_file)
city.townships[["code", "name", "area_m2"]]

# %% [markdown]
# ## 屋顶普查 The roof survey
# 每个屋面的坡度、朝向、遮挡和可利用面积；每栋一行。One row for each building: faces, skyline, usable area, energy.

# %%
results = plan.work(city)  # the same figures as `guanghui run`
roofs = results.roofs
roofs[["building_id", "building_class", "roof_form", "surface_tilt", "usable_m2", "capacity_kwp", "yield_kwh"]].head()

# %%
by_class = roofs.groupby("building_class")[["usable_m2", "capacity_kwp", "yield_kwh"]].sum()
by_class["specific_yield_kwh_kwp"] = by_class["yield_kwh"] / by_class["capacity_kwp"]
by_class.sort_values("capacity_kwp", ascending=False).round(0)

# %% [markdown]
# 能信吗？Believable? 江西的经验区间为 850–1100 kWh/kWp，354 城研究的九江值为 1270.63 × 0.80 = 1016。
# Jiangxi's usual range is 850-1,100 kWh/kWp; the 354-city study gives 1,016 for Jiujiang.

# %%
total = roofs["yield_kwh"].sum() / roofs["capacity_kwp"].sum()
print(f"{total:.0f} kWh/kWp; shading costs {roofs['shading_loss_pct'].median():.1f} % of a median roof")
assert 600 < total < 1800

# %% [markdown]
# ## 覆盖计划 The programme: the shares of the region file, 30, 40 and 50 % in the demo

# %%
steps = results.plan
steps.reached

# %%
steps.table.groupby(["year", "building_class"])[["roofs", "capacity_kwp", "yield_kwh", "avoided_co2_t"]].sum().round(0)

# %% [markdown]
# 换一个思路（试算）：不分类别，只看发电条件。A what-if: merit alone, whatever the class.

# %%
merit = pv.coverage_plan(roofs, steps.shares, order=None)
first = min(steps.shares)
gain = merit.total(first)["yield_kwh"] / merit.total(first)["capacity_kwp"]
plain = steps.total(first)["yield_kwh"] / steps.total(first)["capacity_kwp"]
print(f"best roofs first: {gain:.0f} kWh/kWp in the first phase, against {plain:.0f} in the order of the classes")
assert (merit.reached["reached_share"] >= merit.reached["target_share"] - 1e-9).all()

# %% [markdown]
# ## 地图 The map (offline)

# %%
maps.township(city, city.townships["name"].iloc[0], roofs=roofs, plan=steps)
