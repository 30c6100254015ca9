"""Two maps that differ by their errors alone: how often the interval of change holds nothing.

    python -m benchmarks.flips [--runs 500] [--no-survey] [--lake]

Each map shows 1, 2, 5 or 10 % of 3,600 cells wrong, both ways and at random; nothing grows and nothing is cut. A survey
of stands lies over 1,380 of them, and names its ground. The interval holds the error of the factors too, so it is
wider than chance where these are (``--lake``). The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
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
name = "name"
code = "code"
[landcover]
path = "after.tif"
legend = "worldcover"
year = 2021
[landcover_before]
path = "before.tif"
legend = "worldcover"
year = 2020
[sinks]
growth_rate_pct = 0
consumption_rate_pct = 0
[sinks.cropland]
paddy_share = 1.0
"""
STANDS, LAKES = '[stands]\npath = "stands.gpkg"\n', '[wetlands]\npath = "lakes.gpkg"\ntype = "kind"\n'


def box(col0: int, row0: int, col1: int, row1: int) -> shapely.Polygon:
    """Ground of some cells, counted from the upper left corner."""
    return shapely.box(X + CELL * col0, Y - CELL * row1, X + CELL * col1, Y - CELL * row0)


def truth(*, lake: bool) -> np.ndarray:
    """Forest in the north, fields in the south, a lake of 100 ha between them where asked for."""
    codes = np.full((SIDE, SIDE), FIELD, np.uint8)
    codes[: SIDE // 2] = FOREST
    if lake:
        codes[25:35, 25:35] = WATER
    return codes


def shown(codes: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A map of the truth in which some cells show another of its classes, all of them alike often."""
    classes = np.unique(codes)
    step = rng.integers(1, len(classes), codes.shape)
    other = classes[(np.searchsorted(classes, codes) + step) % len(classes)]
    return np.where(rng.random(codes.shape) < share, other, codes).astype(np.uint8)


def make_place(folder: Path, runs: int, *, surveyed: bool, lake: bool) -> Path:
    """Write one township a run, each with its own two maps, stands and lake; runs differ in their chances alone."""
    wide = math.ceil(math.sqrt(runs))
    corners = [(SIDE * (i % wide), SIDE * (i // wide)) for i in range(runs)]
    high = SIDE * math.ceil(runs / wide)
    maps = {side: np.zeros((high, SIDE * wide), np.uint8) for side in ("before", "after")}
    rng = np.random.default_rng(7)
    for i, (x, y) in enumerate(corners):
        for codes in maps.values():
            codes[y : y + SIDE, x : x + SIDE] = shown(truth(lake=lake), SHARES[i % len(SHARES)], rng)
    for side, codes in maps.items():
        with rasterio.open(folder / f"{side}.tif", "w", driver="GTiff", height=high, width=SIDE * wide, count=1,
                           dtype="uint8", crs=CRS, nodata=0,
                           transform=rasterio.transform.from_origin(X, Y, CELL, CELL)) as out:  # fmt: skip
            out.write(codes, 1)
    towns = [box(x, y, x + SIDE, y + SIDE) for x, y in corners]
    names = {"name": [f"乡{i}" for i in range(runs)], "code": [f"{360000000 + i}" for i in range(runs)]}
    gpd.GeoDataFrame(names, geometry=towns, crs=CRS).to_file(folder / "towns.gpkg")
    stands = [box(x + 10 * k, y, x + 10 * k + 10, y + 23) for x, y in corners for k in range(6)]
    rows = {"species_group": ["马尾松", "杉木"] * 3 * runs, "volume_m3_ha": [60.0, 80.0] * 3 * runs}
    gpd.GeoDataFrame(rows, geometry=stands, crs=CRS).to_file(folder / "stands.gpkg")
    lakes = [box(x + 25, y + 25, x + 35, y + 35) for x, y in corners]
    kinds = {"kind": ["永久性淡水湖"] * runs, "name": [""] * runs}
    gpd.GeoDataFrame(kinds, geometry=lakes, crs=CRS).to_file(folder / "lakes.gpkg")
    (folder / "region.toml").write_text(REGION + STANDS * surveyed + LAKES * (surveyed and lake), encoding="utf-8")
    return folder / "region.toml"


def run(runs: int, *, surveyed: bool, lake: bool) -> dict[float, tuple[int, int]]:
    """Share of wrong cells -> runs, and those whose interval holds nothing."""
    with tempfile.TemporaryDirectory() as name:
        towns = assess_change(Region(make_place(Path(name), runs, surveyed=surveyed, lake=lake))).townships
    held = ((towns["low_tc"] <= 0) & (towns["high_tc"] >= 0)).to_numpy()
    number = towns["code"].astype(int).to_numpy() % 1_000_000 % len(SHARES)
    return {share: (int((number == k).sum()), int(held[number == k].sum())) for k, share in enumerate(SHARES)}


def main() -> None:
    """Run, print by share, and end with one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--no-survey", action="store_true", help="leave the survey out")
    parser.add_argument("--lake", action="store_true", help="a third class, of wide factors")
    args = parser.parse_args()
    with clock() as spent:
        found = run(args.runs, surveyed=not args.no_survey, lake=args.lake)
    rows = [[f"{100 * share:.0f} %", n, held, 100 * held / max(n, 1)] for share, (n, held) in found.items()]
    table("intervals of change that hold nothing", ("cells wrong", "runs", "held", "%"), rows)
    held = sum(h for _, h in found.values())
    asked = {"runs": args.runs, "surveyed": not args.no_survey, "lake": args.lake}
    print(json.dumps({**asked, "held_pct": 100 * held / args.runs, "seconds": round(spent.wall, 1)}))


if __name__ == "__main__":
    main()
