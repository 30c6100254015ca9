"""The whole landscape of libcbm's tutorial 2 from a region file: growth table, stands by age, 60 years of clear-cuts.

    python -m benchmarks.harvested

The user's way to a peer's figures: `[carbon] growth` holds the live carbon that libcbm gives its stands of each age,
`[carbon.factors]` its roots and what branches and foliage add to the stem, `[stands]` 200 stands of one age each and
the bare land, `[[events]]` its harvest of 200 ha a year, the oldest first, planted again. Compared are live carbon and
carbon carried out as wood. Dead wood and soil are not: ours holds what events leave, the peer's its litter too.
The peer cuts at the beginning of a year and lets the land grow in it, the ledger cuts at its end: `live_same` adds the
year of growth that all the replanted land is behind.
Without libcbm its figures on 2.10.2 stand in. The last line is one JSON object.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from benchmarks.common import table
from benchmarks.landscape import DENSITY_TC_HA, live_tc, run_libcbm
from guanghui.plan.inputs.region import Region
from guanghui.sinks import assess
from guanghui.sinks.years.ledger import ledger

__all__ = ["LIVE_TC", "PRODUCTS_TC", "YEARS", "found", "peer", "write_region"]

YEARS = (1, 5, 10, 20, 30, 40, 60)
LIVE_TC = (756_338.13, 735_384.75, 709_550.32, 660_401.78, 616_747.10, 580_182.61, 525_971.72)
"""Live carbon of libcbm 2.10.2 at the end of so many ``YEARS``, its harvests done [t C]."""
PRODUCTS_TC = (4_733.315, 23_666.574, 47_333.148, 94_666.296, 141_999.444, 189_332.592, 283_998.887)
"""Carbon that libcbm carried out as wood by then [t C]."""
_START, _ROOT_SHOOT, _EXPANSION = 2021, 0.222, 1.545266
"""Roots over what stands above ground, and that over the stem, of libcbm's softwood at 200 years."""
_X, _Y, _KM = 9_900_000.0, 4_000_000.0, 1000.0


def write_region(folder: Path) -> Path:
    """Write the tutorial as a region file with its layers.

    Parameters
    ----------
    folder : pathlib.Path
        Where to.
    """
    boxes = [shapely.box(_X + _KM * (k % 20), _Y + _KM * (k // 20), _X + _KM * (k % 20 + 1), _Y + _KM * (k // 20 + 1))
             for k in range(200)]  # fmt: skip
    bare = shapely.box(_X, _Y + 10 * _KM, _X + 2 * _KM, _Y + 11 * _KM)
    stands = {"species": "冷杉", "volume_m3_ha": np.nan, "age_yr": [*range(1, 201), 1e-3], "origin": "天然"}
    gpd.GeoDataFrame(stands, geometry=[*boxes, bare], crs=6933).to_file(folder / "stands.gpkg")
    town = shapely.union_all([*boxes, bare])
    gpd.GeoDataFrame({"name": ["甲乡"], "code": ["1"]}, geometry=[town], crs=6933).to_file(folder / "towns.gpkg")
    transform = rasterio.transform.from_origin(_X - 500, _Y + 11_500, 250, 250)
    with rasterio.open(folder / "cover.tif", "w", driver="GTiff", height=48, width=84, count=1, dtype="uint8",
                       crs="EPSG:6933", transform=transform, nodata=0) as out:  # fmt: skip
        out.write(np.full((48, 84), 10, np.uint8), 1)
    rows = [f"冷杉,{10 * k},{c / (1 + _ROOT_SHOOT)}" for k, c in enumerate(DENSITY_TC_HA)]
    (folder / "growth.csv").write_text("\n".join(["species_group,age_a,agb_tc_ha", *rows]), encoding="utf-8")
    events = [f"harvest,{_START + k},甲乡,200" for k in range(max(YEARS))]
    (folder / "events.csv").write_text("\n".join(["kind,year,township,area_ha", *events]), encoding="utf-8")
    file = folder / "region.toml"
    file.write_text(
        f"""
[region]
name = "示例"
code = "360000"

[townships]
path = "towns.gpkg"
name = "name"
code = "code"

[landcover]
path = "cover.tif"
legend = "worldcover"
year = 2021

[stands]
path = "stands.gpkg"
group = "species"
volume = "volume_m3_ha"
volume_unit = "m3/ha"

[carbon]
growth = "growth.csv"

[carbon.factors]
"forest.mixed_conifer.root_shoot" = {_ROOT_SHOOT}
"forest.tree.bef" = {_EXPANSION}

[[events]]
path = "events.csv"
oldest_first = true
replanted = "other_conifer"

[sinks]
draws = 100

[sinks.ledger]
first_year = {_START}
""",
        encoding="utf-8",
    )
    return file


def found(folder: Path) -> Mapping[str, tuple[float, ...]]:
    """Opening, live and carried-out carbon by this code [t C].

    Parameters
    ----------
    folder : pathlib.Path
        For the region file and its layers.

    Returns
    -------
    mapping
        ``opening`` (one value), ``live``, ``live_same`` and ``products`` at the end of ``YEARS``, ``residual``.
    """
    region = Region(write_region(folder))
    done = ledger(region, assess(region))
    assert done is not None
    years = done.city_years.set_index("year")
    ends = [_START + y - 1 for y in YEARS]
    live = (years["closing_tc"] - years["dead_tc"]).loc[ends]
    carried = years["products_tc"].cumsum().loc[ends]
    return {
        "live_same": tuple(float(v) + 200 * float(np.interp(y, 10 * np.arange(21), DENSITY_TC_HA))
                           for v, y in zip(live, YEARS, strict=True)),
        "opening": (float(years["opening_tc"].iloc[0]),), "live": tuple(map(float, live)),
        "products": tuple(map(float, carried)), "residual": (done.residual_tc,),
    }  # fmt: skip


def peer() -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Live and carried-out carbon of libcbm itself, else its figures of 2.10.2; whether it ran."""
    if importlib.util.find_spec("libcbm") is None:
        return LIVE_TC, PRODUCTS_TC, False
    pools, _, _ = run_libcbm(max(YEARS), harvested=True)
    live = live_tc(pools).groupby(pools["timestep"]).sum()
    carried = pools.groupby("timestep")["Products"].sum()
    return tuple(float(live[y]) for y in YEARS), tuple(float(carried[y]) for y in YEARS), True


def main() -> None:
    """Print both and their differences."""
    with tempfile.TemporaryDirectory() as folder:
        ours = found(Path(folder))
    live, carried, ran = peer()
    print(f"libcbm {'ran' if ran else 'is not installed: its figures of 2.10.2'}")
    rows, figures = [], {}
    for name, theirs in (("live", live), ("live_same", live), ("products", carried)):
        off = tuple(100 * (a / b - 1) for a, b in zip(ours[name], theirs, strict=True))
        figures[name] = off
        rows += [
            [f"{name}, libcbm [kt C]", *(v / 1e3 for v in theirs)],
            [f"{name}, here [kt C]", *(v / 1e3 for v in ours[name])],
            ["difference [%]", *off],
        ]
    table("libcbm's tutorial 2 with its harvests", ("figure", *(f"{y} a" for y in YEARS)), rows)
    print(json.dumps({"ran": ran, "off_pct": figures, "residual_tc": ours["residual"][0]}))


if __name__ == "__main__":
    main()
