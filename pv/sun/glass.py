"""What a glass cover lets through of a sky that is partly hidden.

Glass reflects what comes in at a grazing angle, so ``cos θ · IAM(cos θ)`` is no longer linear in a plane's normal and
does not fit the sky table. Two facts keep it cheap all the same:

* over the whole hemisphere in front of a plane, glass lets the same share of even light through whatever the tilt and
  whatever hides the sky; what is not sky therefore follows from what is;
* ``cos θ · IAM`` is a polynomial in ``cos θ = a cos e + z sin e`` to 0.3 %, and its integral over the elevations above
  a skyline is a sum of products of plane (a, z) and skyline, so it is looked up like the sky itself.

Three covers: ``plain`` glass, ``coated`` glass (both Fresnel and Bouguer, ``pvlib.iam.physical``) and ``pvwatts8``, the
coated glass as PVWatts version 8 takes it, which relates to what passes at 1° when the light enters the glass from air
and is cut at 1: it lets 1.4 % more of even light through than ``coated``.

References
----------
De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010 (glass as in ``pvlib.iam.physical``); Marion 2017,
doi:10.1016/j.solener.2017.02.055 (integrals over an open sky, which these equal); SAM Simulation Core,
``lib_pv_incidence_modifier.cpp`` (cover of PVWatts version 8).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pvlib

from guanghui.geo.compiled import njit

__all__ = ["COVERS", "ORDER", "SLANT", "cover_iam", "diffuse_iam", "glass_nodes", "hemisphere_through", "sky_through"]

ORDER = 4
"""Degree of the polynomial in cos θ."""
SLANT = {"pvwatts8": 0.01, "coated": 0.03, "plain": 0.04}
"""Loss of direct light through each cover per unit of 1/cos θ - 1 [1]: 0.05 in ASHRAE's model; these leave the least
error where shade takes the low suns away (``benchmarks.system``; that of coated glass lies between)."""
_FINE = 16
COVERS = ("pvwatts8", "coated", "plain")
_COATING, _GLASS = 1.3, 1.526
"""Refractive indices [1] (PVWatts version 8)."""
_GLASS_M, _EXTINCTION = 0.002, 4.0
"""Thickness of the glass [m], and what it absorbs [1/m]."""


def cover_iam(aoi: np.ndarray, cover: str = "pvwatts8") -> np.ndarray:
    """Direct light that a cover lets through, relative to light at right angles.

    Parameters
    ----------
    aoi : numpy.ndarray
        Angle of incidence [°], at most 90.
    cover : {"pvwatts8", "coated", "plain"}
        See the module.

    Returns
    -------
    numpy.ndarray
        [1], shape as given.
    """
    if cover == "plain":
        return np.asarray(pvlib.iam.physical(aoi))
    if cover == "coated":
        return np.asarray(pvlib.iam.physical(aoi, n_ar=_COATING))
    angle, least = np.radians(np.clip(aoi, 1.0, 89.0)), np.radians(1.0)
    inside, straight = (np.arcsin(np.sin(a) / _COATING) for a in (angle, least))
    passed = _pass(angle, 1.0, _COATING, 0.01 * _GLASS_M) * _pass(inside, _COATING, _GLASS, _GLASS_M)
    normal = _pass(least, 1.0, _COATING, 0.01 * _GLASS_M) * _pass(straight, 1.0, _GLASS, _GLASS_M)
    return np.minimum(passed / normal, 1.0)


def _pass(angle: np.ndarray, outside: float, inside: float, thick_m: float) -> np.ndarray:
    """Fresnel and Bouguer: share that enters one layer at an angle and crosses it [1]."""
    bent = np.arcsin(outside / inside * np.sin(angle))
    less, more = bent - angle, bent + angle
    reflected = ((np.sin(less) / np.sin(more)) ** 2 + (np.tan(less) / np.tan(more)) ** 2) / 2
    return np.asarray((1 - reflected) * np.exp(-_EXTINCTION * thick_m / np.cos(bent)))


@lru_cache(maxsize=512)
def diffuse_iam(tilt: float, cover: str = "pvwatts8") -> Mapping[str, float]:
    """Incidence-angle modifiers of sky, horizon band and ground [1]; a level plane sees neither band nor ground.

    Parameters
    ----------
    tilt : float
        Of the plane, from level [°].
    cover : str, default "pvwatts8"
        Glass, one of ``COVERS``.

    Returns
    -------
    mapping
        ``sky``, ``horizon`` and ``ground``, after Marion (2017).
    """
    seen = {
        region: float(pvlib.iam.marion_integrate(lambda aoi: cover_iam(aoi, cover), tilt, region))
        for region in ("sky", "horizon", "ground")
    }
    return {name: value if np.isfinite(value) else 1.0 for name, value in seen.items()}


@lru_cache(maxsize=len(COVERS))
def _cover(cover: str) -> tuple[np.ndarray, np.ndarray]:
    """Cos θ and cos θ · IAM of the cover."""
    cosine = np.linspace(1e-4, 1.0, 20_001)
    return cosine, cosine * cover_iam(np.degrees(np.arccos(cosine)), cover)


@lru_cache(maxsize=len(COVERS))
def hemisphere_through(cover: str = "pvwatts8") -> float:
    """Share of even light from the whole hemisphere that glass lets through [1]: 0.967, coated 0.954, plain 0.944.

    Parameters
    ----------
    cover : str, default "pvwatts8"
        Glass, one of ``COVERS``.
    """
    cosine, passed = _cover(cover)
    return float(2 * np.trapezoid(passed, cosine))


@lru_cache(maxsize=len(COVERS))
def _polynomial(cover: str) -> np.ndarray:
    """Coefficients of cos θ¹ … cos θ⁴: least squares, with the hemisphere exact."""
    cosine, passed = _cover(cover)
    powers = np.arange(1, ORDER + 1)
    basis = cosine[:, None] ** powers
    whole = 2.0 / (powers + 1)
    system = np.block([[basis.T @ basis, whole[:, None]], [whole[None, :], np.zeros((1, 1))]])
    return np.linalg.solve(system, np.append(basis.T @ passed, hemisphere_through(cover)))[:ORDER]


@lru_cache(maxsize=8)
def glass_nodes(bins: int, cover: str = "pvwatts8") -> np.ndarray:
    """Look-ups over sin(elevation) of a skyline.

    Parameters
    ----------
    bins : int
        Bins uniform in sin(elevation).
    cover : {"pvwatts8", "coated", "plain"}
        See the module.

    Returns
    -------
    numpy.ndarray
        Factors of ``a^(k-q) z^q`` for k = 1 … 4 and q = 0 … k, one after the other, divided by π; float32, shape
        (bins + 1, 14).
    """
    sine = np.linspace(0, 1, bins * _FINE + 1)
    height = np.arcsin(sine)
    columns = []
    for k, weight in enumerate(_polynomial(cover), start=1):
        for q in range(k + 1):
            # the solid angle of a radian of azimuth is cos e de = d sin e
            inside = weight * math.comb(k, q) * np.cos(height) ** (k - q) * sine**q
            steps = (inside[1:] + inside[:-1]) / 2 * np.diff(sine)
            above = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
            columns.append(above[::_FINE] / np.pi)
    return np.stack(columns, axis=1).astype(np.float32)


@njit(nogil=True, inline="always", error_model="numpy")
def sky_through(nodes, i, w, a, z):  # type: ignore[no-untyped-def]
    """What a radian of sky above a skyline between two nodes sends through the glass of a plane.

    (a, z) is the normal of the plane, towards that azimuth and upward; the fourteen terms of :func:`glass_nodes` stand
    in Horner's order.

    Parameters
    ----------
    nodes : numpy.ndarray
        Table of :func:`glass_nodes`, float32, shape (bins + 1, 14).
    i : int
        Node below the skyline.
    w : float
        Place between the nodes ``i`` and ``i + 1`` [1].
    a : float
        Horizontal part of the normal towards this azimuth [1].
    z : float
        Vertical part of the normal [1].

    Returns
    -------
    float
        Per unit of isotropic irradiation on level open ground [1].
    """
    low, high = nodes[i], nodes[i + 1]
    v = np.float32(1.0) - w
    rest = v * low[0] + w * high[0]
    rest += z * (v * low[3] + w * high[3] + z * (v * low[7] + w * high[7] + z * (v * low[12] + w * high[12])))
    square = v * low[2] + w * high[2] + z * (v * low[6] + w * high[6] + z * (v * low[11] + w * high[11]))
    square += a * (v * low[5] + w * high[5] + z * (v * low[10] + w * high[10]) + a * (v * low[9] + w * high[9]))
    upward = v * low[8] + w * high[8] + z * (v * low[13] + w * high[13])
    upward = v * low[1] + w * high[1] + z * (v * low[4] + w * high[4] + z * upward)
    return a * (rest + a * square) + z * upward
