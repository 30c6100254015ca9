"""What a glass cover lets through of a sky that is partly hidden.

Glass reflects what comes in at a grazing angle, so ``cos θ · IAM(cos θ)`` is no longer linear in a plane's normal and
does not fit the sky table. Two facts keep it cheap all the same:

* over the whole hemisphere in front of a plane, glass lets the same share of even light through whatever the tilt and
  whatever hides the sky; what is not sky therefore follows from what is;
* ``cos θ · IAM`` is a polynomial in ``cos θ = a cos e + z sin e`` to 0.3 %, and its integral over the elevations above
  a skyline is a sum of products of plane (a, z) and skyline, so it is looked up like the sky itself.

References
----------
De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010 (glass as in ``pvlib.iam.physical``); Marion 2017,
doi:10.1016/j.solener.2017.02.055 (integrals over an open sky, which these equal).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numba as nb
import numpy as np
import pvlib

__all__ = ["ORDER", "SLANT", "add_sky_through", "glass_nodes", "hemisphere_through"]

ORDER = 4
"""Degree of the polynomial in cos θ."""
SLANT = 0.04
"""Loss of direct light through glass per unit of 1/cos θ - 1 [1]: 0.05 in ASHRAE's model; 0.04 leaves the least error
where shade takes the low suns away (``benchmarks.system``)."""
_FINE = 16

_jit = nb.njit(nogil=True, fastmath={"contract", "arcp", "nsz", "reassoc"}, cache=True, error_model="numpy")


@lru_cache(maxsize=1)
def _cover() -> tuple[np.ndarray, np.ndarray]:
    """Cos θ and cos θ · IAM of the cover."""
    cosine = np.linspace(1e-4, 1.0, 20_001)
    return cosine, cosine * np.asarray(pvlib.iam.physical(np.degrees(np.arccos(cosine))))


@lru_cache(maxsize=1)
def hemisphere_through() -> float:
    """Share of even light from the whole hemisphere that glass lets through [1], about 0.944."""
    cosine, passed = _cover()
    return float(2 * np.trapezoid(passed, cosine))


@lru_cache(maxsize=1)
def _polynomial() -> np.ndarray:
    """Coefficients of cos θ¹ … cos θ⁴: least squares, with the hemisphere exact."""
    cosine, passed = _cover()
    powers = np.arange(1, ORDER + 1)
    basis = cosine[:, None] ** powers
    whole = 2.0 / (powers + 1)
    system = np.block([[basis.T @ basis, whole[:, None]], [whole[None, :], np.zeros((1, 1))]])
    return np.linalg.solve(system, np.append(basis.T @ passed, hemisphere_through()))[:ORDER]


@lru_cache(maxsize=4)
def glass_nodes(bins: int) -> np.ndarray:
    """Look-ups over sin(elevation) of a skyline.

    Parameters
    ----------
    bins : int
        Bins uniform in sin(elevation).

    Returns
    -------
    numpy.ndarray
        Factors of ``a^(k-q) z^q`` for k = 1 … 4 and q = 0 … k, one after the other, divided by π; float32, shape
        (bins + 1, 14).
    """
    sine = np.linspace(0, 1, bins * _FINE + 1)
    height = np.arcsin(sine)
    columns = []
    for k, weight in enumerate(_polynomial(), start=1):
        for q in range(k + 1):
            # the solid angle of a radian of azimuth is cos e de = d sin e
            inside = weight * math.comb(k, q) * np.cos(height) ** (k - q) * sine**q
            steps = (inside[1:] + inside[:-1]) / 2 * np.diff(sine)
            above = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
            columns.append(above[::_FINE] / np.pi)
    return np.stack(columns, axis=1).astype(np.float32)


@_jit
def add_sky_through(left, right, normal, fence, azimuth, width, nodes, through):  # type: ignore[no-untyped-def]
    """Add to ``through`` what an arc of sky above the skyline sends through the glass of every plane."""
    bins = nodes.shape[0] - 1
    east, north = np.float32(math.sin(azimuth)), np.float32(math.cos(azimuth))
    across = np.ones(ORDER + 1, np.float32)
    upward = np.ones(ORDER + 1, np.float32)
    for p in range(left.size):
        sine = np.float32(0.5) * (left[p] + right[p])
        z = normal[p, 2]
        a = normal[p, 0] * east + normal[p, 1] * north
        if a < 0.0:
            sine = max(sine, -a / math.sqrt(a * a + z * z))
        ahead = fence[p, 0] * east + fence[p, 1] * north
        if ahead > 0.0:
            sine = max(sine, ahead / math.sqrt(np.float32(1.0) + ahead * ahead))
        place = sine * np.float32(bins)
        i = min(int(place), bins - 1)
        w = place - np.float32(i)
        for k in range(ORDER):
            across[k + 1] = across[k] * a
            upward[k + 1] = upward[k] * z
        column = 0
        total = np.float32(0.0)
        for k in range(1, ORDER + 1):
            for q in range(k + 1):
                value = nodes[i, column] + w * (nodes[i + 1, column] - nodes[i, column])
                total += across[k - q] * upward[q] * value
                column += 1
        through[p] += width * total
