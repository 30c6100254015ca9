"""What the surface model shows at the outlines: a shift against them, smeared walls, noise, steps of another unit."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import xarray as xr
from rasterio.features import geometry_mask
from scipy import ndimage
from scipy.signal import fftconvolve

from guanghui.geo.grid import Grid
from guanghui.geo.surface import surface_model
from guanghui.geo.unread import RASTER_ERRORS
from guanghui.plan.inputs.region import Region
from guanghui.pv.roofs.planes import QUIET_M, scatter

__all__ = ["SurfaceFit", "surface_fit", "tell_surface_fit"]

_SAMPLE, _ENOUGH = 60, 8
"""Outlines looked at, and from how many something is said."""
_LEAST_M2, _MOST_M2 = 60.0, 5000.0
_REACH_M = 8.0
"""Shifts tried each way, and ground looked at around an outline [m]."""
_RIM_M = 3.0
_STEP_M = 2.0
"""A roof stands at least this high above the ground around it [m]."""
_TALLEST_M = 40.0
"""What is higher above the ground than this counts as much: towers do not decide a shift [m]."""
_SHIFT_M, _GAIN = 1.5, 1.1
"""A common shift is told from this, if roofs then stand clearer by so much [m, 1]."""
_KNOWN = 0.5
"""Share of the cells of an outline, or around it, that must be known."""
_APART_M = 3.0
"""Middle distance of each outline's own best place from which outlines are told to be rough [m]."""
_SHARP = 0.6
"""Share of a wall that one metre (or cell) must hold; lidar and photogrammetry of 1 m hold 0.7 to 1."""
_CELLS = 20
"""Second differences from which the noise of an outline is told."""
_RATIO = (0.5, 2.0)
"""Steps at outlines over their heights: beyond these one of the two is in another unit."""
_NARROW = 0.6
"""Spread of that ratio over its middle (quartiles) above which it says nothing."""


@dataclass(frozen=True)
class SurfaceFit:
    """How outlines and surface model fit, in the middle of a sample of outlines; NaN where nothing could be told."""

    outlines: int
    east_m: float
    north_m: float
    """Shift that brings the outlines best onto the buildings of the surface [m]."""
    gain: float
    """How much higher roofs stand above the ground around them with that shift [1]."""
    apart_m: float
    """Distance of each outline's own best place from the common one [m]."""
    sharp: float
    """Share of a wall's height within one metre or cell [1]."""
    noise_m: float
    """Standard deviation of heights about a smooth roof [m]."""
    ratio: float
    """Height of the step at an outline over the height the layer gives it [1]."""
    ratio_spread: float
    """Quartiles of that ratio, over its middle [1]."""


def _some(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    fit = buildings[buildings.geometry.area.between(_LEAST_M2, _MOST_M2)]
    return fit.iloc[np.unique(np.linspace(0, len(fit) - 1, min(len(fit), _SAMPLE)).astype(int))] if len(fit) else fit


def surface_fit(buildings: gpd.GeoDataFrame, surface: xr.DataArray) -> SurfaceFit | None:
    """Measure how a sample of outlines fits the surface model.

    Parameters
    ----------
    buildings : geopandas.GeoDataFrame
        Outlines in the CRS of the surface, with ``height_m`` and ``height_source``.
    surface : xarray.DataArray
        Heights [m], dims (y, x), NaN where unknown; chunks are read as needed.

    Returns
    -------
    SurfaceFit or None
        None where fewer than eight outlines stand on known ground.
    """
    grid = Grid.of(surface)
    cell = float(np.mean(np.abs(grid.cell)))
    reach = max(1, round(_REACH_M / cell))
    contrast, heights, sharp, noise = [], [], [], []
    for shape, height, source in zip(*(_some(buildings)[c] for c in ("geometry", "height_m", "height_source")),
                                     strict=True):  # fmt: skip
        found = _window(surface, grid, shape, 2 * reach)
        if found is None:
            continue
        z, inside = found
        moved = _contrast(z, inside, reach)
        step = float(moved[reach, reach])
        if not np.isfinite(step) or np.nanmax(moved) < _STEP_M:
            continue
        contrast.append(np.nan_to_num(moved, nan=-1.0))
        heights.append((_step(z, inside), float(height) if source in ("measured", "storeys") else np.nan))
        sharp.append(_sharpness(z, inside, max(1, round(_RIM_M / cell)), max(1, round(1.0 / cell))))
        noise.append(_noise(z, inside))
    if len(contrast) < _ENOUGH:
        return None
    east, north, gain, apart = _shift(np.array(contrast), reach, cell)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.array([s / h for s, h in heights])
    ratio = ratio[np.isfinite(ratio)]
    low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75]) if len(ratio) >= _ENOUGH else (np.nan,) * 3
    return SurfaceFit(len(contrast), east, north, gain, apart, _middle(sharp), _middle(noise), float(middle),
                      float((high - low) / middle))  # fmt: skip


def _middle(values: list[float]) -> float:
    known = np.array(values)[np.isfinite(values)]
    return float(np.median(known)) if len(known) >= _ENOUGH else float("nan")


def _window(surface: xr.DataArray, grid: Grid, shape: object, margin: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Heights around an outline and which cells lie inside it; None at the edge of the model or of what it knows.

    A part that cannot be read is not known; the survey names it, with the roofs that need it.
    """
    west, south, east, north = shape.bounds  # type: ignore[attr-defined]
    t = grid.transform
    c0, c1 = int((west - t.c) / t.a) - margin, int(np.ceil((east - t.c) / t.a)) + margin
    r0, r1 = int((north - t.f) / t.e) - margin, int(np.ceil((south - t.f) / t.e)) + margin
    rows, columns = (max(r0, 0), min(r1, grid.height)), (max(c0, 0), min(c1, grid.width))
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        return None
    z = np.full((r1 - r0, c1 - c0), np.nan)
    try:
        shown = surface.isel(y=slice(*rows), x=slice(*columns)).to_numpy()
    except RASTER_ERRORS:
        return None
    z[rows[0] - r0 : rows[1] - r0, columns[0] - c0 : columns[1] - c0] = shown
    inside = geometry_mask([shape], z.shape, t * type(t).translation(c0, r0), invert=True)
    if not inside.any() or np.isfinite(z[inside]).mean() < _KNOWN:
        return None
    return z, inside


def _step(z: np.ndarray, inside: np.ndarray) -> float:
    """Height in the middle of an outline above the middle of what lies around it [m]."""
    return float(np.nanmedian(z[inside]) - np.nanmedian(z[~ndimage.binary_dilation(inside)]))


def _contrast(z: np.ndarray, inside: np.ndarray, reach: int) -> np.ndarray:
    """Mean height inside above that of the ground around, for the outline moved by cells: [down, right] [m]."""
    rim = ndimage.binary_dilation(inside, iterations=max(2, reach // 3)) & ~ndimage.binary_dilation(inside)
    ground = np.nanquantile(z, 0.05)
    low = np.minimum(z, ground + _TALLEST_M)
    known = np.isfinite(low)
    sums, counts = np.where(known, low - ground, 0.0), known.astype(float)
    means = []
    for mask in (inside, rim):
        core = mask[reach:-reach, reach:-reach].astype(float)[::-1, ::-1]  # nothing of either reaches the margin
        total, seen = (fftconvolve(part, core, mode="valid") for part in (sums, counts))
        means.append(np.where(seen > _KNOWN * core.sum(), total / np.maximum(seen, 1.0), np.nan))
    return np.asarray(means[0] - means[1])


def _shift(contrast: np.ndarray, reach: int, cell: float) -> tuple[float, float, float, float]:
    """Common shift that lets the roofs stand clearest, the gain, and how far each outline's own is from it."""
    share = contrast / contrast.max(axis=(1, 2), keepdims=True)
    mean = share.mean(axis=0)
    i, j = np.unravel_index(int(mean.argmax()), mean.shape)
    own = np.array([np.unravel_index(int(one.argmax()), one.shape) for one in contrast])
    apart = float(np.median(np.hypot(own[:, 0] - i, own[:, 1] - j))) * cell
    gain = float(mean[i, j] / max(mean[reach, reach], 1e-6))
    return float(j - reach) * cell, float(reach - i) * cell, gain, apart


def _sharpness(z: np.ndarray, inside: np.ndarray, rim: int, metre: int) -> float:
    """Largest rise over a metre on the way out of the outline, over the whole rise; middle of rows and columns."""
    shares: list[float] = []
    for heights, mask in ((z, inside), (z.T, inside.T)):
        for row, m in zip(heights, mask, strict=True):
            edges = np.flatnonzero(np.diff(m.astype(int)))
            for e in edges:
                part = row[max(e + 1 - 2 * rim, 0) : e + 1 + 2 * rim]
                if len(part) < 4 * rim or not np.isfinite(part).all():
                    continue
                rise = abs(part[:rim].mean() - part[-rim:].mean())
                if rise > _STEP_M:
                    shares.append(min(float(np.abs(part[metre:] - part[:-metre]).max() / rise), 1.0))
    return float(np.median(shares)) if shares else float("nan")


def _noise(z: np.ndarray, inside: np.ndarray) -> float:
    """Standard deviation of heights about planes, from second differences inside an outline [m]."""
    core = ndimage.binary_erosion(inside, iterations=2)
    parts = []
    for axis in (0, 1):
        second = np.diff(z, 2, axis=axis)
        mid = np.take(core, range(1, z.shape[axis] - 1), axis=axis)
        parts.append(second[mid])
    every = np.concatenate(parts)
    every = every[np.isfinite(every)]
    return float(scatter(np.abs(every))) if len(every) >= _CELLS else float("nan")


def tell_surface_fit(region: Region) -> None:
    """Note where outlines and surface model do not fit, with what was measured.

    Parameters
    ----------
    region : Region
        With outlines and a surface model; else nothing is said.
    """
    if region.surface is None or region.buildings is None or region.buildings.empty:
        return
    array = surface_model(region.surface, region.crs, unit=region.settings.surface_unit)
    fit = surface_fit(region.buildings, array)
    if fit is None:
        return
    of, of_zh = f"in a sample of {fit.outlines} outlines", f"抽查 {fit.outlines} 个轮廓"
    far = float(np.hypot(fit.east_m, fit.north_m))
    if fit.apart_m >= _APART_M:
        region.notes.add(
            "surface",
            f"outlines and surface model disagree from roof to roof: {of} each stands clearest {fit.apart_m:.1f} m "
            "away in the middle (coordinates that were rounded, or drawn roughly); energy may be a tenth low",
            f"建筑轮廓与地表模型逐栋不一致：{of_zh}，各自最吻合的位置相距中位数 {fit.apart_m:.1f} 米"
            "（坐标被舍入或勾绘粗略）；发电量可能偏低一成",
        )
    elif far >= _SHIFT_M and fit.gain >= _GAIN:
        region.notes.add(
            "surface",
            f"outlines and surface model are shifted against each other: {of} roofs stand clearest when the outlines "
            f"move {fit.east_m:+.1f} m east and {fit.north_m:+.1f} m north; a shift of 2 m costs about a tenth of the "
            'energy: bring both to one frame, or (up to 4 m) set [pv] outline_snap = "apply"',
            f"建筑轮廓与地表模型错位：{of_zh}，轮廓东移 {fit.east_m:+.1f} 米、北移 {fit.north_m:+.1f} 米时最吻合；"
            '错位 2 米约损失一成发电量，请统一两者的坐标框架，或（4 米以内）设 [pv] outline_snap = "apply"',
        )
    if fit.sharp < _SHARP:
        region.notes.add(
            "surface",
            f"walls are smeared: {of} one metre holds only {100 * fit.sharp:.0f} % of a wall in the middle (a "
            "smoothed, resampled or coarse model); roofs lose their rims, energy may be a quarter low or more",
            f"地表模型边缘被平滑：{of_zh}，一米内只含墙高的 {100 * fit.sharp:.0f} %（中位数；模型经平滑、重采样"
            "或较粗）；屋顶边缘缺失，发电量可能偏低四分之一以上",
        )
    if fit.noise_m > QUIET_M:
        region.notes.add(
            "surface",
            f"heights scatter by {fit.noise_m:.2f} m about smooth roofs ({of}): planes are fitted with a wider "
            "tolerance, which costs 1 to 3 % of the energy; obstacles and dormers lower than about three times "
            "that are not seen",
            f"屋面高程离散约 {fit.noise_m:.2f} 米（{of_zh}）：已放宽屋面拟合容差，发电量约偏低 1 %–3 %；"
            "低于其约三倍的障碍物与老虎窗无法识别",
        )
    if fit.ratio_spread < _NARROW and not _RATIO[0] <= fit.ratio <= _RATIO[1]:
        region.notes.add(
            "surface",
            f"steps of the surface at the outlines are {fit.ratio:.3g} times the heights the outlines give, in the "
            "middle: one of the two is in another unit (feet are 3.3, decimetres 10, centimetres 100 times); set "
            "[surface] unit, or mend the heights",
            f"地表模型在轮廓处的高差为轮廓所给高度的 {fit.ratio:.3g} 倍（中位数）：其中之一的单位有误"
            "（英尺为 3.3 倍、分米 10 倍、厘米 100 倍）；请设置 [surface] unit 或更正高度",
        )
