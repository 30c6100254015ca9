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
# # 林业局：森林和湿地有多少碳？ Forestry staff: how much carbon do forest and wetland hold?
#
# 从土地覆盖、小班和湿地调查到各乡镇的碳储量、年变化与不确定性。数据为示范城市（示范数据）。
#
# From land cover, stands and the wetland survey to stock, yearly change and uncertainty by township
# (illustrative data).

# %%
import os
from pathlib import Path

from guanghui import maps, plan, sinks

region_file = Path(os.environ.get("GUANGHUI_REGION", "../demo/region.toml"))
if not region_file.exists():  # a fresh clone: build the small demo first
    from guanghui.data.demo import build

    region_file = build(Path("../demo-village"), extent="village")
city = plan.open(region_file)

# %%
stock = sinks.assess(city)  # with the stands, biomass and official totals of the region file, as in `guanghui run`
columns = ["name", "area_ha", "forest_ha", "wetland_ha", "total_tc", "total_low_tc", "total_high_tc", "sink_tc_yr"]
stock.table[columns].round(0)

# %% [markdown]
# 乡镇之和等于全市；储量、年变化、湿地温室气体是三回事，不能相加。
# Townships sum to the city; stock, yearly change and wetland gases are three things and are never added.

# %%
towns, whole = stock.townships, stock.city
assert abs(towns["total_tc"].sum() / whole["total_tc"] - 1) < 1e-9

# %% [markdown]
# ## 与清查蓄积核对 Reconciliation with the official standing volume

# %%
stock.reconciliation.summary

# %%
stock.reconciliation.methods

# %% [markdown]
# ## 湿地：汇还是源？ Wetlands: sink or source?

# %%
stock.balance.groupby("label_zh")[["net_tco2e_yr"]].sum().round(0)

# %% [markdown]
# ## 数字从哪里来 Where the numbers come from
# 未核实的参数逐条列出。Every factor that nobody verified is named.

# %%
stock.unverified.head()

# %% [markdown]
# ## 碳密度图 The map of carbon density
# 惰性计算，直到需要时才读取。Lazy until asked.

# %%
stock.density

# %%
maps.township(city, city.townships["name"].iloc[0], stock=stock)
