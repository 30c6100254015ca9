"""How right the engine is among hills: shadow rays over surface and bare earth, both fine, against its coarse horizon.

``python -m benchmarks.hills``: a minute and a half. Roofs of the made-up town stand in a valley and on rolling ground;
the truth marches rays over the surface and, 4 km far, over the bare earth at 10 m; the engine takes the surface to
300 m and the bare earth at 50 m beyond, as the survey does.
"""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy import DENSE, MODEL, REACH_M, errors, strata
from benchmarks.common import clock, last_line, table
from benchmarks.rays import band_share, diffuse_months, marched_tangent, sky_share, visible
from benchmarks.scenes import Scene, town
from guanghui.geo.crs import parse_crs
from guanghui.geo.grid import Grid
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import shaded_irradiation
from guanghui.pv.shade.terrain import COARSE_CELL_M, DistantTerrain, TerrainWindow
from guanghui.pv.sun.sky import BAND_DEG, components, sky_table

SIZE, AROUND, CELLS, FAR_M, FINE_M = 400, 320, 400, 4000.0, 10.0
CRS = parse_crs(32650)
EAST, NORTH = 400_000.0, 3_100_000.0
"""North-west corner of the town, on whole cells of every grid."""


def valley(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ridges of 350 m with sharp crests, 1.6 km apart, and side ridges."""
    u, v = (x + 0.6 * y) / 1.17, (y - 0.6 * x) / 1.17
    return 350 * (1 - np.abs(np.cos(np.pi * u / 1600))) + 40 * np.sin(v / 190) * np.sin(np.pi * u / 1600) ** 2


def rolling(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Hills of 120 m, some 700 m apart."""
    return 60 * (np.sin(x / 230 + 0.4) * np.cos(y / 170) + 0.5 * np.sin((x - y) / 410))


LANDS = {"valley": valley, "rolling": rolling}


def _window(cell: float, land: str) -> tuple[np.ndarray, Grid]:
    """Bare earth around the town: fine cells, or the mean of fine ones."""
    grid = Grid.from_bounds((EAST - FAR_M - 400, NORTH - SIZE - FAR_M - 400, EAST + SIZE + FAR_M + 400,
                             NORTH + FAR_M + 400), cell, CRS)  # fmt: skip
    parts = max(1, round(cell / FINE_M))
    side = cell / parts
    x = grid.transform.c - EAST + (np.arange(grid.width * parts) + 0.5) * side
    y = grid.transform.f - NORTH - (np.arange(grid.height * parts) + 0.5) * side
    fine = LANDS[land](*np.meshgrid(x, y))
    return fine.reshape(grid.height, parts, grid.width, parts).mean(axis=(1, 3)), grid


def scene(land: str) -> Scene:
    """The town on a land, and bare ground as far around it as the surface is asked."""
    flat = town(SIZE)
    x, y = np.meshgrid(np.arange(SIZE) + 0.5, -(np.arange(SIZE) + 0.5))
    ground = LANDS[land](x, y)
    inside = flat.z + ground
    for roof in range(flat.roof.max() + 1):  # roofs stay level along their eaves
        own = flat.roof == roof
        inside[own] = flat.z[own] + ground[own].max()
    at = np.arange(-AROUND, SIZE + AROUND) + 0.5
    z = LANDS[land](*np.meshgrid(at, -at)) + float(np.median(flat.z[flat.roof < 0]))
    middle = slice(AROUND, AROUND + SIZE)
    z[middle, middle] = inside
    roofs = np.pad(flat.roof, AROUND, constant_values=-1)
    return Scene(land, z.astype(np.float32), roofs, 1.0, flat.weather)


def score(land: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Months of some cells by the engine, by rays, and by the engine without the hills."""
    town_there = scene(land)
    rows, cols, normal, _ = strata(town_there)
    pick = np.sort(np.random.default_rng(5).choice(len(rows), CELLS, replace=False))
    rows, cols, normal = rows[pick], cols[pick], normal[pick]
    z, weather = town_there.z, town_there.weather
    eye = z[rows, cols].astype(float)
    fine, grid = _window(FINE_M, land)
    t = grid.transform
    where = EAST + cols - AROUND + 0.5, NORTH - (rows - AROUND) - 0.5
    row, col = (where[1] - t.f) / t.e - 0.5, (where[0] - t.c) / t.a - 0.5

    suns = weather.suns(15.0)
    zenith, azimuth = np.radians(suns.zenith), np.radians(suns.azimuth)
    east, north = np.sin(azimuth), np.cos(azimuth)
    seen, over = np.empty((2, CELLS, len(zenith)), np.bool_)
    visible(z, rows, cols, eye, east, north, 1 / np.tan(zenith), REACH_M, seen)
    visible(fine, row, col, eye, east, north, FINE_M / np.tan(zenith), FAR_M / FINE_M, over)
    tangent, behind = np.empty((2, CELLS, len(DENSE)))
    marched_tangent(z, rows, cols, eye, DENSE, 1.0, REACH_M, tangent)
    marched_tangent(fine, row, col, eye, DENSE, FINE_M, FAR_M / FINE_M, behind)
    tangent = np.maximum(tangent, behind)
    truth = np.empty((CELLS, 12))
    for p, n in enumerate(normal.astype(float)):
        tilt, facing = np.degrees(np.arccos(min(1.0, n[2]))), np.degrees(np.arctan2(n[0], n[1])) % 360
        cosine = np.sin(zenith) * (n[0] * east + n[1] * north) + n[2] * np.cos(zenith)
        beam = suns.dni * np.maximum(cosine, 0) + components(suns, tilt, facing, MODEL)["circumsolar"]
        truth[p] = np.bincount(suns.month, beam * (seen[p] & over[p]), 12) * suns.hours / 1000
    planes = normal.astype(float)
    truth += diffuse_months(sky_table(weather, sun_step_min=15, steps=24), sky_share(tangent, planes, DENSE),
                            band_share(tangent, planes, DENSE, BAND_DEG))  # fmt: skip

    heights, coarse = _window(COARSE_CELL_M, land)
    hills = DistantTerrain(TerrainWindow(heights.astype(np.float32), coarse), *where, eye, from_m=REACH_M, to_m=FAR_M)
    sky = sky_table(weather, steps=72, sun_step_min=10.0)
    found = [shaded_irradiation(sky, normal, Skyline(z, 1.0, rows, cols, near=16, reach_m=REACH_M, beyond=b)).monthly
             for b in (hills, None)]  # fmt: skip
    return found[0].astype(float), truth, found[1].astype(float)


def main() -> None:
    """Print both lands and their sum."""
    lines, ours, rays = [], [], []
    with clock() as spent:
        for land in LANDS:
            found, truth, without = score(land)
            scale = 1000 / truth.sum(1).mean()
            e = errors(found, truth)
            taken = 100 * (1 - truth.sum() / without.sum())
            lines.append([land, len(truth), *(round(v, 3) for v in e.values()), round(taken, 1)])
            ours.append(found * scale)
            rays.append(truth * scale)
    whole = errors(np.concatenate(ours), np.concatenate(rays))
    lines.append(["all", sum(map(len, rays)), *(round(v, 3) for v in whole.values()), None])
    head = ["land", "cells", "MBE %", "RMSE %", "p99 %", "month RMSE %", "hills take %"]
    table("Year on roof planes among hills against shadow rays over surface and bare earth", head, lines)
    print(f"\n  {spent.cpu:.0f} CPU s")
    last_line(poa_hills_mbe_pct=whole["mbe"], poa_hills_rms_pct=whole["rms"], poa_hills_p99_pct=whole["p99"])


if __name__ == "__main__":
    main()
