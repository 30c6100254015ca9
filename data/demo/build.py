"""Build the demo city: write every input file and the region file that names them.

Nothing here is measured. What is taken from the published carbon-peak plan of Gongqingcheng (共青城市碳达峰试点建设
实施方案, 2023-12) is: the six townships by name and code, about 310 km², a quarter each of hills, water, fields and
town, forest cover of 27 %, 320,000 m³ of standing timber, four wetland types and a 5.3 ha constructed wetland, six
approved roof projects of 19.5 MW, 2,020 mu afforested in two years. Everything else is drawn and drawn by lot.

Roof area by hand, against 190,000 residents. Country: 11,700 houses x 113 m² = 1.33 km², sheds 0.10. Town: 1,200 slabs
x 560 = 0.67, 170 towers x 540 = 0.09, 2,650 terrace houses x 112 = 0.30, dormitories 0.02. Works: 200 halls x 4,300 =
0.87, 355 workshops x 1,500 = 0.53, 56 warehouses x 2,800 = 0.16. Shops, markets, malls, offices 0.59. Schools 0.18,
hospitals, offices of government and villages 0.05. Sum 4.9 km² on 20,175 roofs, 26 m² a resident. The whole of Jiujiang
has 206.81 km² (Zhang et al. 2023, 354 cities) for about 4.6 million people, 45 m² a resident: the demo is on the low
side. Flats: 0.67 km² x 6 storeys and 0.09 x 18, 80 % of it lived in, 100 m² a flat, are 45,000; with the houses 57,000
homes of 3.3 people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import rasterize

from guanghui.data.demo import terrain
from guanghui.data.demo.land import CRS_GEOGRAPHIC, Land
from guanghui.data.demo.landcover import TREE, Cover, geographic
from guanghui.data.demo.papers import write_existing, write_readme, write_region
from guanghui.data.demo.places import PLACES
from guanghui.data.demo.plan import Plan
from guanghui.data.demo.plan_city import CITY
from guanghui.data.demo.plan_village import VILLAGE
from guanghui.data.demo.sample_papers import write_sample_readme, write_sample_region
from guanghui.data.demo.settle import Settlement, settle
from guanghui.data.demo.sites import beside
from guanghui.data.demo.stands import stands
from guanghui.data.demo.surface import Scene
from guanghui.data.demo.water import Water, burn
from guanghui.data.demo.wetlands import wetlands
from guanghui.data.demo.write import write_layer, write_raster

__all__ = ["Country", "build", "grow"]

_LOG = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]


class Country:
    """The whole invented land in memory, before anything is written.

    Attributes
    ----------
    land : Land
        Boundaries, shoreline, roads, working grid.
    township : ndarray of uint8
        Row of the township table plus one for each cell, 0 outside.
    water : Water
        Water labels.
    built : Settlement
        Roofs and trees.
    ground : ndarray of float32
        Finished ground [m].
    cover : Cover
        Land cover of two years.
    """

    def __init__(self, plan: Plan, seed: int, step: Callable[[str], None]) -> None:
        step("边界 boundaries")
        self.land = Land.draw(plan, seed)
        grid = self.land.grid
        self.township = rasterize(
            ((g, k + 1) for k, g in enumerate(self.land.townships.geometry)),
            out_shape=grid.shape,
            transform=grid.transform,
            dtype="uint8",
        )
        inside = self.township > 0
        step("水系与地形 water and terrain")
        self.water = Water.fill(self.land, inside)
        raw = terrain.raw(self.land, self.water)
        self.water.dam(self.land, raw)
        step("城镇与村庄 towns and villages")
        self.built: Settlement = settle(self.land, self.water, raw, self.township)
        step("土地覆盖 land cover")
        self.ground = terrain.finish(
            self.land, self.water, raw, burn(grid, [*self.built.outlines, *self.built.site.paved], touched=True)
        )
        self.cover = Cover.grow(self.land, self.water, self.built, self.ground, inside)


def grow(*, extent: Literal["city", "village"] = "city", seed: int = 360482, place: str = "gongqingcheng") -> Country:
    """Make the land in memory, without writing.

    Parameters
    ----------
    extent : {"city", "village"}
        The whole city, or the small cut for tests.
    seed : int
        Seed of every draw.
    place : str
        One of ``PLACES``; all but Gongqingcheng have one extent.

    Returns
    -------
    Country
    """
    return Country(_plan(extent, place), seed, lambda _: None)


def _plan(extent: str, place: str = "gongqingcheng") -> Plan:
    plans = {"city": CITY, "village": VILLAGE}
    if extent not in plans:
        raise ValueError(f"extent is {extent!r}; choose one of {sorted(plans)}")
    if place not in PLACES:
        raise ValueError(f"place is {place!r}; choose one of {sorted(PLACES)}")
    sample = PLACES[place]
    return plans[extent] if sample is None else sample


def build(
    folder: Path,
    *,
    seed: int = 360482,
    progress: Progress | None = None,
    extent: Literal["city", "village"] = "city",
    place: str = "gongqingcheng",
) -> Path:
    """Write the demo city's input files.

    Parameters
    ----------
    folder : Path
        Where to; made if absent. Files of an earlier demo city in it are replaced.
    seed : int
        Seed of every draw: the same seed gives the same bytes.
    progress : callable, optional
        Called with steps done, steps in all, and what is being done (Chinese and English).
    extent : {"city", "village"}
        The whole city, or a small cut with all kinds of buildings and land for tests.
    place : str
        Plan whose place is made: ``gongqingcheng``, or a sample of ``ruijin rongjiang yancheng jiangxi``.

    Returns
    -------
    Path
        ``folder/region.toml``, written last.

    Raises
    ------
    ValueError
        If ``extent`` is unknown.
    """
    plan = _plan(extent, place)
    surface = folder / "surface"
    surface.mkdir(parents=True, exist_ok=True)
    region = folder / "region.toml"
    region.unlink(missing_ok=True)
    for old in surface.glob("dsm_*.tif"):
        old.unlink()
    done, total = 0, 7

    def step(text: str) -> None:
        nonlocal done
        _LOG.info("%d/%d %s", done, total, text)
        if progress is not None:
            progress(done, total, text)
        done += 1

    country = Country(plan, seed, step)
    keys = country.built.tiles(plan.tile_origin)
    total = 7 + len(keys)
    step("矢量图层 vector layers")
    write_layer(
        folder / "townships.gpkg",
        country.land.townships.to_crs(CRS_GEOGRAPHIC),
        "townships",
        title="示范数据 townships",
    )
    write_layer(folder / "buildings.gpkg", buildings(country), "buildings", title="示范数据 buildings")
    write_layer(folder / "wetlands.gpkg", wetlands(country.land, country.water), "wetlands", title="示范数据 wetlands")
    forest = country.cover.now == TREE
    write_layer(
        folder / "stands.gpkg",
        stands(country.land, forest, country.ground, country.township),
        "stands",
        title="示范数据 stands",
    )
    for name, layers in beside(country).items():
        for layer, frame in layers.items():
            write_layer(folder / name, frame, layer, title=f"示范数据 {layer}", anew=layer == next(iter(layers)))
    step("栅格 rasters")
    grid = country.land.grid
    write_raster(folder / "terrain.tif", country.ground, grid.transform, nodata=float("nan"), unit="m", crs=plan.crs)
    for name, classes in (("landcover.tif", country.cover.now), ("landcover_2020.tif", country.cover.before)):
        values, degrees = geographic(country.land, classes)
        write_raster(folder / name, values, degrees.transform, nodata=0, crs="EPSG:4326")
    bounds = shapely.bounds(country.built.outlines)
    scene = Scene.stage(seed, grid, country.ground, country.built, bounds, forest, keys, plan.tile_origin)
    truth(country, scene).to_parquet(folder / "truth.parquet", index=False)
    for key in keys:
        step(f"地表模型 surface tile {key[0]}-{key[1]}")
        scene.write_tile(surface, key, plan.tile_origin, plan.crs)
    step("说明 region file")
    if place == "gongqingcheng":
        write_existing(folder / "existing_pv.csv", set(country.built.roofs["site"]))
        write_readme(folder / "README.txt", extent, seed)
        write_region(region, plan)
    else:
        write_sample_readme(folder / "README.txt", place, seed)
        write_sample_region(region, place, plan)
    step("完成 done")
    return region


def buildings(country: Country) -> gpd.GeoDataFrame:
    """The building table as a bureau would have it: no roof forms."""
    roofs = country.built.roofs
    columns = ["building_id", "name", "use", "storeys", "height_m", "year_built"]
    return gpd.GeoDataFrame(roofs[columns].copy(), geometry=country.built.outlines, crs=country.land.plan.crs)


def truth(country: Country, scene: Scene) -> pd.DataFrame:
    """What no bureau has, for tests: form, pitch, ridge, parapet, ground and obstacles of every roof.

    Azimuths are clockwise from grid north. ``ridge_azimuth_deg`` lies in [0, 180) and is that of the first bar;
    ``face_azimuth_deg`` is the downhill direction of saw-tooth roofs.
    """
    roofs = country.built.roofs
    bar = scene.bars.groupby("roof").head(1)
    pitched = (roofs["form"] != "flat").to_numpy()
    ridge = np.mod(90.0 - bar["angle"].to_numpy(), 180.0)
    boxes = scene.boxes.assign(area=4 * scene.boxes["half_u"] * scene.boxes["half_v"]).groupby("roof")["area"]
    saw = (roofs["form"] == "sawtooth").to_numpy()
    return pd.DataFrame(
        {
            "building_id": roofs["building_id"],
            "kind": roofs["kind"],
            "site": roofs["site"],
            "shape": np.array(["rectangle", "L", "U", "court"])[roofs["shape"]],
            "length_m": roofs["length"].round(3),
            "width_m": roofs["width"].round(3),
            "form": roofs["form"],
            "tilt_deg": roofs["tilt_deg"],
            "spans": roofs["spans"],
            "tooth_m": roofs["tooth_m"].round(4),
            "ridge_azimuth_deg": np.where(pitched, ridge.round(4), np.nan),
            "face_azimuth_deg": np.where(saw, np.mod(180.0 - roofs["angle"].to_numpy(), 360.0).round(4), np.nan),
            "ground_m": scene.ground.round(4),
            "eave_height_m": roofs["height_m"],
            "ridge_height_m": (roofs["height_m"] + roofs["rise_m"]).round(4),
            "parapet_m": roofs["parapet_m"],
            "obstacles": boxes.size().reindex(range(len(roofs)), fill_value=0).to_numpy(),
            "obstacle_m2": boxes.sum().reindex(range(len(roofs)), fill_value=0.0).round(3).to_numpy(),
        }
    )
