"""Irradiation of planes: the sky table asked by every roof pixel under its own skyline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numba as nb
import numpy as np

from pv.glass import add_sky_through, glass_nodes
from pv.horizon import Skyline
from pv.sky import SkyTable

__all__ = ["Irradiation", "blend", "normals", "open_irradiation", "shaded_irradiation"]

_jit = nb.njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


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


@_jit
def _add_sector(  # type: ignore[no-untyped-def]
    left, right, share, normal, fence, east, north, width, lit, beam, facing, hours, nodes, out, sun, view, band, slant
):
    """Add what one sector of sky gives to every plane; its skyline lies between two nodes."""
    bins = beam.shape[0] - 1
    for p in range(left.size):
        sine = left[p] + share * (right[p] - left[p])
        x, y, z = normal[p, 0], normal[p, 1], normal[p, 2]
        across = x * east + y * north
        if across < 0.0:
            sine = max(sine, -across / math.sqrt(across * across + z * z))
        ahead = fence[p, 0] * east + fence[p, 1] * north
        if ahead > 0.0:
            sine = max(sine, ahead / math.sqrt(np.float32(1.0) + ahead * ahead))
        place = sine * np.float32(bins)
        i = min(int(place), bins - 1)
        w = place - np.float32(i)
        v = np.float32(1.0) - w
        if lit:
            low = beam[i]
            high = beam[i + 1]
            for m in range(12):
                out[p, m] += (
                    x * (v * low[0, m] + w * high[0, m])
                    + y * (v * low[1, m] + w * high[1, m])
                    + z * (v * low[2, m] + w * high[2, m])
                )
            slant[p] += v * facing[i] + w * facing[i + 1]
            for m in range(sun.shape[1]):
                sun[p, m] += v * hours[i, m] + w * hours[i + 1, m]
        view[p] += width * (
            across * (v * nodes[i, 0] + w * nodes[i + 1, 0]) + z * (v * nodes[i, 1] + w * nodes[i + 1, 1])
        )
        if across > 0.0:
            band[p] += np.float32(0.5) * width * across * (v * nodes[i, 2] + w * nodes[i + 1, 2])


def shaded_irradiation(
    table: SkyTable,
    normal: np.ndarray,
    skyline: Skyline | None = None,
    *,
    fence: np.ndarray | None = None,
    sun_hours: bool = False,
) -> Irradiation:
    """Irradiation of planes under their skyline.

    Node by node around the compass, so that memory is O(planes), never O(planes × sectors).

    Parameters
    ----------
    table : SkyTable
        Sun and sky of the site, in the frame of the grid.
    normal : numpy.ndarray
        Unit normals (east, north, up), float32, shape (n, 3).
    skyline : Skyline, optional
        Skyline of the same n places; without it the view is open down to the plane's own horizon.
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
    out = np.zeros((count, 12), np.float32)
    sun = np.zeros((count, 12 if sun_hours else 0), np.float32)
    view = np.zeros(count, np.float32)
    band = np.zeros(count, np.float32)
    slant = np.zeros(count, np.float32)
    through = np.zeros(count, np.float32)
    glass = glass_nodes(table.bins)
    width = np.float32(2 * np.pi / table.sectors)
    lit = table.lit
    for left, right, start, gap, members in _arcs(table, normal, skyline):
        middle = math.radians(start + gap / 2)
        add_sky_through(left, right, normal, fence, middle, np.float32(math.radians(gap)), glass, through)
        for j, share in members:
            angle = math.radians(table.azimuths[j])
            east, north = np.float32(math.sin(angle)), np.float32(math.cos(angle))
            _add_sector(
                left, right, np.float32(share), normal, fence, east, north, width, lit[j], table.beam[j],
                table.facing[j], table.hours[j], table.sky_nodes, out, sun, view, band, slant,
            )  # fmt: skip
    out += view[:, None] * table.isotropic.astype(np.float32)
    out += band[:, None] * table.band.astype(np.float32)
    out += (1.0 - view[:, None]) * table.ground.astype(np.float32)
    return Irradiation(out, view, through, slant, sun if sun_hours else None)


def _arcs(
    table: SkyTable, normal: np.ndarray, skyline: Skyline | None
) -> Iterator[tuple[np.ndarray, np.ndarray, float, float, list[tuple[int, float]]]]:
    """Walk around the compass: sines of the skyline at two nodes, azimuth and gap [°], and the sectors between."""
    nodes = table.nodes
    gaps = np.diff(nodes, append=nodes[0] + 360.0)
    turns = (table.azimuths[:, None] - nodes[None, :]) % 360.0
    owner = np.argmin(turns, axis=1)

    def sine(i: int) -> np.ndarray:
        tan = np.zeros(len(normal), np.float32)
        if skyline is not None:
            _floor(normal, math.radians(nodes[i]), math.radians(max(gaps[i], gaps[i - 1])), tan)
            skyline.raise_tangent(float(nodes[i]), tan)
            _to_sine(tan)
        return tan

    first = left = sine(0)
    for i, gap in enumerate(gaps):
        right = sine(i + 1) if i + 1 < len(nodes) else first
        members = [(int(j), float(turns[j, i] / gap)) for j in np.flatnonzero(owner == i)]
        yield left, right, float(nodes[i]), float(gap), members
        left = right


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
