"""Where the water lies: lake, rivers, marsh, reservoirs and fish ponds as labels on the working grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import ndimage

from guanghui.data.demo.grid import Grid, fractal
from guanghui.data.demo.land import Land
from guanghui.data.demo.plan import Line, Pond

__all__ = ["CONSTRUCTED", "LAKE", "MARSH", "POND", "RIVER", "Water", "burn", "coarse_distance", "ellipse"]

LAKE, RIVER, MARSH, POND, CONSTRUCTED = 1, 2, 3, 4, 5
TREATMENT_M2 = 53000.0

Bool = NDArray[np.bool_]


def burn(grid: Grid, shapes: list[shapely.Geometry], *, touched: bool = False) -> Bool:
    """Cells whose centre (or any part, ``touched``) lies in the shapes.

    Parameters
    ----------
    grid : Grid
        Cells.
    shapes : list of shapely.Geometry
        Metric; none gives no cell.
    touched : bool, default False
        Whether a cell counts that a shape only touches.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).
    """
    if not shapes:
        return np.zeros(grid.shape, bool)
    done = rasterize(
        ((s, 1) for s in shapes), out_shape=grid.shape, transform=grid.transform, dtype="uint8", all_touched=touched
    )
    return done.astype(bool)


def signed_distance(inside: Bool, cell: float) -> NDArray[np.float32]:
    """Distance to the edge of a mask [m], negative inside."""
    out = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    return (out * cell).astype(np.float32)


def coarse_distance(mask: Bool, cell: float, factor: int = 4) -> NDArray[np.float32]:
    """Distance to a mask [m], 0 in it, worked out on cells ``factor`` times as wide.

    Parameters
    ----------
    mask : numpy.ndarray
        Shape (rows, columns).
    cell : float
        Cell side [m].
    factor : int, default 4
        Cells along the side of a coarse one.

    Returns
    -------
    numpy.ndarray
        Shape of the mask.
    """
    rows, columns = mask.shape
    padded = np.pad(mask, ((0, -rows % factor), (0, -columns % factor)))
    small = padded.reshape(padded.shape[0] // factor, factor, -1, factor).any(axis=(1, 3))
    distance = (ndimage.distance_transform_edt(~small) * cell * factor).astype(np.float32)
    return distance.repeat(factor, 0).repeat(factor, 1)[:rows, :columns]


@dataclass
class Water:
    """Water on the working grid.

    Attributes
    ----------
    label : ndarray of uint8
        0 dry, else one of LAKE, RIVER, MARSH, POND, CONSTRUCTED.
    lake_distance : ndarray of float32
        Distance to the lake shore [m], negative in the lake.
    river_distance : ndarray of float32
        Distance to the nearest river [m], 0 in it.
    treatment : shapely.Polygon
        The constructed wetland, exactly 53,000 m².
    names : dict
        Names of the drawn ponds by a point inside.
    """

    label: NDArray[np.uint8]
    lake_distance: NDArray[np.float32]
    river_distance: NDArray[np.float32]
    treatment: shapely.Polygon
    names: dict[str, shapely.Point]

    @classmethod
    def fill(cls, land: Land, inside: Bool) -> Water:
        """Lay the plan's water on the grid; lake and marsh meet their shares of the city.

        Parameters
        ----------
        land : Land
            Geometry of the plan.
        inside : ndarray of bool
            Cells of the city.

        Returns
        -------
        Water
        """
        grid, plan = land.grid, land.plan
        drawn = signed_distance(burn(grid, [land.lake]), grid.cell)
        lake_distance = drawn - np.float32(np.quantile(drawn[inside], plan.shares.lake / 100.0))
        lake = lake_distance < 0.0
        river_distance = coarse_distance(burn(grid, [_tapered(*r) for r in land.rivers], touched=True), grid.cell, 1)
        label = np.zeros(grid.shape, np.uint8)
        names: dict[str, shapely.Point] = {}
        for pond in plan.ponds:
            if pond.kind == "fish":
                x, y = np.array(plan.origin) + np.array(pond.at) * 1e3
                names[pond.name] = shapely.Point(x, y)
                label[_fish(grid, pond, x, y)] = POND
        treatment = _treatment(land)
        label[_marsh(land, inside, label, lake_distance, river_distance)] = MARSH
        label[lake & (label != MARSH)] = LAKE
        label[(river_distance <= 0) & (label != LAKE)] = RIVER
        label[burn(grid, [treatment])] = CONSTRUCTED
        return cls(label, lake_distance, river_distance, treatment, names)

    def dam(self, land: Land, ground: NDArray[np.float32]) -> None:
        """Lay the reservoirs in the lowest ground within 450 m of where they are drawn.

        Parameters
        ----------
        land : Land
            Plan and grid.
        ground : ndarray
            Ground height [m].
        """
        grid, plan = land.grid, land.plan
        rough = fractal(grid, (land.seed, 20), 120.0, 2)
        smooth = ndimage.gaussian_filter(ground, 6.0)
        smooth[(self.label > 0) | (self.river_distance < 120.0)] = 1e9
        for pond in plan.ponds:
            if pond.kind == "fish":
                continue
            x, y = np.array(plan.origin) + np.array(pond.at) * 1e3
            reach = 450.0 * plan.warp
            rows, columns, radius = ellipse(grid, x, y, (reach, reach), 0.0)
            i, j = np.unravel_index(np.argmin(np.where(radius < 1.0, smooth[rows, columns], 1e9)), radius.shape)
            x, y = grid.x[columns][j], grid.y[rows][i]
            self.names[pond.name] = shapely.Point(x, y)
            rows, columns, radius = ellipse(grid, x, y, pond.size, pond.angle)
            window = self.label[rows, columns]
            window[(radius * (1.0 + 0.45 * rough[rows, columns]) < 1.0) & (window == 0)] = POND

    def add_pond(self, where: Bool) -> None:
        """Make dry cells a pond.

        Parameters
        ----------
        where : numpy.ndarray
            Cells, shape of ``label``; those already wet stay what they are.
        """
        self.label[where & (self.label == 0)] = POND


def _tapered(river: Line, line: shapely.LineString) -> shapely.Geometry:
    """A river as wide as drawn, from spring to mouth."""
    share = np.linspace(0.0, 1.0, max(2, int(line.length / 60.0)))
    points = shapely.line_interpolate_point(line, share, normalized=True)
    half = 0.5 * (river.width[0] * (1 - share) + river.width[1] * share)
    discs = shapely.buffer(points, half, quad_segs=4)
    return shapely.union_all(shapely.convex_hull(shapely.union(discs[:-1], discs[1:])))


def ellipse(grid: Grid, x: float, y: float, size: tuple[float, float], angle: float) -> tuple[slice, slice, NDArray]:
    """Window of an ellipse and the squared normalised radius of its cells; ``angle`` from east [deg].

    Parameters
    ----------
    grid : Grid
        Cells.
    x, y : float
        Centre [m].
    size : tuple of float
        Half axes [m].
    angle : float
        Of the first axis, anticlockwise from east [°].

    Returns
    -------
    tuple
        Rows, columns, and 1 on the ellipse, less inside, shape of the window.
    """
    reach = 1.6 * max(size)
    row, column = grid.index(np.array([x - reach, x + reach]), np.array([y + reach, y - reach]))
    rows, columns = slice(row[0], row[1] + 1), slice(column[0], column[1] + 1)
    dx, dy = grid.x[columns][None, :] - x, grid.y[rows][:, None] - y
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return rows, columns, ((dx * c + dy * s) / size[0]) ** 2 + ((dy * c - dx * s) / size[1]) ** 2


def _fish(grid: Grid, pond: Pond, x: float, y: float) -> Bool:
    """A polder of rectangular ponds with 14 m dikes."""
    width, depth = pond.size
    cells = []
    for a in np.arange(0.0, width, 106.0):
        for b in np.arange(0.0, depth, 74.0):
            cells.append(shapely.box(a - width / 2, b - depth / 2, a - width / 2 + 92.0, b - depth / 2 + 60.0))
    turned = shapely.affinity.rotate(shapely.MultiPolygon(cells), pond.angle, origin=(0, 0))
    return burn(grid, [shapely.affinity.translate(turned, x, y)])


def _treatment(land: Land) -> shapely.Polygon:
    """A row of beds on the shore, 53,000 m² by construction."""
    x, y = np.array(land.plan.origin) + np.array(land.plan.treatment_wetland) * 1e3
    shape = shapely.Polygon([(-165, -62), (150, -80), (172, 20), (120, 92), (-60, 88), (-150, 40)])
    scale = (TREATMENT_M2 / shape.area) ** 0.5
    return shapely.affinity.translate(shapely.affinity.scale(shape, scale, scale, origin=(0, 0)), x, y)


def _marsh(
    land: Land,
    inside: Bool,
    label: NDArray[np.uint8],
    lake_distance: NDArray[np.float32],
    river_distance: NDArray[np.float32],
) -> Bool:
    """Shoals and reed beds along the shore and at river mouths, away from the built-up front."""
    grid, plan = land.grid, land.plan
    score = 1.1 * fractal(grid, (land.seed, 21), 620.0, 5, gain=0.68) - ((lake_distance + 120.0) / 300.0) ** 2
    score += 1.2 * np.exp(-river_distance / 400.0)
    towns = [shapely.Polygon(np.array(plan.origin) + np.array(d.outline) * 1e3) for d in plan.districts]
    score -= 4.0 * np.exp(-coarse_distance(burn(grid, towns), grid.cell) / 250.0)
    score[(label > 0) | (river_distance <= 0) | (lake_distance > 500.0)] = -1e9
    return score >= np.quantile(score[inside], 1.0 - plan.shares.marsh / 100.0)
