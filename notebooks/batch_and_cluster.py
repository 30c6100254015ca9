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
# # 批量与集群：一夜多个县 Batch and cluster: several counties in a night
#
# 两个示范小县，一条命令；中断后再运行只补未完成的部分；同样的代码在本机线程、进程或集群上给出相同的数。
#
# Two small demo counties, one command; what was interrupted goes on where it stopped; threads, processes and a cluster
# give the same figures (illustrative data).

# %%
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import guanghui as gh
from guanghui.plan.run.batch import demo_counties

logging.getLogger("guanghui").setLevel(logging.ERROR)  # what is doubtful stands in the notes of each county
folder = Path(tempfile.mkdtemp())
files = demo_counties(folder / "counties", 2, seed=360482, extent="village")
[file.relative_to(folder).as_posix() for file in files]

# %% [markdown]
# ## 一条命令 One command
# 与终端中的 `guanghui batch A.toml B.toml --out results` 相同。The same as in a terminal.


# %%
def batch():
    start = time.perf_counter()
    command = [sys.executable, "-m", "guanghui", "batch", *map(str, files), "--out", str(folder / "results")]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, round(time.perf_counter() - start, 1)


code, first = batch()
assert code == 0
table = pd.read_csv(folder / "results" / "batch.csv")
table[["name", "status", "seconds"]] if {"name", "status", "seconds"} <= set(table) else table

# %% [markdown]
# ## 再运行一次 Once more
# 没有改动：只核对，不重算。Nothing changed: it is compared, not worked out again.

# %%
code, again = batch()
assert code == 0
assert again < first
print(f"first night {first:.0f} s, again {again:.0f} s")

# %% [markdown]
# ## 两县并列 Both counties side by side

# %%
results = {file.parent.name: gh.load(gh.open(file), next(p.parent for p in (folder / "results").rglob("manifest.json")
           if gh.open(file).slug in p.parts)) for file in files}  # fmt: skip
pd.DataFrame(
    {
        name: {
            "roofs": len(one.roofs),
            "MWp": one.roofs["capacity_kwp"].sum() / 1e3,
            "GWh": one.roofs["yield_kwh"].sum() / 1e6,
            "kWh/kWp": one.roofs["yield_kwh"].sum() / one.roofs["capacity_kwp"].sum(),
        }
        for name, one in results.items()
    }
).round(2)

# %% [markdown]
# ## 集群 A cluster
# `guanghui run … --scheduler tcp://host:8786` 把屋顶批次交给集群；此处用本机两个进程代替。
# Batches of roofs go to a cluster; here two processes of this machine stand for one.

# %%
from dask.distributed import Client, LocalCluster

from guanghui import pv

quiet = {"dashboard_address": ":0", "silence_logs": logging.ERROR}
with LocalCluster(n_workers=2, threads_per_worker=1, **quiet) as cluster, Client(cluster):
    there = pv.assess(gh.open(files[0]))
here = next(iter(results.values())).roofs
difference = (there["yield_kwh"].to_numpy() - here["yield_kwh"].to_numpy()).max()
assert abs(difference) < 1e-6
print(f"{len(there)} roofs on two processes; largest difference {difference:.1e} kWh")
