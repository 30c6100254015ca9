"""What the engine costs: CPU seconds a square kilometre, beside GRASS, up to 64 megapixels, on one core and on two.

``python -m benchmarks.irradiation`` (some ten minutes with GRASS, two without).
"""

from __future__ import annotations

import multiprocessing

import dask
import dask.array as da
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.common import best, clock, last_line, peak_gib, table
from benchmarks.peers import has_grass, run_grass
from benchmarks.rays import stepped_tangent
from benchmarks.scenes import Scene, town
from guanghui.geo.crs import parse_crs
from guanghui.geo.grid import Grid
from guanghui.geo.raster import from_numpy
from guanghui.pv.assessment.survey import Ground, plan_batches, run_batches, site_model
from guanghui.pv.energy.hourly import Light, energy_per_kwp
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import shaded_irradiation
from guanghui.pv.sun.sky import sky_table

MID_MONTH = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)
CRS = parse_crs(32650)


def kernel() -> dict[str, float]:
    """Twelve months on the roof cells of one megapixel, and what the parts cost."""
    scene = town()
    gy, gx = np.gradient(scene.z.astype(float))
    length = np.sqrt(gx**2 + gy**2 + 1)
    normal = np.stack([-gx / length, gy / length, 1 / length], axis=-1).astype(np.float32)
    sky = sky_table(scene.weather)
    lines = []
    figures = {}
    for name, mask, near in (("roof cells, near 16", scene.roof >= 0, 16), ("roof cells, near 32", scene.roof >= 0, 32),
                             ("all cells, near 16", np.ones_like(scene.roof, bool), 16)):  # fmt: skip
        rows, cols = np.nonzero(mask)
        planes = np.ascontiguousarray(normal[rows, cols])
        skyline = Skyline(scene.z, 1.0, rows, cols, near=near, reach_m=500)
        spent = best(lambda s=skyline, p=planes: shaded_irradiation(sky, p, s), repeat=7)
        lines.append([name, len(rows), round(spent.cpu, 2), round(1e9 * spent.cpu / len(rows) / len(sky.nodes))])
        figures[name] = spent.cpu
    head = ["what", "cells", "CPU s", "ns a cell and node"]
    table("Twelve months on one megapixel at 1 m, 72 azimuth steps, one core", head, lines)
    return {"roof": figures["roof cells, near 16"], "all": figures["all cells, near 16"], "ratio": _plain_march(scene)}


def _plain_march(scene: Scene) -> float:
    """How much longer a ray stepped cell by cell takes for the same skylines, on a tenth of the roof cells."""
    rows, cols = (v[::10] for v in np.nonzero(scene.roof >= 0))
    azimuth = np.radians((np.arange(72) + 0.5) * 5)
    skyline = Skyline(scene.z, 1.0, *np.nonzero(scene.roof >= 0), near=16, reach_m=500)
    tan = np.zeros(len(skyline.rows), np.float32)
    ours = best(lambda: [skyline.raise_tangent(float(np.degrees(a)), tan) for a in azimuth], repeat=2)
    out = np.empty((len(rows), len(azimuth)))
    stepped_tangent(scene.z, rows, cols, azimuth, 500.0, out)
    plain = best(lambda: stepped_tangent(scene.z, rows, cols, azimuth, 500.0, out), repeat=1)
    ratio = 10 * plain.cpu / ours.cpu
    lines = [["ray stepped cell by cell", round(10 * plain.cpu, 1), round(ratio, 1)], ["ours", round(ours.cpu, 2), 1]]
    table("Skylines of the roof cells, 72 azimuths, 500 m", ["kernel", "CPU s", "times ours"], lines)
    return ratio


def peers(roof_cpu: float) -> dict[str, float | None]:
    """GRASS on the same megapixel in the same call."""
    if not has_grass():
        print("\nGRASS is not installed: its columns are null")
        return {"ratio_rsun_12_days": None, "ratio_rsun_365_days": None}
    spent = run_grass(town().z, MID_MONTH)
    horizon, days = spent["horizon"].cpu, spent["days"].cpu
    twelve, year = horizon + days, horizon + days * 365 / 12
    rows = [["r.horizon, 36 azimuths, 500 m", round(horizon, 1), None],
            ["r.horizon + r.sun, 12 days", round(twelve, 1), round(twelve / roof_cpu)],
            ["r.horizon + r.sun, 365 days (from the 12)", round(year, 1), round(year / roof_cpu)],
            ["ours, 12 months of all hours", round(roof_cpu, 2), 1]]  # fmt: skip
    table("Beside GRASS on the same surface", ["work", "CPU s", "times ours"], rows)
    return {"ratio_rsun_12_days": twelve / roof_cpu, "ratio_rsun_365_days": year / roof_cpu}


def _city(tiles: int) -> tuple[Ground, object, list]:
    """``tiles`` × ``tiles`` copies of the town, lazily, with outlines, as the survey reads a city."""
    scene = town()
    block = da.from_array(scene.z, chunks=1000)
    z = da.block([[block] * tiles] * tiles)
    grid = Grid.from_bounds((400_000, 3_100_000, 400_000 + 1000 * tiles, 3_100_000 + 1000 * tiles), 1.0, CRS)
    r, c = np.nonzero(scene.roof >= 0)
    rows = pd.DataFrame({"roof": scene.roof[r, c], "r": r, "c": c}).groupby("roof").agg(["min", "max"])
    r0, r1, c0, c1 = (rows[k].to_numpy() for k in (("r", "min"), ("r", "max"), ("c", "min"), ("c", "max")))
    t = grid.transform
    boxes = [
        shapely.box(t.c + 1000 * j + c0, t.f - 1000 * i - r1 - 1, t.c + 1000 * j + c1 + 1, t.f - 1000 * i - r0)
        for i in range(tiles) for j in range(tiles)
    ]  # fmt: skip
    outlines = np.concatenate(boxes)
    frame = gpd.GeoDataFrame({"height_m": np.full(len(outlines), 8.0)}, geometry=outlines, crs=CRS)
    settings = PvSettings()
    surface = from_numpy(z, grid, name="surface", units="m")
    model = site_model(scene.weather, settings, CRS, (115.95, 28.5))
    return Ground(surface), model, plan_batches(frame, grid, settings)


def _survey(tiles: int, workers: int) -> dict[str, float]:
    """Survey a city of ``tiles``² megapixels in this process."""
    ground, model, batches = _city(1)
    run_batches(ground, model, batches)
    ground, model, batches = _city(tiles)
    with dask.config.set(scheduler="threads" if workers > 1 else "synchronous", num_workers=workers), clock() as spent:
        results = run_batches(ground, model, batches)
    cells = tiles * tiles * float((town().roof >= 0).sum())
    energy = sum(float((np.stack(r.faces["poa"].to_list()).sum(1) * r.faces["usable_m2"]).sum()) for r in results)
    return {"cpu": spent.cpu, "wall": spent.wall, "cells": cells, "peak": peak_gib(), "energy": energy}


def scale() -> dict[str, float]:
    """Cost a roof cell from 1 to 64 megapixels, memory, and the gain of a second core.

    Each in a process of its own, the best of several runs where they are short.
    """
    rows, found = [], {}
    for tiles, workers, runs in ((1, 1, 5), (2, 1, 3), (4, 1, 2), (8, 1, 1), (4, 2, 2), (8, 2, 1)):
        out = min(
            (_fresh(tiles, workers) for _ in range(runs)), key=lambda spent: spent["cpu" if workers == 1 else "wall"]
        )
        found[tiles, workers] = out
        rows.append([f"{tiles * tiles} Mpx, {workers} core(s)", round(out["cpu"], 1), round(out["wall"], 1),
                     round(1e6 * out["cpu"] / out["cells"], 2), round(out["peak"], 2)])  # fmt: skip
    head = ["city", "CPU s", "wall s", "µs a roof cell", "peak GiB"]
    table("The whole survey: windows, faces, skylines, irradiation", head, rows)
    per_cell = {k: v["cpu"] / v["cells"] for k, v in found.items() if k[1] == 1}
    return {
        "flatness_1_to_64": (max(per_cell.values()) - min(per_cell.values()))
        / (max(per_cell.values()) + min(per_cell.values())),
        "peak_gib": max(v["peak"] for v in found.values()),
        "cores_speedup": found[4, 1]["wall"] / found[4, 2]["wall"],
    }


def _fresh(tiles: int, workers: int) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_survey, (tiles, workers))


def faces_to_energy() -> float:
    """Hundred thousand faces from monthly irradiation to energy."""
    rng = np.random.default_rng(0)
    count = 100_000
    weather = town().weather
    sky = sky_table(weather)
    planes = pd.DataFrame({"surface_tilt": rng.uniform(0, 45, count), "surface_azimuth": rng.uniform(0, 360, count)})
    view = rng.uniform(0.6, 0.95, count)
    light = Light(rng.uniform(50, 150, (count, 12)), view, 0.95 * view, rng.uniform(-0.5, 0.0, count))
    with clock() as spent:
        energy = energy_per_kwp(light, planes.assign(rack=planes["surface_tilt"] < 10), sky, weather, PvSettings())
    rows = [[count, round(spent.cpu, 1), round(spent.wall, 1), round(energy.sum(1).mean())]]
    table("Faces to energy", ["faces", "CPU s", "wall s", "mean kWh/kWp"], rows)
    return spent.cpu


def main() -> None:
    """Print everything."""
    parts = kernel()
    against = peers(parts["roof"])
    energy = faces_to_energy()
    whole = scale()
    last_line(
        cpu_s_per_km2_roofs=parts["roof"], cpu_s_per_mpx_all=parts["all"], **against,
        ratio_kernel=parts["ratio"], **whole,
        cpu_s_100k_faces=energy,
    )  # fmt: skip


if __name__ == "__main__":
    main()
