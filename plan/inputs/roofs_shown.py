"""Whether the surface model shows the roofs of a region, and whether they stand on its buildings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import unshifted
from guanghui.geo.raster_source import RasterSource
from guanghui.geo.surface import sample_heights
from guanghui.plan.inputs.region import Region

__all__ = ["roofs_seen", "seen_share"]

_SAMPLE = 400
"""Outlines looked at in each township, at most."""
_STANDING = 300
_NOTE_SHARE, _REFUSE_SHARE, _STAND_SHARE = 0.9, 0.2, 0.4
_MOVED_SHARE = 0.6
"""Part of the outlines that must stand on buildings for a shift to be the cause."""
_ENOUGH = 5
"""Outlines from which a share says something."""
_STEP_M = 2.0
"""A roof stands at least this high above the lowest ground around it [m]."""
_WHOLE = 8
"""Heights that are all whole by no chance."""
_CAUSES = (
    'the CRS of one of them is wrong, outlines are shifted by GCJ-02 (crs = "gcj02"), or the tiles are of another place'
)
_CAUSES_ZH = '其中之一的 CRS 有误、轮廓带 GCJ-02 偏移（crs = "gcj02"），或图幅不是本地的'


def _spread(count: int, most: int) -> np.ndarray:
    """Positions spread evenly over a table."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _sample(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Some outlines of every township."""
    keep: list[int] = []
    for places in buildings.groupby("township_code", sort=True).indices.values():
        keep += places[_spread(len(places), _SAMPLE)].tolist()
    return buildings.iloc[sorted(keep)]


def _looked_at(buildings: gpd.GeoDataFrame, surface: RasterSource) -> tuple[gpd.GeoDataFrame, np.ndarray, np.ndarray]:
    """Sample of outlines, the height in the middle of each, and whether the surface shows any of it."""
    some = _sample(buildings)
    height = sample_heights(surface, some)
    return some, height, np.isfinite(height) | _at_edge(surface, some, np.isfinite(height))


def seen_share(region: Region) -> float:
    """Part of a sample of the outlines that the surface model shows; 1 without one of the two.

    Parameters
    ----------
    region : Region
        Opened region.
    """
    if region.surface is None or region.buildings is None or region.buildings.empty:
        return 1.0
    return float(_looked_at(region.buildings, region.surface)[2].mean())


def roofs_seen(region: Region) -> None:
    """Share of the outlines that the surface model shows, by township, and whether they stand above the ground.

    Parameters
    ----------
    region : Region
        With outlines and a surface model; else nothing is said.

    Raises
    ------
    InputError
        If fewer than a fifth of a sample are shown, or most stand on buildings only after the shift of a web map.
    """
    if region.surface is None or region.buildings is None or region.buildings.empty:
        return
    some, height, seen = _looked_at(region.buildings, region.surface)
    if len(some) >= _ENOUGH and seen.mean() < _REFUSE_SHARE:
        _refuse_shifted(region, some, int(seen.sum()))
        count, of = int(seen.sum()), len(some)
        raise InputError(
            f"{region.surface.label}: the surface model shows {count} of {of} outlines looked at "
            f"({100 * seen.mean():.0f} %): {_CAUSES}; give files of one place.",
            f"{region.surface.label}：抽查 {of} 个轮廓，地表模型只覆盖 {count} 个（{100 * seen.mean():.0f} %）："
            f"{_CAUSES_ZH}；请提供同一地点的文件。",
        )
    names = some["township"].to_numpy()
    for name in dict.fromkeys(names):
        here = names == name
        share = float(seen[here].mean())
        if here.sum() >= _ENOUGH and share < _NOTE_SHARE:
            region.notes.add(
                "surface",
                f"{name}: the surface model shows {100 * share:.0f} % of the outlines looked at (a hole, a missing "
                "tile, its edge, or another CRS)",
                f"{name}：抽查的轮廓中地表模型覆盖 {100 * share:.0f} %（空洞、缺图幅、边缘或坐标系不同）",
            )
    known = height[np.isfinite(height)]
    if len(known) >= _WHOLE and (known == np.round(known)).all():
        region.notes.add("surface", "heights are whole metres: pitched roofs come out level or in steps, which may "
                         "cost a quarter of their energy; level roofs stay sound; give decimetres or finer",
                         "地表高程为整米：坡屋顶会呈平顶或阶梯状，发电量可能偏低四分之一；平屋顶不受影响；"
                         "请提供分米或更细的高程")  # fmt: skip
    _standing(region, some, seen)


def _at_edge(surface: RasterSource, some: gpd.GeoDataFrame, known: np.ndarray) -> np.ndarray:
    """Outlines whose middle is not shown but some of whose corners are: they lie at the edge, or over a small hole."""
    out = np.zeros(len(some), bool)
    rest = np.flatnonzero(~known)
    if len(rest) == 0:
        return out
    corners, owner = shapely.get_coordinates(some.geometry.to_numpy()[rest], return_index=True)
    height = sample_heights(surface, gpd.GeoDataFrame(geometry=shapely.points(corners), crs=some.crs))
    out[rest[owner[np.isfinite(height)]]] = True
    return out


def _stand(surface: RasterSource, some: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each outline stands above the lowest ground around it: 1, 0, or NaN where no surface is shown."""
    inner = some.geometry.representative_point().to_numpy()
    box = shapely.bounds(some.geometry.to_numpy())
    reach = np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / 2 + 4.0
    x, y = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    turn = np.arange(8) * np.pi / 4
    ring = shapely.points(
        (x[:, None] + reach[:, None] * np.cos(turn)).ravel(), (y[:, None] + reach[:, None] * np.sin(turn)).ravel()
    )
    both = gpd.GeoDataFrame(geometry=np.concatenate([inner, ring]), crs=some.crs)
    height = sample_heights(surface, both)
    top, around = height[: len(inner)], height[len(inner) :].reshape(-1, 8)
    ground = np.nanmin(np.where(np.isfinite(around), around, np.inf), axis=1)
    return np.where(np.isfinite(ground) & np.isfinite(top), top - ground > _STEP_M, np.nan)


def _standing(region: Region, some: gpd.GeoDataFrame, seen: np.ndarray) -> None:
    """Refuse outlines that another datum would bring onto the buildings; note it where most stand on none anyhow."""
    assert region.surface is not None
    shown = some[seen]
    shown = shown.iloc[_spread(len(shown), _STANDING)] if len(shown) else shown
    if len(shown) < _ENOUGH:
        return
    stand = _stand(region.surface, shown)
    if np.isfinite(stand).sum() < _ENOUGH:
        return
    share = float(np.nanmean(stand))
    if share < _STAND_SHARE:
        _refuse_shifted(region, some, int(np.nansum(stand)))
        region.notes.add(
            "surface",
            f"only {100 * share:.0f} % of the outlines looked at stand above the ground around them: the surface model "
            "has no buildings (bare earth), or outlines and surface are shifted against each other (GCJ-02, another "
            "datum)",
            f"抽查的轮廓中只有 {100 * share:.0f} % 高出四周地面：地表模型不含建筑（裸地高程），"
            "或轮廓与地表模型错位（GCJ-02 或其他基准）",
        )


def _refuse_shifted(region: Region, some: gpd.GeoDataFrame, now: int) -> None:
    """Refuse outlines most of which would stand on buildings of the surface if they were of a shifted datum."""
    assert region.surface is not None
    some = some.iloc[_spread(len(some), _STANDING)]
    for key, name, moved in unshifted(some[["geometry"]]):
        count = int(np.nansum(_stand(region.surface, moved)))
        if count >= _MOVED_SHARE * len(some) and count > now + 0.3 * len(some):
            file = region.file.buildings.path if region.file.buildings is not None else ""
            raise InputError(
                f"{file}: outlines and surface model are shifted against each other: with {name} coordinates {count} "
                f"of {len(some)} outlines looked at would stand on its buildings, as they are {now}; if that is what "
                f'they are, set `crs = "{key}"` in [buildings] and in the other layers of that source.',
                f"{file}：建筑轮廓与地表模型错位：若为 {name} 坐标，抽查的 {len(some)} 个轮廓中有 {count} 个"
                f'落在建筑上，现为 {now} 个；如属实，请在 [buildings] 及同一来源的其他图层设 crs = "{key}"。',
            )
