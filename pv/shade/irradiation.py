"""Irradiation of planes: the sky table asked by every roof pixel under its own skyline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guanghui.geo.compiled import njit
from guanghui.pv.shade.horizon import Beyond
from guanghui.pv.sun.glass import glass_nodes, sky_through
from guanghui.pv.sun.sky import MONTH_LANES, SkyTable

__all__ = ["Irradiation", "blend", "normals", "open_irradiation", "shaded_irradiation", "skyline_sines"]

STRIP_DEG = 5.0
"""Width of the strips in which even light is summed [°]."""

GROUP = 8
"""Arcs whose skylines are held at a time."""
BLOCK = 2048
"""Planes whose sums stay in the cache."""

_jit = njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


@dataclass(frozen=True)
class Irradiation:
    """What falls on a set of planes in an average year."""

    monthly: np.ndarray
    """Plane-of-array irradiation [kWh/m²], float32, shape (n, 12)."""
    sky_view: np.ndarray
    """Cosine-weighted share of the sky the plane sees [1], shape (n,)."""
    sky_through: np.ndarray
    """The same behind a glass cover, which reflects grazing light [1], shape (n,)."""
    normal_beam: np.ndarray
    """Direct light of the year on a plane that faces the sun, while it is in view [kWh/m²], shape (n,)."""
    sun_hours: np.ndarray | None = None
    """Time with the sun above the skyline by month [h], shape (n, 12), where asked for."""

    @property
    def annual(self) -> np.ndarray:
        """Sum over the months [kWh/m²], shape (n,)."""
        return self.monthly.sum(axis=1, dtype=np.float64)


def blend(bare: Irradiation, leaf: Irradiation, opacity: np.ndarray) -> Irradiation:
    """Mix the view past bare trees and the view behind solid ones.

    Parameters
    ----------
    bare, leaf : Irradiation
        Without trees, and with trees that let nothing through.
    opacity : numpy.ndarray
        Part of the sky that trees hide in each month [1], shape (12,).
    """
    year = float(opacity.mean())

    def mix(a: np.ndarray, b: np.ndarray, part: np.ndarray | float) -> np.ndarray:
        return a * (1 - part) + b * part

    hours = None
    if bare.sun_hours is not None and leaf.sun_hours is not None:
        hours = mix(bare.sun_hours, leaf.sun_hours, opacity)
    return Irradiation(
        mix(bare.monthly, leaf.monthly, opacity),
        mix(bare.sky_view, leaf.sky_view, year),
        mix(bare.sky_through, leaf.sky_through, year),
        mix(bare.normal_beam, leaf.normal_beam, year),
        hours,
    )


def normals(surface_tilt: np.ndarray, surface_azimuth: np.ndarray) -> np.ndarray:
    """Unit normals of planes.

    Parameters
    ----------
    surface_tilt, surface_azimuth : numpy.ndarray
        [°], azimuth clockwise from (grid) north, shape (n,).

    Returns
    -------
    numpy.ndarray
        (east, north, up), float32, shape (n, 3).
    """
    tilt, azimuth = np.radians(np.asarray(surface_tilt, float)), np.radians(np.asarray(surface_azimuth, float))
    parts = [np.sin(tilt) * np.sin(azimuth), np.sin(tilt) * np.cos(azimuth), np.cos(tilt) + 0 * azimuth]
    return np.stack(parts, axis=-1).astype(np.float32)


@_jit
def _floor(normal, azimuth, half, tan):  # type: ignore[no-untyped-def]
    """Lowest own horizon of each plane within ``half`` radians of an azimuth, as a start for the skyline."""
    s0, c0 = np.float32(math.sin(azimuth - half)), np.float32(math.cos(azimuth - half))
    s1, c1 = np.float32(math.sin(azimuth)), np.float32(math.cos(azimuth))
    s2, c2 = np.float32(math.sin(azimuth + half)), np.float32(math.cos(azimuth + half))
    for p in range(normal.shape[0]):
        x, y = normal[p, 0], normal[p, 1]
        across = max(x * s0 + y * c0, x * s1 + y * c1, x * s2 + y * c2)
        tan[p] = max(-across / max(normal[p, 2], np.float32(1e-4)), np.float32(0.0))


@_jit
def _to_sine(tan):  # type: ignore[no-untyped-def]
    """Turn tangents into sines, in place."""
    for p in range(tan.size):
        tan[p] = tan[p] / math.sqrt(np.float32(1.0) + tan[p] * tan[p])


@njit(nogil=True, inline="always", error_model="numpy")
def _hidden(sine, x, y, z, ahead_x, ahead_y, east, north, bins):  # type: ignore[no-untyped-def]
    """Bin of the sky, and way through it, hidden in one direction by the skyline, the plane itself or the row ahead."""
    across = x * east + y * north
    if across < 0.0:
        sine = max(sine, -across / math.sqrt(across * across + z * z))
    ahead = ahead_x * east + ahead_y * north
    if ahead > 0.0:
        sine = max(sine, ahead / math.sqrt(np.float32(1.0) + ahead * ahead))
    place = sine * np.float32(bins)
    i = min(int(place), bins - 1)
    return i, place - np.float32(i)


@_jit
def _add_suns(  # type: ignore[no-untyped-def]
    sines, arc, share, azimuth, sector, normal, fence, beam, facing, hours, out, sun, slant
):
    """Add the suns of some sectors to every plane; ``share`` of the way between two skylines of ``sines``.

    Block by block of planes, so that their sums stay in the cache while the sectors pass.
    """
    count = normal.shape[0]
    bins = beam.shape[1]
    east = np.sin(azimuth).astype(np.float32)
    north = np.cos(azimuth).astype(np.float32)
    for start in range(0, count, BLOCK):
        for k in range(arc.size):
            left, right = sines[arc[k]], sines[arc[k] + 1]
            suns, face, time = beam[sector[k]], facing[sector[k]], hours[sector[k]]
            for p in range(start, min(start + BLOCK, count)):
                x, y, z = normal[p, 0], normal[p, 1], normal[p, 2]
                sine = left[p] + share[k] * (right[p] - left[p])
                i, w = _hidden(sine, x, y, z, fence[p, 0], fence[p, 1], east[k], north[k], bins)
                v = np.float32(1.0) - w
                row = suns[i]
                months = out[p]
                for m in range(MONTH_LANES):
                    months[m] += (
                        x * (v * row[m] + w * row[m + 3 * MONTH_LANES])
                        + y * (v * row[m + MONTH_LANES] + w * row[m + 4 * MONTH_LANES])
                        + z * (v * row[m + 2 * MONTH_LANES] + w * row[m + 5 * MONTH_LANES])
                    )
                slant[p] += v * face[i] + w * face[i + 1]
                for m in range(sun.shape[1]):
                    sun[p, m] += v * time[i, m] + w * time[i + 1, m]


@_jit
def _add_sky(  # type: ignore[no-untyped-def]
    sines, arc, share, azimuth, width, normal, fence, nodes, glass, view, band, through
):
    """Add strips of sky to every plane: what it sees, what it sees at the horizon, and what comes through glass."""
    count = normal.shape[0]
    bins = nodes.shape[0] - 1
    east = np.sin(azimuth).astype(np.float32)
    north = np.cos(azimuth).astype(np.float32)
    for start in range(0, count, BLOCK):
        for k in range(arc.size):
            left, right = sines[arc[k]], sines[arc[k] + 1]
            for p in range(start, min(start + BLOCK, count)):
                x, y, z = normal[p, 0], normal[p, 1], normal[p, 2]
                sine = left[p] + share[k] * (right[p] - left[p])
                i, w = _hidden(sine, x, y, z, fence[p, 0], fence[p, 1], east[k], north[k], bins)
                v = np.float32(1.0) - w
                low, high = nodes[i], nodes[i + 1]
                across = x * east[k] + y * north[k]
                view[p] += width[k] * (across * (v * low[0] + w * high[0]) + z * (v * low[1] + w * high[1]))
                front = max(across, np.float32(0.0))
                band[p] += np.float32(0.5) * width[k] * front * (v * low[2] + w * high[2])
                through[p] += width[k] * sky_through(glass, i, w, across, z)


def shaded_irradiation(
    table: SkyTable,
    normal: np.ndarray,
    skyline: Beyond | None = None,
    *,
    fence: np.ndarray | None = None,
    sun_hours: bool = False,
) -> Irradiation:
    """Irradiation of planes under their skyline.

    A few nodes at a time around the compass, so that memory is O(planes), never O(planes × sectors).

    Parameters
    ----------
    table : SkyTable
        Sun and sky of the site, in the frame of the grid.
    normal : numpy.ndarray
        Unit normals (east, north, up), float32, shape (n, 3).
    skyline : Beyond, optional
        Skyline of the same n places, such as :class:`pv.shade.horizon.Skyline`; without it the view is open down to the
        plane's own horizon.
    fence : numpy.ndarray, optional
        Rows of modules in front: tangent of their height times the direction they stand in (east, north), shape (n, 2).
        An endless row seen from behind has the skyline ``tan h = fence · u``, the same form as a plane's own horizon.
    sun_hours : bool, default False
        Also sum the time the sun is in view.

    Returns
    -------
    Irradiation
    """
    normal = np.ascontiguousarray(normal, np.float32)
    count = len(normal)
    fence = np.zeros((count, 2), np.float32) if fence is None else np.ascontiguousarray(fence, np.float32)
    out = np.zeros((count, MONTH_LANES), np.float32)
    sun = np.zeros((count, 12 if sun_hours else 0), np.float32)
    view = np.zeros(count, np.float32)
    band = np.zeros(count, np.float32)
    slant = np.zeros(count, np.float32)
    through = np.zeros(count, np.float32)
    glass = glass_nodes(table.bins, table.cover)
    beam = table.beam_lanes
    suns, strips, widths = _directions(table)
    for first, last, sines in _skylines(table.nodes, normal, skyline):
        which, arc, share, azimuth = suns.between(first, last)
        _add_suns(
            sines, arc, share, azimuth, which, normal, fence, beam, table.facing, table.hours, out, sun, slant
        )  # fmt: skip
        which, arc, share, azimuth = strips.between(first, last)
        _add_sky(sines, arc, share, azimuth, widths[which], normal, fence, table.sky_nodes, glass, view, band, through)
    monthly = np.empty((count, 12), np.float32)
    for m in range(12):
        monthly[:, m] = out[:, m] + view * np.float32(table.isotropic[m]) + band * np.float32(table.band[m])
        monthly[:, m] += (1.0 - view) * np.float32(table.ground[m])
    return Irradiation(monthly, view, through, slant, sun if sun_hours else None)


@dataclass(frozen=True)
class _Directions:
    """Directions between the nodes of a skyline; arc ``i`` runs from node ``i`` to the next."""

    arc: np.ndarray
    """Arc it lies in."""
    share: np.ndarray
    """Way through the arc [1], float32."""
    azimuth: np.ndarray
    """Clockwise from grid north [rad]."""
    label: np.ndarray
    """Sector of the sky table, or place among the strips."""

    def between(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Labels, arcs counted from ``first``, shares and azimuths of the directions in arcs ``first`` to ``last``."""
        inside = (self.arc >= first) & (self.arc < last)
        return self.label[inside], self.arc[inside] - first, self.share[inside], self.azimuth[inside]


def _gaps(nodes: np.ndarray) -> np.ndarray:
    """Width of the arc after each node [°]."""
    return np.diff(nodes, append=nodes[0] + 360.0)


def _directions(table: SkyTable) -> tuple[_Directions, _Directions, np.ndarray]:
    """Sectors in which the sun ever stands, strips that fill the compass, and the widths of these [rad]."""
    nodes, gaps = table.nodes, _gaps(table.nodes)
    sector = np.flatnonzero(table.lit)
    turns = (table.azimuths[sector, None] - nodes[None, :]) % 360.0
    arc = np.argmin(turns, axis=1)
    share = turns[np.arange(len(sector)), arc] / gaps[arc]
    suns = _Directions(arc, share.astype(np.float32), np.radians(table.azimuths[sector]), sector)
    parts = np.ceil(gaps / STRIP_DEG - 1e-9).astype(int)
    arc = np.repeat(np.arange(len(nodes)), parts)
    share = (np.arange(len(arc)) - (np.cumsum(parts) - parts)[arc] + 0.5) / parts[arc]
    azimuth = np.radians(nodes[arc] + share * gaps[arc])
    strips = _Directions(arc, share.astype(np.float32), azimuth, np.arange(len(arc)))
    return suns, strips, np.radians(gaps / parts)[arc].astype(np.float32)


def _skylines(nodes: np.ndarray, normal: np.ndarray, skyline: Beyond | None) -> Iterator[tuple[int, int, np.ndarray]]:
    """Walk around the compass some arcs at a time.

    Yields the first arc, the last (without) and the sines of the skyline at their nodes, shape (arcs + 1, n).
    """
    gaps = _gaps(nodes)
    count = len(nodes)
    sines = np.zeros((GROUP + 1, len(normal)), np.float32)

    def look(i: int, sine: np.ndarray) -> None:
        if skyline is not None:
            _floor(normal, math.radians(nodes[i]), math.radians(max(gaps[i], gaps[i - 1])), sine)
            skyline.raise_tangent(float(nodes[i]), sine)
            _to_sine(sine)

    look(0, sines[0])
    home = sines[0].copy()
    for first in range(0, count, GROUP):
        last = min(first + GROUP, count)
        for i in range(first + 1, last + 1):
            if i < count:
                look(i, sines[i - first])
            else:
                sines[i - first] = home
        yield first, last, sines
        sines[0] = sines[last - first]


def skyline_sines(table: SkyTable, normal: np.ndarray, skyline: Beyond) -> np.ndarray:
    """Sines of the skyline of places, their planes' own horizons included, at the nodes of a sky table.

    Parameters
    ----------
    table : SkyTable
        Its ``nodes`` are the azimuths.
    normal : numpy.ndarray
        Unit normals, float32, shape (n, 3).
    skyline : Beyond
        Of the same n places.

    Returns
    -------
    numpy.ndarray
        [1], float32, shape (nodes, n).
    """
    parts = [sines[: last - first].copy() for first, last, sines in
             _skylines(table.nodes, np.ascontiguousarray(normal, np.float32), skyline)]  # fmt: skip
    return np.concatenate(parts)


def open_irradiation(table: SkyTable, surface_tilt: np.ndarray, surface_azimuth: np.ndarray) -> Irradiation:
    """Irradiation of planes with nothing around them.

    Parameters
    ----------
    table : SkyTable
        Sun and sky of the site.
    surface_tilt, surface_azimuth : numpy.ndarray
        [°], azimuth from grid north, shape (n,).

    Returns
    -------
    Irradiation
    """
    tilt, azimuth = np.broadcast_arrays(np.atleast_1d(surface_tilt), np.atleast_1d(surface_azimuth))
    return shaded_irradiation(table, normals(tilt, azimuth))
