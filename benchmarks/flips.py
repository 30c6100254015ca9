"""Two maps that differ by their errors alone: how often the interval of change holds nothing.

    python -m benchmarks.flips [--runs 500] [--no-survey]

Each map shows 1, 2, 5 or 10 % of 3,600 cells wrong, both ways and at random; nothing grows and nothing is cut. A survey
of stands and a lake lies over 1,500 of them, and names its ground. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from benchmarks.common import clock, table
from guanghui.plan.inputs.region import Region
from guanghui.sinks import assess_change

SHARES = (0.01, 0.02, 0.05, 0.10)
CRS, X, Y, CELL, SIDE = "EPSG:6933", 11_000_000.0, 3_500_000.0, 100.0, 60
FOREST, FIELD, WATER = 10, 40, 80
REGION = """
[region]
name = "翻县"
name_en = "Flips"
crs = "EPSG:6933"
[townships]
path = "towns.gpkg"
[landcover]
path = "after.tif"
legend = "worldcover"
year = 2021
[landcover_before]
path = "before.tif"
legend = "worldcover"
year = 2016
[sinks]
growth_rate_pct = 0
consumption_rate_pct = 0
draws = 1000
[sinks.cropland]
paddy_share = 1.0
"""
SURVEY = '[stands]\npath = "stands.gpkg"\n[wetlands]\npath = "lakes.gpkg"\ntype = "kind"\n'


def box(col0: int, row0: int, col1: int, row1: int) -> shapely.Polygon:
    """Ground of some cells, counted from the upper left corner."""
    return shapely.box(X + CELL * col0, Y - CELL * row1, X + CELL * col1, Y - CELL * row0)


def truth() -> np.ndarray:
    """Forest in the north, fields in the south, a lake of 100 ha between them."""
    codes = np.full((SIDE, SIDE), FIELD, np.uint8)
    codes[: SIDE // 2], codes[25:35, 25:35] = FOREST, WATER
    return codes


def shown(codes: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A map of the truth in which some cells show another class, each of the two others alike often."""
    classes = np.array([FOREST, FIELD, WATER])
    step = rng.integers(1, 3, codes.shape)
    other = classes[(np.searchsorted(classes, codes) + step) % 3]
    return np.where(rng.random(codes.shape) < share, other, codes).astype(np.uint8)


def write(path: Path, codes: np.ndarray) -> None:
    """Write a map."""
    with rasterio.open(path, "w", driver="GTiff", height=SIDE, width=SIDE, count=1, dtype="uint8", crs=CRS, nodata=0,
                       transform=rasterio.transform.from_origin(X, Y, CELL, CELL)) as out:  # fmt: skip
        out.write(codes, 1)


def make_place(folder: Path, *, surveyed: bool) -> Path:
    """Write what stays the same in all runs."""
    gpd.GeoDataFrame({"name": ["全乡"]}, geometry=[box(0, 0, SIDE, SIDE)], crs=CRS).to_file(folder / "towns.gpkg")
    stands = [box(10 * i, 0, 10 * i + 10, 23) for i in range(6)]
    rows = {"species_group": ["马尾松", "杉木"] * 3, "volume_m3_ha": [60.0, 80.0] * 3}
    gpd.GeoDataFrame(rows, geometry=stands, crs=CRS).to_file(folder / "stands.gpkg")
    lake = gpd.GeoDataFrame({"kind": ["永久性淡水湖"], "name": [""]}, geometry=[box(25, 25, 35, 35)], crs=CRS)
    lake.to_file(folder / "lakes.gpkg")
    (folder / "region.toml").write_text(REGION + (SURVEY if surveyed else ""), encoding="utf-8")
    return folder / "region.toml"


def run(runs: int, *, surveyed: bool) -> dict[float, tuple[int, int]]:
    """Share of wrong cells -> runs, and those whose interval holds nothing."""
    out = dict.fromkeys(SHARES, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, codes = make_place(folder, surveyed=surveyed), truth()
        for seed in range(runs):
            share, rng = SHARES[seed % len(SHARES)], np.random.default_rng(seed)
            for side in ("before", "after"):
                write(folder / f"{side}.tif", shown(codes, share, rng))
            whole = assess_change(Region(file)).table.iloc[-1]
            held = bool(whole["low_tc"] <= 0 <= whole["high_tc"])
            out[share] = (out[share][0] + 1, out[share][1] + held)
    return out


def main() -> None:
    """Run, print by share, and end with one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--no-survey", action="store_true", help="leave the stands and the lake out")
    args = parser.parse_args()
    with clock() as spent:
        found = run(args.runs, surveyed=not args.no_survey)
    rows = [[f"{100 * share:.0f} %", n, held, 100 * held / max(n, 1)] for share, (n, held) in found.items()]
    table("intervals of change that hold nothing", ("cells wrong", "runs", "held", "%"), rows)
    held = sum(h for _, h in found.values())
    print(json.dumps({"runs": args.runs, "surveyed": not args.no_survey, "held_pct": 100 * held / args.runs,
                      "seconds": round(spent.wall, 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
