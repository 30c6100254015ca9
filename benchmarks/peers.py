"""GRASS r.horizon and r.sun: maps made for the Göteborg block, and runs beside ours where GRASS is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import rasterio

from benchmarks.common import REAL, Clock, clock, table
from guanghui.pv.shade.horizon import Skyline, skyline_tangent
from guanghui.pv.shade.irradiation import shaded_irradiation
from guanghui.pv.sun.sky import fold
from guanghui.pv.sun.weather import SunSeries

LATITUDE = 57.7072
LINKE, ALBEDO = 3.0, 0.2
DAYS = (80, 172, 264, 355)
REACH_M = 400.0


def _grass(name: str) -> np.ndarray:
    with rasterio.open(REAL / "goteborg" / "grass" / f"{name}.tif") as src:
        return src.read(1).astype(float)


def _surface() -> np.ndarray:
    with rasterio.open(REAL / "goteborg" / "dsm.tif") as src:
        return src.read(1).astype(np.float32)


def esra_suns(day: int, latitude: float, linke: float, step_h: float = 0.25) -> SunSeries:
    """Clear-sky suns of one day as r.sun takes them: its declination, its steps in solar time, the ESRA model.

    References
    ----------
    Rigollier, Bauer & Wald 2000, doi:10.1016/S0038-092X(99)00055-9; Hofierka & Šúri 2002; GRASS manual of r.sun.
    """
    angle = 2 * np.pi * day / 365.25
    declination = np.arcsin(0.3978 * np.sin(angle - 1.4 + 0.0355 * np.sin(angle - 0.0489)))
    hour = np.radians(15 * ((np.arange(round(24 / step_h)) + 0.5) * step_h - 12))
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour)
    hour, true_height = hour[sine > 0], np.arcsin(sine[sine > 0])
    south = np.sin(phi) * np.cos(declination) * np.cos(hour) - np.cos(phi) * np.sin(declination)
    azimuth = (180 + np.degrees(np.arctan2(np.cos(declination) * np.sin(hour), south))) % 360
    lift = 0.061359 * (0.1594 + 1.123 * true_height + 0.065656 * true_height**2)
    height = np.degrees(true_height + lift / (1 + 28.9344 * true_height + 277.3971 * true_height**2))
    extra = np.full(len(hour), 1367.0 * (1 + 0.03344 * np.cos(angle - 0.048869)))
    sine = np.sin(true_height)
    mass = 1 / (np.sin(np.radians(height)) + 0.50572 * (height + 6.07995) ** -1.6364)
    rayleigh = np.where(
        mass <= 20,
        1 / (6.6296 + 1.7513 * mass - 0.1202 * mass**2 + 0.0065 * mass**3 - 0.00013 * mass**4),
        1 / (10.4 + 0.718 * mass),
    )
    dni = extra * np.exp(-0.8662 * linke * mass * rayleigh)
    zenith_part = -0.015843 + 0.030543 * linke + 0.0003797 * linke**2
    a1 = 0.26463 - 0.061581 * linke + 0.0031408 * linke**2
    a1 = 0.0022 / zenith_part if a1 * zenith_part < 0.0022 else a1
    a2 = 2.04020 + 0.018945 * linke - 0.011161 * linke**2
    a3 = -1.3025 + 0.039231 * linke + 0.0085079 * linke**2
    dhi = extra * zenith_part * (a1 + a2 * sine + a3 * sine**2)
    rows = np.arange(len(height))
    zenith = 90 - np.degrees(true_height)
    return SunSeries(np.zeros(len(rows), int), zenith, azimuth, dhi + dni * sine, dni, dhi, extra, step_h, rows)


def grass_days() -> dict[str, float | None]:
    """Clear-sky days of r.sun against ours on unshaded roof cells with the same slopes."""
    if not REAL.is_dir():
        return {"rsun_days_pct": None}
    z = _surface()
    slope, aspect = np.radians(_grass("slope")), np.radians(_grass("aspect"))
    with rasterio.open(REAL / "goteborg" / "landcover.tif") as src:
        roof = src.read(1) == 2
    border = np.zeros_like(roof)
    border[12:-12, 12:-12] = True
    rows, cols = np.nonzero(roof & border & (slope < np.radians(60)))
    s, a = slope[rows, cols], aspect[rows, cols]
    normal = np.stack([np.sin(s) * np.cos(a), np.sin(s) * np.sin(a), np.cos(s)], axis=1).astype(np.float32)
    lines, worst = [], 0.0
    for day in DAYS:
        suns = esra_suns(day, LATITUDE, LINKE)
        sky = fold(suns, model="haydavies", albedo=ALBEDO)
        skyline = Skyline(z, 1.0, rows, cols, near=16, reach_m=REACH_M)
        shaded = shaded_irradiation(sky, normal, skyline)
        free = shaded_irradiation(sky, normal, sun_hours=True)
        hours = free.sun_hours.sum(1) if free.sun_hours is not None else 0.0
        open_view = (shaded.annual > 0.985 * free.annual) & (_grass(f"t{day}")[rows, cols] > 0.85 * hours)
        ours = shaded.annual * 1000
        theirs = _grass(f"g{day}")[rows, cols]
        gap = 100 * (ours[open_view].mean() / theirs[open_view].mean() - 1)
        everywhere = 100 * (ours.mean() / theirs.mean() - 1)
        means = round(theirs[open_view].mean(), 1), round(ours[open_view].mean(), 1)
        lines.append([day, int(open_view.sum()), *means, round(gap, 2), round(everywhere, 2)])
        worst = max(worst, abs(gap))
    head = ["day", "unshaded cells", "r.sun Wh/m²", "ours", "difference %", "all roof cells %"]
    table("Clear-sky days of GRASS r.sun on Göteborg, Linke 3.0, albedo 0.2", head, lines)
    return {"rsun_days_pct": worst}


def grass_horizon() -> dict[str, float]:
    """Where and why the horizons of r.horizon differ from ours; writes a picture."""
    if not REAL.is_dir():
        return {}
    z = _surface()
    ny, nx = z.shape
    rows, cols = (v.ravel() for v in np.mgrid[0:ny, 0:nx])
    names = sorted(p.stem for p in (REAL / "goteborg" / "grass").glob("hor_*.tif"))
    east = np.array([float(n[4:].replace("_", ".")) for n in names])
    azimuth = (90 - east) % 360
    theirs = np.stack([_grass(n).ravel() for n in names], axis=1)
    ours = np.degrees(np.arctan(skyline_tangent(z, 1.0, rows, cols, azimuth, near=32, reach_m=REACH_M)))
    known = theirs > -89
    gap = np.where(known, np.maximum(theirs, 0) - ours, np.nan)
    edge = (rows < 3) | (cols < 3) | (rows >= ny - 3) | (cols >= nx - 3)
    gy, gx = np.gradient(z.astype(float))
    steep = (np.hypot(gx, gy) > 1).ravel()
    high = ours.max(axis=1) > 30
    lines = []
    places = {
        "all": ~edge,
        "on a wall or roof edge": ~edge & steep,
        "beside tall walls": ~edge & ~steep & high,
        "open ground and roofs": ~edge & ~steep & ~high,
        "edge of the map": edge,
    }
    for label, part in places.items():
        g = gap[part]
        lines.append([label, int(part.sum()), round(float(np.nanmean(g)), 2), round(float(np.nanmean(abs(g))), 2),
                      round(float(100 * np.isnan(g).mean()), 1)])  # fmt: skip
    head = ["place", "cells", "r.horizon - ours °", "mean |difference| °", "no value %"]
    table("Horizons of GRASS r.horizon on Göteborg (boxes against bilinear patches)", head, lines)
    _picture(np.nanmean(abs(gap), axis=1).reshape(ny, nx))
    return {"grass_horizon_mean_abs_deg": float(np.nanmean(abs(gap[~edge])))}


def _picture(gap: np.ndarray) -> None:
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    folder = Path("out/benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    figure, axis = plt.subplots(figsize=(6, 5.4))
    shown = axis.imshow(gap, cmap="magma", vmax=8)
    figure.colorbar(shown, label="mean |r.horizon - ours| [°]")
    axis.set_title("Horizon difference, Göteborg")
    figure.savefig(folder / "horizon_vs_grass.png", dpi=120, bbox_inches="tight")
    plt.close(figure)


def has_grass() -> bool:
    """Whether GRASS is installed."""
    return shutil.which("grass") is not None


def run_grass(z: np.ndarray, days: tuple[int, ...], *, horizon_step: int = 10, reach_m: int = 500) -> dict[str, Clock]:
    """CPU of r.horizon and of r.sun for some days on a surface, with horizon maps.

    Parameters
    ----------
    z : numpy.ndarray
        Heights at 1 m.
    days : tuple of int
        Days of the year.
    horizon_step, reach_m : int
        Degrees between horizon maps, and their reach.
    """
    out: dict[str, Clock] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "dsm.tif"
        transform = rasterio.transform.from_origin(397000.0, 3153500.0, 1.0, 1.0)
        with rasterio.open(path, "w", driver="GTiff", height=z.shape[0], width=z.shape[1], count=1, dtype="float32",
                           crs="EPSG:32650", transform=transform) as dst:  # fmt: skip
            dst.write(z, 1)
        place = folder / "loc"
        subprocess.run(["grass", "-c", str(path), str(place), "-e"], check=True, capture_output=True)

        def call(*words: str) -> None:
            subprocess.run(["grass", str(place / "PERMANENT"), "--exec", *words], check=True, capture_output=True)

        call("r.in.gdal", f"input={path}", "output=dsm")
        call("g.region", "raster=dsm")
        call("r.slope.aspect", "elevation=dsm", "slope=sl", "aspect=as")
        with clock() as spent:
            call(
                "r.horizon",
                "elevation=dsm",
                f"step={horizon_step}",
                "bufferzone=0",
                f"maxdistance={reach_m}",
                "output=hor",
            )
        out["horizon"] = spent
        with clock() as spent:
            for day in days:
                call(
                    "r.sun", "elevation=dsm", "slope=sl", "aspect=as", "horizon_basename=hor",
                    f"horizon_step={horizon_step}", f"day={day}", "step=0.5", "linke_value=3.5", "albedo_value=0.2",
                    f"glob_rad=g{day}", f"beam_rad=b{day}", f"diff_rad=d{day}", f"insol_time=t{day}", "nprocs=2",
                )  # fmt: skip
        out["days"] = spent
    return out


__all__ = ["esra_suns", "grass_days", "grass_horizon", "has_grass", "run_grass"]
