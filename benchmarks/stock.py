"""Carbon accounting at size: exact tables, two dates, real tiles; beside exactextract and a bare block loop.

    python -m benchmarks.stock [--size 10000] [--no-peers] [--no-real]

Every step runs in a process of its own, so that its peak memory is its own; kernels are compiled before the clock runs.
Wall and CPU seconds are both given, because machines are shared. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window
from shapely.ops import voronoi_diagram

from benchmarks.common import REAL, clock, table
from guanghui.geo.landcover import LandCover
from guanghui.geo.raster import open_raster
from guanghui.geo.raster_source import raster_source
from guanghui.geo.stream import write_rasters
from guanghui.geo.zonal import cell_sums, class_areas, density_sums
from guanghui.sinks.carbon.pools import pools_per_ha
from guanghui.sinks.factors.account import Account, Lines
from guanghui.sinks.factors.coefficients import Draws
from guanghui.sinks.factors.lookup import PoolTable
from guanghui.sinks.factors.table import load_factors
from guanghui.sinks.settings import SinkSettings
from guanghui.sinks.years.change import table_change, transitions, value_constant
from guanghui.sinks.years.difference import change_lines
from guanghui.sinks.years.transitions import Transitions

ROOT = Path(__file__).resolve().parents[1]
TILES = REAL / "landcover" / "worldcover"
CELL, X, Y, SEED = 30.0, 300_000.0, 3_300_000.0, 7
POOLS = {1: (2.5, 0.5, 88, 0), 2: (24.5, 5.6, 98.2, 3.1), 3: (9, 4, 80, 1), 4: (1, 3, 85, 0.3), 5: (0, 0, 81, 0),
         6: (0, 0, 0, 0), 7: (0.2, 0.1, 35, 0), 8: (1.5, 0.4, 60, 0), 9: (3.2, 4.2, 160, 0.5)}  # fmt: skip
CHECKS = {
    "1": ["test_1_"], "2": ["test_2_value"], "3": ["test_3_a_missing"], "4": ["test_4_look"], "5": ["test_5_blue"],
    "6": ["test_dead_wood_and_litter"], "7": ["test_the_covered_area_is"], "8": ["test_the_province_closes"],
}  # fmt: skip
TARGETS = {
    "class_table_s": 2.0, "density_table_s": 5.0, "density_rel_diff_exactextract": 1e-9, "two_dates_s": 12.0,
    "tables_only_s": 3.0, "peak_gib": 1.0, "area_closure": 1e-12, "monte_carlo_s": 0.1,
}  # fmt: skip


def make_inputs(folder: Path, size: int) -> None:
    """Write two class maps, a density and 20 townships whose borders do not follow the cells."""
    rng = np.random.default_rng(SEED)
    share = np.array([0.22, 0.48, 0.03, 0.06, 0.06, 0.01, 0.02, 0.09, 0.03])
    coarse = rng.choice(np.arange(1, 10), size=(size // 20 + 1, size // 20 + 1), p=share / share.sum())
    first = np.kron(coarse, np.ones((20, 20), np.int16))[:size, :size].astype(np.int16)
    speck = rng.random((size, size), dtype=np.float32)
    odd = speck < 0.03
    first[odd] = rng.integers(1, 10, size=int(odd.sum()), dtype=np.int16)
    first[speck > 0.999] = 0
    second = first.copy()
    moved = (speck > 0.5) & (speck < 0.58) & (first > 0)
    second[moved] = rng.integers(1, 10, size=int(moved.sum()), dtype=np.int16)
    total = np.array([np.nan, *(sum(POOLS[c]) for c in range(1, 10))], np.float32)
    density = total[first] * (1 + 0.1 * (speck - 0.5))
    profile = {"driver": "GTiff", "height": size, "width": size, "count": 1, "crs": "EPSG:32650", "tiled": True,
               "blockxsize": 256, "blockysize": 256, "compress": "lzw",
               "transform": from_origin(X, Y, CELL, CELL)}  # fmt: skip
    for name, values, nodata in (("before", first, 0), ("after", second, 0), ("density", density, np.nan)):
        with rasterio.open(folder / f"{name}.tif", "w", dtype=values.dtype, nodata=nodata, **profile) as out:
            out.write(values, 1)
    towns(size, rng).to_file(folder / "towns.gpkg", driver="GPKG")


def towns(size: int, rng: np.random.Generator, count: int = 20) -> gpd.GeoDataFrame:
    """Draw Voronoi cells with wavy borders that neighbours share, cut to the raster."""
    side = size * CELL
    frame = shapely.box(X + 5 * CELL, Y - side + 5 * CELL, X + side - 5 * CELL, Y - 5 * CELL)
    points = shapely.MultiPoint(np.c_[rng.uniform(X, X + side, count), rng.uniform(Y - side, Y, count)])

    def wave(xy: np.ndarray) -> np.ndarray:
        u, v = (xy[:, 0] - X) / 2500.0, (xy[:, 1] - Y) / 2500.0
        return xy + 0.02 * side / 20 * np.c_[np.sin(2 * v) + 0.4 * np.sin(7 * u), np.cos(2 * u) + 0.4 * np.cos(7 * v)]

    cells = [c.intersection(frame).segmentize(side / 750) for c in voronoi_diagram(points, envelope=frame).geoms]
    whole = shapely.box(X, Y - side, X + side, Y)
    shapes = [shapely.make_valid(shapely.transform(c, wave)).intersection(whole) for c in cells]
    return gpd.GeoDataFrame({"code": [f"{i:02d}" for i in range(count)]}, geometry=shapes, crs="EPSG:32650")


def pool_table() -> PoolTable:
    """Carbon table of the nine classes."""
    return PoolTable(pd.DataFrame.from_dict(POOLS, orient="index", columns=["above", "below", "soil", "dead"]), "table")


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Result, wall and CPU seconds of a call."""
    with clock() as spent:
        out = work()
    return out, {"wall_s": spent.wall, "cpu_s": spent.cpu}


def step_class(folder: Path) -> dict[str, Any]:
    """Exact class x township table, and how far townships and the rest miss the whole."""
    zones = gpd.read_file(folder / "towns.gpkg")
    raster = open_raster(folder / "before.tif")
    found, spent = timed(lambda: class_areas(raster, zones))
    box = shapely.box(*raster_source(folder / "before.tif").grid.bounds)
    rest = gpd.GeoDataFrame(geometry=[box.difference(shapely.union_all(zones.geometry.to_numpy())), box], crs=zones.crs)
    others = class_areas(raster, rest).area_m2
    parts, whole = found.area_m2.sum() + others.iloc[0], others.iloc[1]
    return {**spent, "area_closure": float(abs(parts.sum() / whole.sum() - 1))}


def step_density(folder: Path) -> dict[str, Any]:
    """Exact density x township table."""
    zones = gpd.read_file(folder / "towns.gpkg")
    raster = open_raster(folder / "density.tif")
    return timed(lambda: density_sums(raster, zones))[1]


def step_exactextract(folder: Path) -> dict[str, Any]:
    """The same two tables by exactextract, and the difference of the sums of cells."""
    from exactextract import exact_extract

    zones = gpd.read_file(folder / "towns.gpkg")
    path = folder / "density.tif"
    theirs, spent = timed(
        lambda: exact_extract(str(path), zones, ["sum"], strategy="raster-sequential", output="pandas")
    )
    classes = timed(lambda: exact_extract(str(folder / "before.tif"), zones, ["frac"], output="pandas"))[1]
    ours = cell_sums(open_raster(path), zones)["sum"].to_numpy()
    difference = float(np.abs(ours / theirs["sum"].to_numpy() - 1).max())
    return {**spent, "class_wall_s": classes["wall_s"], "class_cpu_s": classes["cpu_s"], "difference": difference}


def step_two_dates(folder: Path) -> dict[str, Any]:
    """Stock of two dates, change and value: tables and four rasters."""
    return timed(lambda: two_dates(folder, rasters=True))[1]


def step_tables(folder: Path) -> dict[str, Any]:
    """The same, tables only."""
    return timed(lambda: two_dates(folder, rasters=False))[1]


def two_dates(folder: Path, *, rasters: bool) -> None:
    """Stock, change and value of the two maps."""
    zones = gpd.read_file(folder / "towns.gpkg")
    before, after = (open_raster(folder / f"{n}.tif", chunk=1024 if rasters else 2048) for n in ("before", "after"))
    value = value_constant(2010, 2020, 43.0, discount_pct=5.0, price_change_pct=2.0)
    found = table_change(before, after, pool_table(), zones, value_per_tc=value)
    if rasters:
        worth = (found.change * np.float32(value)).assign_attrs(units="currency/ha")
        layers = {"before": found.before, "after": found.after, "change": found.change, "value": worth}
        write_rasters({folder / f"stock_{n}.tif": a for n, a in layers.items()})


def step_real(folder: Path) -> dict[str, Any]:
    """Transition matrix and change of the stock, with its range, of two real tiles of 1.3 gigapixels each."""
    pair = real_pair()
    box = shapely.box(*pair[0].grid.bounds)
    zone = gpd.GeoDataFrame({"code": ["tile"]}, geometry=[box], crs=4326)

    def work() -> tuple[Transitions, Account, pd.DataFrame]:
        found = transitions(*pair, zone)
        account = change_lines(found, SinkSettings(), load_factors())
        return found, account, account.interval([], Draws(10_000, SEED))

    (found, account, ends), spent = timed(work)
    changed = found.frame[found.frame["before"] != found.frame["after"]]["area_ha"].sum()
    matrix = found.frame.groupby(["before", "after"])["area_ha"].sum()
    return {
        **spent, "known_ha": float(found.coverage["both_ha"].iloc[0]), "changed_ha": float(changed),
        "matrix_ha": {f"{a}>{b}": float(v) for (a, b), v in matrix.items()},
        "change_tc": account.total, "low_tc": float(ends["low"].iloc[0]), "high_tc": float(ends["high"].iloc[0]),
    }  # fmt: skip


def step_loop(folder: Path) -> dict[str, Any]:
    """The same pairs by a bare loop over blocks, cells only, no area, no township."""
    paths = [land.source.opener for land in real_pair()]

    def loop() -> np.ndarray:
        count = np.zeros(65_536, np.int64)
        with rasterio.open(paths[0]) as a, rasterio.open(paths[1]) as b:
            for row in range(0, a.height, 1024):
                window = Window(0, row, a.width, min(1024, a.height - row))
                pair = a.read(1, window=window).astype(np.uint16)
                pair *= 256
                pair += b.read(1, window=window)
                count += np.bincount(pair.ravel(), minlength=65_536)
        return count

    return timed(loop)[1]


def real_pair() -> list[LandCover]:
    """The two WorldCover tiles."""
    names = ((2020, "v100"), (2021, "v200"))
    return [
        LandCover(
            raster_source(TILES / f"ESA_WorldCover_10m_{y}_{v}_N00E006_Map.tif"), "worldcover", y, accept_versions=True
        )
        for y, v in names
    ]


def step_monte_carlo(folder: Path) -> dict[str, Any]:
    """10,000 shared draws of a county of 20 townships with all its classes and pools."""
    rng, factors, settings = np.random.default_rng(1), load_factors(), SinkSettings()
    lines = Lines()
    classes = [
        "forest_mixed",
        "bamboo",
        "shrub",
        "paddy",
        "dryland",
        "lake",
        "river",
        "marsh",
        "reservoir_pond",
        "urban_green",
    ]
    pools = {k: pools_per_ha(k, settings, factors) for k in classes}
    for town in range(20):
        for key in classes:
            area = rng.uniform(100, 2000)
            for pool, coefficient in pools[key].items():
                lines.add(area, coefficient, code=f"{town:02d}", pool=pool)
    account = lines.account(["code", "pool"])

    def once() -> None:
        draws = Draws(10_000, 1)
        _, towns_ = account.draws(["code"], draws)
        np.percentile(towns_, (2.5, 97.5), axis=1)
        np.percentile(towns_.sum(axis=0), (2.5, 97.5))

    return min((timed(once)[1] for _ in range(3)), key=lambda s: s["wall_s"])


STEPS = {"class": step_class, "density": step_density, "exactextract": step_exactextract, "two_dates": step_two_dates,
         "tables": step_tables, "real": step_real, "loop": step_loop, "monte_carlo": step_monte_carlo}  # fmt: skip


def warm_up() -> None:
    """Compile or load the kernels on a small map."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_inputs(folder, 400)
        for step in ("class", "density", "two_dates"):
            STEPS[step](folder)


def peak_gib() -> float:
    """Peak memory of this process; Linux keeps that of the parent in ``ru_maxrss``, so its own record is read there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(s for s in status.read_text(encoding="utf-8").splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def run_step(name: str, folder: Path) -> dict[str, Any]:
    """Run one step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stock", "--step", name, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"step {name} failed:\n{done.stderr[-2000:]}")
    out: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{name:14s} wall {out['wall_s']:7.2f} s   cpu {out['cpu_s']:7.2f} s   peak {out['peak_gib']:5.2f} GiB",
        flush=True,
    )
    return out


def cross_checks() -> int:
    """How many of the eight independent cross-checks pass."""
    files = [
        "tests/sinks/test_crosschecks.py",
        "tests/sinks/test_forest.py",
        "tests/geo/test_coverage.py",
        "tests/sinks/test_flux.py",
    ]
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *files]
        subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
        cases = {c.get("name", ""): len(c) == 0 for c in ET.parse(report).iter("testcase")}
    passed = 0
    for starts in CHECKS.values():
        hits = [ok for case, ok in cases.items() if any(case.startswith(s) for s in starts)]
        passed += bool(hits) and all(hits)
    return passed


def main() -> None:
    """Run the steps, print a table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="side of the synthetic maps [cells]")
    parser.add_argument("--no-peers", action="store_true", help="leave exactextract out")
    parser.add_argument("--no-real", action="store_true", help="leave the real tiles out")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    dask.config.set(scheduler="threads", num_workers=2)
    if args.step:
        warm_up()
        out = STEPS[args.step](args.folder)
        print(json.dumps({**out, "peak_gib": peak_gib()}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_inputs(folder, args.size)
        print(f"{args.size} x {args.size} cells, 20 townships, two threads", flush=True)
        steps = ["class", "density", "two_dates", "tables", "monte_carlo"]
        steps += [] if args.no_peers else ["exactextract"]
        steps += ["real", "loop"] if TILES.is_dir() and not args.no_real else []
        found = {s: run_step(s, folder) for s in steps}
    print_summary(summary(found))


def summary(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Figures of the last line."""
    get = {name: found.get(name, {}) for name in STEPS}
    real, loop = get["real"].get("wall_s"), get["loop"].get("wall_s")
    return {
        "crosschecks_passed": cross_checks(),
        "class_table_s": get["class"]["wall_s"], "class_table_cpu_s": get["class"]["cpu_s"],
        "density_table_s": get["density"]["wall_s"], "density_table_cpu_s": get["density"]["cpu_s"],
        "density_rel_diff_exactextract": get["exactextract"].get("difference"),
        "exactextract_class_s": get["exactextract"].get("class_wall_s"),
        "exactextract_density_s": get["exactextract"].get("wall_s"),
        "two_dates_s": get["two_dates"]["wall_s"], "two_dates_cpu_s": get["two_dates"]["cpu_s"],
        "tables_only_s": get["tables"]["wall_s"], "tables_only_cpu_s": get["tables"]["cpu_s"],
        "peak_gib": max(found[s]["peak_gib"] for s in found if s not in ("exactextract", "loop")),
        "area_closure": get["class"]["area_closure"],
        "real_pair_s": real, "real_pair_cpu_s": get["real"].get("cpu_s"),
        "real_pair_peak_gib": get["real"].get("peak_gib"),
        "block_loop_s": loop, "ratio_block_loop": real / loop if real and loop else None,
        "monte_carlo_s": get["monte_carlo"]["wall_s"],
    }  # fmt: skip


def print_summary(figures: dict[str, Any]) -> None:
    """Print the targets beside what was found, and the JSON line."""
    rows = [
        [
            "cross-checks passed",
            figures["crosschecks_passed"],
            len(CHECKS),
            _word(len(CHECKS) - figures["crosschecks_passed"], 0),
        ]
    ]
    rows += [[key, figures.get(key), target, _word(figures.get(key), target)] for key, target in TARGETS.items()]
    table("carbon account", ("figure", "found", "target", ""), rows)
    print(json.dumps(figures))


def _word(value: float | None, target: float) -> str:
    return "not run" if value is None else "met" if value <= target else "NOT met"


if __name__ == "__main__":
    main()
