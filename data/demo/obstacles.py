"""What stands on roofs: stair huts, water heaters, machine rooms, cooling units, ridge ventilators."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from guanghui.data.demo.grid import Float

__all__ = ["obstacles"]

Rows = NDArray[np.integer]

_HOUSES = ("house", "terrace", "village_terrace", "shophouse", "shop", "committee", "misc")
_BLOCKS = ("slab", "dorm", "teach", "gov", "clinic", "village_school", "works")
_COOLED = ("mall", "office", "ward")


def obstacles(table: pd.DataFrame, bars: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Boxes on roofs, in the axes of each roof's first bar.

    Parameters
    ----------
    table : pandas.DataFrame
        Dressed roofs.
    bars : pandas.DataFrame
        From :func:`data.demo.roofs.parts`.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        Columns roof, bar, u, v (centre), half_u, half_v, height [m]; ordered by roof. Every box lies inside its bar.
    """
    first = bars.groupby("roof").head(1).reset_index()
    a, b = first["half_long"].to_numpy(), first["half_wide"].to_numpy()
    kind, form = table["kind"].to_numpy(), table["form"].to_numpy()
    rng = np.random.default_rng((seed, 51))
    made: list[Float] = []

    def put(rows: Rows, u: Float, v: Float, size: tuple[float, float, float]) -> None:
        half_u, half_v = size[0] / 2, size[1] / 2
        room_u, room_v = a[rows] - half_u - 1.0, b[rows] - half_v - 1.0
        fits = (room_u > 0.0) & (room_v > 0.0)
        rows, room_u, room_v = rows[fits], room_u[fits], room_v[fits]
        u, v = (np.broadcast_to(np.asarray(c, float), fits.shape)[fits] for c in (u, v))
        box = [rows, first["index"].to_numpy()[rows], np.clip(u, -room_u, room_u), np.clip(v, -room_v, room_v)]
        made.append(np.column_stack([*box, *(np.full(rows.size, s) for s in (half_u, half_v, size[2]))]))

    flat = form == "flat"
    roomy = np.minimum(a, b) > 3.9
    roofs = np.flatnonzero(flat & roomy & np.isin(kind, _HOUSES) & (rng.uniform(size=len(table)) < 0.7))
    put(roofs, rng.choice([-1.0, 1.0], roofs.size) * a[roofs], b[roofs], (2.6, 3.2, 2.5))
    heaters = np.flatnonzero(flat & np.isin(kind, _HOUSES) & (rng.uniform(size=len(table)) < 0.5))
    put(heaters, rng.uniform(-1.0, 1.0, heaters.size) * a[heaters], -b[heaters] * 0.5, (2.0, 1.4, 1.2))
    roofs = np.flatnonzero(flat & np.isin(kind, _BLOCKS))
    count = np.maximum(1, np.round(2 * a[roofs] / np.where(kind[roofs] == "slab", 16.0, 30.0))).astype(int)
    each, serial, total = _repeat(roofs, count)
    put(each, ((serial + 0.5) / total * 2 - 1) * a[each], b[each] * 0.45, (3.0, 5.0, 2.7))
    roofs = np.flatnonzero(flat & np.isin(kind, ("slab", "dorm")))
    each, serial, total = _repeat(roofs, np.maximum(1, (2 * a[roofs] / 4.5).astype(int)))
    keep = rng.uniform(size=each.size) < 0.6
    put(each[keep], (((serial + 0.5) / total * 2 - 1) * a[each])[keep], (-b[each] * 0.45)[keep], (2.2, 1.4, 1.2))
    roofs = np.flatnonzero(kind == "tower")
    put(roofs, np.zeros(roofs.size), b[roofs] * 0.1, (8.0, 6.0, 4.6))
    put(roofs, a[roofs] * 0.7, b[roofs] * 0.1, (4.0, 4.0, 2.7))
    roofs = np.flatnonzero(flat & np.isin(kind, _COOLED))
    area = 4 * a[roofs] * b[roofs]
    each, serial, total = _repeat(roofs, np.clip(area / 130.0, 3, 40).astype(int))
    spot = rng.uniform(-0.9, 0.9, (2, each.size))
    put(each, spot[0] * a[each], spot[1] * b[each], (3.6, 2.4, 2.0))
    put(roofs, np.zeros(roofs.size), np.zeros(roofs.size), (7.0, 6.0, 3.6))
    ridge = np.isin(kind, ("hall", "warehouse")) & (form == "gable") & (table["spans"].to_numpy() == 1)
    roofs = np.flatnonzero(ridge & (rng.uniform(size=len(table)) < 0.3))
    each, serial, total = _repeat(roofs, np.maximum(1, (2 * a[roofs] / 9.0).astype(int)))
    put(each, ((serial + 0.5) / total * 2 - 1) * a[each], np.zeros(each.size), (2.0, 2.0, 1.1))
    columns = ["roof", "bar", "u", "v", "half_u", "half_v", "height"]
    out = pd.DataFrame(np.concatenate(made), columns=columns).sort_values("roof", kind="stable", ignore_index=True)
    return out.astype({"roof": np.int64, "bar": np.int64})


def _repeat(roofs: Rows, count: Rows) -> tuple[Rows, Rows, Rows]:
    """Every roof as often as it has boxes, the serial number of the box, and how many there are on its roof."""
    each = np.repeat(roofs, count)
    total = np.repeat(count, count)
    start = np.repeat(np.cumsum(count) - count, count)
    return each, np.arange(each.size) - start, total
