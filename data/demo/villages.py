"""Villages strung along the country roads, gathered in a few dozen surface tiles.

A surface model is flown where people live, so houses are kept inside chosen 1,024 m tiles with a margin of more than
100 m; within them hamlets follow the roads, face south, have a pond in front and a grove behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from guanghui.data.demo.grid import Float
from guanghui.data.demo.land import Land
from guanghui.data.demo.roofs import COURT, ELL, RECT, Frame
from guanghui.data.demo.site import Site
from guanghui.data.demo.tiles import TILE
from guanghui.data.demo.water import Bool, Water, burn, coarse_distance, ellipse

__all__ = ["Survey", "build_villages"]

_MARGIN = 120.0  # houses keep this far from the edge of the flown tiles [m]


@dataclass
class Survey:
    """What the villages need to know of the land, on the working grid."""

    land: Land
    water: Water
    township: NDArray[np.uint8]
    good: Bool
    road_distance: NDArray[np.float32]

    @classmethod
    def make(
        cls, land: Land, water: Water, ground: NDArray[np.float32], township: NDArray[np.uint8], site: Site
    ) -> Survey:
        """Mark where houses may stand: gentle, dry, away from districts, motorway and railway.

        Parameters
        ----------
        land : Land
            Relief, roads and districts.
        water : Water
            Water on the same grid.
        ground : numpy.ndarray
            Bare ground [m], shape (rows, columns).
        township : numpy.ndarray
            Number of the township of each cell, 0 outside.
        site : Site
            Paved ground is not built on.
        """
        grid = land.grid
        drop_y, drop_x = np.gradient(ndimage.gaussian_filter(ground, 3.0), grid.cell)
        roads = [line for road, line in land.roads if road.kind == "road"]
        trunk = [line for road, line in land.roads if road.kind != "road"]
        good = (np.hypot(drop_x, drop_y) < 0.075) & (township > 0)
        good &= ~ndimage.binary_dilation(water.label > 0, iterations=2)
        good &= ~ndimage.binary_dilation(burn(grid, site.paved), iterations=3)
        good &= (water.river_distance > 60.0) & (water.lake_distance > 60.0)
        good &= coarse_distance(burn(grid, trunk, touched=True), grid.cell, 2) > 70.0
        distance = coarse_distance(burn(grid, roads, touched=True), grid.cell, 1)
        return cls(land, water, township, good, distance)

    def blocks(self, key: tuple[int, int], inset: float) -> tuple[slice, slice]:
        """Window of a tile on the working grid, ``inset`` [m] inside it.

        Parameters
        ----------
        key : tuple
            Column and row of the tile.
        inset : float
            Strip left off on every side [m].

        Returns
        -------
        tuple
            Rows and columns.
        """
        x = self.land.plan.tile_origin[0] + key[0] * TILE
        y = self.land.plan.tile_origin[1] + key[1] * TILE
        (r0, r1), (c0, c1) = self.land.grid.index(
            np.array([x + inset, x + TILE - inset]), np.array([y + TILE - inset, y + inset])
        )
        return slice(r0, r1 + 1), slice(c0, c1 + 1)


def _choose_tiles(country: Survey, used: set[tuple[int, int]], rng: np.random.Generator) -> set[tuple[int, int]]:
    """Add country tiles with a good stretch of road, by the quota of each township."""
    plan, grid = country.land.plan, country.land.grid
    chosen = set(used)
    columns = range(int(grid.columns * grid.cell / TILE) + 6)
    rows = range(int(grid.rows * grid.cell / TILE) + 6)
    candidates: dict[int, list[tuple[float, tuple[int, int]]]] = {}
    for key in ((i, j) for i in columns for j in rows):
        window = country.blocks(key, _MARGIN)
        good, owner = country.good[window], country.township[window]
        luck = rng.uniform(0.75, 1.25)
        if key in used or good.size < 900:
            continue
        near = good & (country.road_distance[window] < 160.0)
        home = int(np.bincount(owner.ravel(), minlength=len(plan.townships) + 1)[1:].argmax()) + 1
        if (owner == home).mean() > 0.8 and near.mean() > 0.12:
            candidates.setdefault(home, []).append((float(near.mean() * luck), key))
    for number, town in enumerate(plan.townships, start=1):
        ranked = candidates.get(number, [])
        for _ in range(town.rural_tiles):
            best, best_score = None, 0.0
            for score, key in ranked:
                beside = any((key[0] + a, key[1] + b) in chosen for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)))
                if key not in chosen and score * (1.2 if beside else 1.0) > best_score:
                    best, best_score = key, score * (1.2 if beside else 1.0)
            if best is not None:
                chosen.add(best)
    return chosen


def _interior(country: Survey, tiles: set[tuple[int, int]]) -> Bool:
    inside = np.zeros(country.land.grid.shape, bool)
    for key in tiles:
        inside[country.blocks(key, 0.0)] = True
    steps = int(_MARGIN / country.land.grid.cell)
    return ndimage.minimum_filter(inside, size=2 * steps + 1, mode="constant", cval=0)


def build_villages(country: Survey, site: Site, used: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Place hamlets until the plan's number of country houses is reached.

    Parameters
    ----------
    country : Survey
        Where one may build.
    site : Site
        Collects roofs, trees, ponds and groves.
    used : set of tuple
        Tiles that the districts need anyway.

    Returns
    -------
    set of tuple
        Those and the tiles chosen for villages.
    """
    land = country.land
    rng = np.random.default_rng((land.seed, 41))
    tiles = _choose_tiles(country, used, rng)
    allowed = country.good & _interior(country, tiles)
    free = allowed.copy()
    seeds = _seeds(land, rng)
    total, serial = 0, 0
    named = {k: list(t.villages) for k, t in enumerate(land.plan.townships, start=1)}
    for frame, reach, depth in seeds:
        if total >= land.plan.rural_houses:
            break
        row, column = land.grid.index(np.array(frame.x), np.array(frame.y))
        if not free[row, column]:
            continue
        home = int(country.township[row, column])
        village = named[home].pop(0) if named[home] and serial % 2 == 0 else ""
        total += _hamlet(country, site, rng, frame, (reach, depth), free, village)
        serial += 1
    _across_borders(country, site, free)
    return tiles


def _across_borders(country: Survey, site: Site, free: Bool) -> None:
    """Farm sheds and houses across the borders of townships, where nothing else is: borders follow no wall."""
    rng = np.random.default_rng((country.land.seed, 42))
    homes = country.land.townships.geometry.to_numpy()
    for k, home in enumerate(homes):
        for other in homes[k + 1 :]:
            border = shapely.line_merge(shapely.intersection(home.boundary, other.boundary))
            for at in np.arange(rng.uniform(20.0, 80.0), border.length - 20.0, 90.0):
                here, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(border, at + d)) for d in (0, 5))
                heading = float(np.degrees(np.arctan2(*(ahead - here)[0, ::-1])))
                frame = Frame(float(here[0, 0]), float(here[0, 1]), heading + 90.0 + float(rng.uniform(-25.0, 25.0)))
                cell = country.land.grid.index(*here[0])
                shed, off = rng.uniform() < 0.4, float(rng.uniform(-3.0, 3.0))
                if not free[cell] or country.road_distance[cell] < 30.0:
                    continue
                if shed:
                    site.roofs.add("farm", frame, off, 0.0, 42.0, 12.0)
                else:
                    site.roofs.add("house", frame, off, [-8.0, 8.0], rng.uniform(9.0, 13.0, 2), 10.0)


def _seeds(land: Land, rng: np.random.Generator) -> list[tuple[Frame, float, float]]:
    """Sites beside the roads, and a second row of sites up the lanes, in random order."""
    out: list[tuple[Frame, float, float]] = []
    small = land.plan.hamlet
    for road, line in land.roads:
        if road.kind != "road":
            continue
        at = 0.0
        while at < line.length - 30.0:
            here, ahead = (shapely.get_coordinates(line.interpolate(at + d))[0] for d in (0.0, 30.0))
            heading = np.degrees(np.arctan2(*(ahead - here)[::-1]))
            for side in (-1.0, 1.0):
                reach, depth = rng.uniform(80.0, 190.0) * small, rng.uniform(40.0, 80.0) * small**0.5
                for lane in (0.0, rng.uniform(190.0, 330.0) * small):
                    frame = Frame(here[0], here[1], heading).shifted(rng.uniform(-40, 40), side * (depth + 16.0 + lane))
                    out.append((frame, reach, depth))
            at += rng.uniform(90.0, 170.0) * small
    order = rng.permutation(len(out))
    return [out[k] for k in order]


def _hamlet(
    country: Survey,
    site: Site,
    rng: np.random.Generator,
    frame: Frame,
    size: tuple[float, float],
    free: Bool,
    village: str,
) -> int:
    """One hamlet: rows of houses in an ellipse along the road; returns the number of houses."""
    grid = country.land.grid
    facing = Frame(frame.x, frame.y, float(rng.normal(0.0, 13.0)))
    planned = rng.uniform() < 0.25  # a "new countryside" village: one type of house in straight rows
    pitch_u, pitch_v = rng.uniform(13.8, 17.0), rng.uniform(19.0, 26.0)
    reach = max(size)
    iu, iv = (np.arange(-int(reach / p), int(reach / p) + 1) * p for p in (pitch_u, pitch_v))
    u, v = (a.ravel() for a in np.meshgrid(iu, iv))
    loose = 0.25 if planned else 1.0
    u = u + rng.uniform(-1.2, 1.2, u.size) * loose + (0.0 if planned else np.sin(v / 17.0) * 5.0)
    v = v + rng.uniform(-3.0, 3.0, v.size) * loose
    x, y = facing.to_world(u, v)
    along = np.radians(frame.angle)
    dx, dy = x - frame.x, y - frame.y
    round_ = ((dx * np.cos(along) + dy * np.sin(along)) / size[0]) ** 2 + (
        (dy * np.cos(along) - dx * np.sin(along)) / size[1]
    ) ** 2
    ragged = round_ * rng.uniform(0.75, 1.25, u.size)
    cell = grid.index(x, y)
    keep = (
        (ragged < 1.0)
        & free[cell]
        & (country.road_distance[cell] > 14.0)
        & (rng.uniform(size=u.size) < (0.95 if planned else 0.84))
    )
    n = int(keep.sum())
    if n < 12:
        return 0
    u, v = u[keep], v[keep]
    _houses(site, rng, facing, u, v, planned)
    _extras(site, rng, facing, u, v, village)
    _pond_and_grove(country, site, rng, facing, u, v)
    rows, columns, radius = ellipse(grid, frame.x, frame.y, (size[0] + 30.0, size[1] + 30.0), frame.angle)
    free[rows, columns] &= radius > 1.0
    return n


def _houses(site: Site, rng: np.random.Generator, frame: Frame, u: Float, v: Float, planned: bool) -> None:
    n = u.size
    if planned:
        length, width = np.full(n, rng.uniform(10.0, 12.5)), np.full(n, rng.uniform(9.5, 11.5))
        form, shape, turn = str(rng.choice(["hip", "gable", "flat"])), np.full(n, RECT), np.zeros(n)
    else:
        length, width = rng.uniform(8.6, 13.4, n), rng.uniform(8.4, 11.8, n)
        form, turn = "", rng.normal(0.0, 3.0, n)
        shape = np.where((rng.uniform(size=n) < 0.12) & (length > 11.0), ELL, RECT)
    side = rng.choice([-1.0, 1.0], n)
    site.roofs.add(
        "house",
        frame,
        u,
        v,
        length,
        width + np.where(shape == ELL, 2.0, 0.0),
        turn=turn,
        shape=shape,
        arm=6.2,
        flip_u=side,
        flip_v=1.0,
        storeys=int(rng.choice([2, 3])) if planned else 0,
        form=form,
    )
    shed = rng.uniform(size=n) < (0.04 if planned else 0.13)
    m = int(shed.sum())
    site.roofs.add(
        "annex",
        frame,
        u[shed] + rng.uniform(-3, 3, m),
        v[shed] + width[shed] / 2 + rng.uniform(4.0, 6.0, m),
        rng.uniform(4.5, 8.5, m),
        rng.uniform(3.4, 5.0, m),
    )
    behind = rng.uniform(size=(3, n)) < np.array([0.5, 0.3, 0.2])[:, None]
    for mask, low, high in zip(behind, (0.2, 0.2, -0.9), (0.75, 0.75, -0.6), strict=True):
        k = int(mask.sum())
        back = np.sign(low) * width[mask] / 2 + rng.uniform(2.6, 6.5, k) * np.sign(high)
        tall = rng.uniform(5.0, 11.0, k) if low > 0 else rng.uniform(3.5, 6.0, k)
        site.plant(frame, u[mask] + rng.uniform(-6.5, 6.5, k), v[mask] + back, tall)


_SURNAMES = "王李张刘陈杨黄吴周徐熊胡万罗余邹袁蔡郭"


def _extras(site: Site, rng: np.random.Generator, frame: Frame, u: Float, v: Float, village: str) -> None:
    """Committee, primary school, shop, clan hall and farm sheds on the edge of the hamlet."""
    front = float(v.min()) - 24.0
    if village:
        site.roofs.add(
            "committee", frame, float(u.max()) + 26.0, float(np.median(v)), 24.0, 10.5, name=f"{village}村村民委员会"
        )
        if rng.uniform() < 0.6:
            site.roofs.add(
                "village_school",
                frame,
                float(u.min()) - 34.0,
                float(np.median(v)),
                36.0,
                22.0,
                shape=ELL,
                arm=9.0,
                flip_u=-1.0,
                name=f"{village}小学",
            )
        else:
            site.roofs.add(
                "clinic",
                frame,
                float(u.max()) + 24.0,
                float(np.median(v)) - 24.0,
                14.0,
                9.0,
                storeys=2,
                name=f"{village}村卫生室",
            )
    if rng.uniform() < 0.45:
        site.roofs.add("shop", frame, float(np.median(u)), front + 6.0, 13.0, 8.5, storeys=1)
    if rng.uniform() < 0.35:
        site.roofs.add(
            "hall_of_clan",
            frame,
            float(np.median(u)) - 24.0,
            front,
            17.0,
            24.0,
            shape=COURT,
            arm=6.0,
            name=f"{rng.choice(list(_SURNAMES))}氏宗祠",
        )
    if rng.uniform() < 0.3:
        n = int(rng.integers(2, 5))
        site.roofs.add(
            "farm",
            frame,
            float(u.max()) + 70.0,
            float(v.max()) - 20.0 * np.arange(n),
            52.0,
            11.0,
            turn=float(rng.uniform(-6, 6)),
            name="",
        )


def _pond_and_grove(country: Survey, site: Site, rng: np.random.Generator, frame: Frame, u: Float, v: Float) -> None:
    width = float(np.ptp(u))
    if rng.uniform() < 0.75:
        half = (float(rng.uniform(22.0, 48.0)), float(rng.uniform(16.0, 28.0)))
        x, y = frame.to_world(np.median(u) + rng.uniform(-0.2, 0.2) * width, v.min() - half[1] - 22.0)
        cell = country.land.grid.index(x, y)
        if country.good[cell] and country.road_distance[cell] > half[0] + 12.0:
            site.ponds.append((float(x), float(y), *half, frame.angle))
    if rng.uniform() < 0.7:
        half = (max(40.0, width * rng.uniform(0.35, 0.6)), float(rng.uniform(22.0, 42.0)))
        x, y = frame.to_world(np.median(u), v.max() + half[1] + 12.0)
        site.woods.append((float(x), float(y), *half, frame.angle))
