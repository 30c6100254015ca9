"""Forest stands (小班): blobs of the forest cells with species, age and standing volume."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio.features import sieve
from scipy import ndimage
from scipy.spatial import cKDTree

from guanghui.data.demo.grid import Noise
from guanghui.data.demo.land import Land
from guanghui.data.demo.water import Bool
from guanghui.data.demo.wetlands import traced

__all__ = ["AGES", "NO_VOLUME", "SPECIES", "stands"]

SPECIES = ("马尾松", "杉木", "湿地松", "阔叶混", "针阔混", "毛竹", "经济林")
AGES = ("幼龄林", "中龄林", "近熟林", "成熟林", "过熟林")
NO_VOLUME = ("毛竹", "经济林")  # bamboo is counted in culms, orchards in trees: no standing volume

# relative volume by age class and by species group, before the total is met; assumed
_BY_AGE = (0.30, 0.95, 1.75, 2.35, 2.70)
_BY_SPECIES = (0.95, 1.25, 1.05, 0.95, 1.05, 0.0, 0.0)
_AGE_SHARE = (0.40, 0.39, 0.12, 0.07, 0.02)  # young and middle ages hold most of the province's forest
_SMALLEST_HA = 0.2


def stands(land: Land, forest: Bool, ground: NDArray[np.float32], township: NDArray[np.uint8]) -> gpd.GeoDataFrame:
    """Divide the forest of the city into stands whose volume sums to the inventory's total.

    Parameters
    ----------
    land : Land
        Plan and grid.
    forest : ndarray of bool
        Forest cells.
    ground : ndarray
        Ground height [m]: species follow it.
    township : ndarray of uint8
        Row of the township table plus one, 0 outside.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns stand_id, township (code), species_group, age_class, area_ha, volume_m3_ha; EPSG:4548.
    """
    grid, plan = land.grid, land.plan
    rng = np.random.default_rng((land.seed, 80))
    spacing = (plan.stand_ha * 1e4) ** 0.5
    columns, rows = (int(np.ceil(n * grid.cell / spacing)) for n in (grid.columns, grid.rows))
    u, v = np.meshgrid(np.arange(columns), np.arange(rows))
    centre = np.column_stack(
        [
            grid.west + (u.ravel() + rng.uniform(0, 1, u.size)) * spacing,
            grid.north - (v.ravel() + rng.uniform(0, 1, u.size)) * spacing,
        ]
    )
    cells = np.nonzero(forest & (township > 0))
    _, nearest = cKDTree(centre).query(np.column_stack([grid.x[cells[1]], grid.y[cells[0]]]))
    most = max(8, len(land.townships) + 1)
    label = np.zeros(grid.shape, np.int32)
    label[cells] = 1 + nearest * most + township[cells]
    label = _tidy(label, forest & (township > 0))
    polygons, of = traced(grid, label, 13.0)
    area = shapely.area(polygons) / 1e4
    keep = area >= _SMALLEST_HA
    polygons, of, area = polygons[keep], of[keep], area[keep]
    owner = (of - 1) % most - 1
    at = shapely.get_coordinates(shapely.point_on_surface(polygons))
    order = np.lexsort((np.round(at[:, 0], 1), -np.round(at[:, 1], 1), owner))
    polygons, area, owner, at = polygons[order], area[order], owner[order], at[order]
    species = _species(land, rng, at, grid.bilinear(ground, at[:, 0], at[:, 1]))
    age = rng.choice(len(AGES), size=len(area), p=_AGE_SHARE)
    volume = np.array(_BY_AGE)[age] * np.array(_BY_SPECIES)[species] * np.exp(rng.normal(0.0, 0.28, len(area)))
    volume = np.round(volume * plan.standing_volume_m3 / float((volume * np.round(area, 4)).sum()), 2)
    codes = land.townships["code"].to_numpy()[owner]
    serial = pd.Series(owner).groupby(owner).cumcount() + 1
    return gpd.GeoDataFrame(
        {
            "stand_id": [f"{c}-X{s:04d}" for c, s in zip(codes, serial, strict=True)],
            "township": codes,
            "species_group": np.array(SPECIES)[species],
            "age_class": np.array(AGES)[age],
            "area_ha": np.round(area, 4),
            "volume_m3_ha": volume,
        },
        geometry=polygons,
        crs=plan.crs,
    )


def _tidy(label: NDArray[np.int32], forest: Bool) -> NDArray[np.int32]:
    """Clear specks of forest below the smallest stand; give slivers of a stand to its largest neighbour."""
    label = sieve(label, size=60, connectivity=4, mask=forest)
    patches, count = ndimage.label(forest)
    size = np.bincount(patches.ravel(), minlength=count + 1)
    label[size[patches] * 0.01 < _SMALLEST_HA] = 0
    return label


def _species(
    land: Land, rng: np.random.Generator, at: NDArray[np.float64], height: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Orchards low by the villages, slash pine on rolling ground, fir, pine and broad-leaved forest on the hills."""
    grid = land.grid
    bounds = (grid.west, grid.north - grid.rows * grid.cell, grid.west + grid.columns * grid.cell, grid.north)
    wet = Noise((land.seed, 81), 900.0, bounds).at(at[:, 0], at[:, 1])
    high = np.clip((height - 40.0) / 80.0, -0.5, 1.5)
    score = np.column_stack(
        [
            0.9 + 0.2 * high - 0.3 * wet,
            0.3 + 0.7 * high + 0.5 * wet,
            0.7 - 0.9 * high - 0.2 * wet,
            0.5 + 0.3 * high + 0.3 * wet,
            0.6 + 0.2 * high,
            -0.5 + 0.4 * high + 0.9 * wet,
            -0.1 - 0.9 * high,
        ]
    )
    return np.argmax(score + 0.55 * rng.gumbel(size=score.shape), axis=1)
