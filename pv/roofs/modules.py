"""Modules on faces: which rectangle, how aligned, how far apart; packed in the plane of the roof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from guanghui.pv.energy.system import Rows
from guanghui.pv.roofs.packing import Packed, Tile, best_packing
from guanghui.pv.settings import PvSettings

__all__ = ["Mount", "lay_modules", "main_direction"]

_SNAP_DEG = 15.0
"""Modules follow the building's edges when these lie within this of the face's contour lines [°]."""


@dataclass(frozen=True)
class Mount:
    """How modules stand on one face; azimuths from grid north."""

    slope: tuple[float, float]
    """Rise of the roof per metre to the east and north."""
    tilt: float
    """Of the modules [°]."""
    azimuth: float
    """Of the modules [°]."""
    rack: bool
    """On rows of racks; else flush with the roof."""


def main_direction(shape: shapely.Geometry) -> float:
    """Direction most edges of an outline run in or square to, clockwise from north [°], in [0, 90).

    Parameters
    ----------
    shape : shapely.Geometry
        Polygon or several, metric CRS; directions count by length and from grid north.
    """
    total = 0j
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        edge = np.diff(shapely.get_coordinates(ring), axis=0)
        length = np.hypot(edge[:, 0], edge[:, 1])
        total += (length * np.exp(4j * np.arctan2(edge[:, 0], edge[:, 1]))).sum()
    return float(np.degrees(np.angle(total)) / 4 % 90.0)


def lay_modules(
    free: shapely.Geometry, mount: Mount, direction: float, rows: Rows, settings: PvSettings
) -> pd.DataFrame:
    """Pack modules on the free part of a face.

    Parameters
    ----------
    free : shapely.Geometry
        Ground polygon that may carry modules [m].
    mount : Mount
        Plane of the roof, and of the modules.
    direction : float
        Of the building's edges [°], see :func:`main_direction`.
    rows : Rows
        Spacing of racks.
    settings : PvSettings
        Size and gap of modules.

    Returns
    -------
    pandas.DataFrame
        One row a module: ``surface_tilt``, ``surface_azimuth`` (from grid north) [°], ``portrait`` (bool) and
        ``geometry`` (its rectangle in ground projection).
    """
    tried = []
    for heading in _headings(mount, direction):
        frame = _plane_axes(mount, heading)
        plan = shapely.transform(free, lambda xy, frame=frame: xy @ frame.T)
        tried.append((best_packing(plan, _tiles(mount, rows, settings)), frame))
    packed, frame = max(tried, key=lambda found: len(found[0]))
    return _rectangles(packed, np.linalg.inv(frame), mount, rows, settings)


def _headings(mount: Mount, direction: float) -> list[float]:
    """Azimuths the modules' short way up may have, seen from above [°]."""
    if mount.rack:
        return [mount.azimuth]
    off = (direction - mount.azimuth + 45.0) % 90.0 - 45.0
    if np.hypot(*mount.slope) < 0.02:
        return [mount.azimuth + off]
    return [mount.azimuth, mount.azimuth + off] if abs(off) < _SNAP_DEG else [mount.azimuth]


def _plane_axes(mount: Mount, heading: float) -> np.ndarray:
    """Matrix from ground (east, north) to the plane's own axes: along the rows, and up from row to row [m]."""
    down = np.radians(heading)
    along = np.array([-np.cos(down), np.sin(down)])
    if mount.rack:
        return np.array([along, [-np.sin(down), -np.cos(down)]])
    a, b = mount.slope
    first = np.array([*along, along @ [a, b]])
    first /= np.linalg.norm(first)
    normal = np.array([-a, -b, 1.0]) / np.sqrt(a * a + b * b + 1)
    second = np.cross(normal, first)
    lift = np.array([[1.0, 0.0], [0.0, 1.0], [a, b]])
    return np.array([first @ lift, second @ lift])


def _tiles(mount: Mount, rows: Rows, settings: PvSettings) -> list[Tile]:
    """Portrait and landscape, on racks with the pitch of the rows."""
    long, short, gap = settings.module_length_m, settings.module_width_m, settings.module_gap_m
    if not mount.rack:
        return [Tile(short, long, long + gap, gap), Tile(long, short, short + gap, gap)]
    many = rows.per_pitch
    lean = np.cos(np.radians(mount.tilt))
    return [Tile(w, many * d * lean, max(many * d / rows.gcr, many * d * lean + gap), gap)
            for w, d in ((short, long), (long, short))]  # fmt: skip


def _rectangles(packed: Packed, back: np.ndarray, mount: Mount, rows: Rows, settings: PvSettings) -> pd.DataFrame:
    """Ground rectangles of packed tiles; a pair of rows back to back gives two modules a tile."""
    many = rows.per_pitch if mount.rack else 1
    depth = packed.tile.depth / many
    portrait = packed.tile.width < settings.module_length_m - 1e-9
    frames = []
    for k in range(many):
        low = packed.corner + np.array([0.0, k * depth])
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * [packed.tile.width, depth]
        ground = (low[:, None, :] + corners[None]) @ back.T
        turned = (mount.azimuth + 180.0 * k) % 360.0
        frames.append(
            pd.DataFrame(
                {"surface_tilt": mount.tilt, "surface_azimuth": turned, "portrait": portrait,
                 "geometry": shapely.polygons(ground) if len(ground) else np.zeros(0, object)}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)
