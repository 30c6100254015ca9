"""How right the fast engine is: shadow rays and pvlib, dense marches, GRASS maps, PVWatts hours.

``python -m benchmarks.accuracy``: about four minutes on two cores.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pvlib
from scipy.ndimage import binary_erosion, maximum_filter

from benchmarks.common import REAL, last_line, table
from benchmarks.peers import grass_days, grass_horizon
from benchmarks.rays import band_share, diffuse_months, marched_tangent, sky_share, traced_months
from benchmarks.scenes import Scene, all_scenes, town
from guanghui.pv.energy.system import plane_power
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.horizon import Skyline, skyline_tangent
from guanghui.pv.shade.irradiation import shaded_irradiation
from guanghui.pv.sun.sky import BAND_DEG, sky_table
from guanghui.pv.sun.weather import SunSeries

MODEL = "perez-driesse"
REACH_M = 300.0
PER_SCENE = 420
DENSE = np.radians(np.arange(0.5, 360, 1.0))


@dataclasses.dataclass
class Sample:
    """Stratified roof cells of a scene, with normals and brute-force truth."""

    scene: Scene
    rows: np.ndarray
    cols: np.ndarray
    normal: np.ndarray
    strata: np.ndarray
    truth: np.ndarray
    hourly: np.ndarray


def strata(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Roof cells away from the edge of the scene, their normals and what kind of place they are."""
    gy, gx = np.gradient(scene.z.astype(float), scene.cell)
    length = np.sqrt(gx**2 + gy**2 + 1)
    normal = np.stack([-gx / length, gy / length, 1 / length], axis=-1)
    inside = binary_erosion(scene.roof >= 0)
    margin = 20
    inside[:margin], inside[-margin:], inside[:, :margin], inside[:, -margin:] = False, False, False, False
    rows, cols = np.nonzero(inside & (normal[..., 2] > 0.5))
    n = normal[rows, cols]
    tilt = np.degrees(np.arccos(n[:, 2]))
    facing = np.degrees(np.arctan2(n[:, 0], n[:, 1])) % 360
    kind = np.where(
        tilt < 5, "flat", np.array(["north", "east", "south", "west"])[((facing + 45) // 90).astype(int) % 4]
    )
    kind = np.where(tilt > 40, "steep", kind)
    ridge = scene.z[rows, cols] > 0.999 * maximum_filter(scene.z, 5)[rows, cols]
    kind = np.where(ridge & (tilt >= 5), "ridge", kind)
    around = maximum_filter(scene.z, int(15 / scene.cell) | 1)[rows, cols] - scene.z[rows, cols]
    kind = np.where(around > 6, "overtopped", kind)
    beside = maximum_filter(np.where(scene.roof < 0, scene.z, -np.inf), 7)[rows, cols] > scene.z[rows, cols] + 0.5
    kind = np.where(beside, "trees", kind)
    return rows, cols, n.astype(np.float32), kind


def draw(scene: Scene) -> Sample:
    """Draw cells evenly from the strata and trace them."""
    rows, cols, normal, kind = strata(scene)
    rng = np.random.default_rng(1)
    names = np.unique(kind)
    picks = [rng.permutation(np.flatnonzero(kind == k)) for k in names]
    share = int(np.ceil(PER_SCENE / len(names)))
    chosen = np.concatenate([p[:share] for p in picks])
    rest = np.setdiff1d(np.concatenate(picks), chosen)
    chosen = np.append(chosen, rng.permutation(rest)[: max(0, PER_SCENE - len(chosen))])
    r, c, n = rows[chosen], cols[chosen], normal[chosen]
    z, cell = scene.z, scene.cell
    tangent = np.empty((len(r), len(DENSE)))
    marched_tangent(z, r, c, z[r, c].astype(float), DENSE, cell, REACH_M / cell, tangent)
    sky = sky_table(scene.weather, sun_step_min=15, steps=24)
    rest = diffuse_months(
        sky, sky_share(tangent, n.astype(float), DENSE), band_share(tangent, n.astype(float), DENSE, BAND_DEG)
    )
    months = [traced_months(z, cell, r, c, n, scene.weather.suns(step), MODEL, REACH_M) + rest for step in (15.0, 60.0)]
    return Sample(scene, r, c, n, kind[chosen], months[0], months[1])


def estimate(sample: Sample, steps: int = 72, near: int = 16, sun_step: float = 10.0) -> np.ndarray:
    """Months of the sample by the engine [kWh/m²]."""
    scene = sample.scene
    sky = sky_table(scene.weather, steps=steps, sun_step_min=sun_step)
    skyline = Skyline(scene.z, scene.cell, sample.rows, sample.cols, near=near, reach_m=REACH_M)
    return shaded_irradiation(sky, sample.normal, skyline).monthly


def errors(found: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Bias, RMSE and p99 of the year and RMSE of the months, in percent of the mean."""
    year = 100 * (found.sum(1) - truth.sum(1)) / truth.sum(1).mean()
    month = 100 * np.sqrt(((found - truth) ** 2).mean(0)) / truth.mean(0)
    return {
        "mbe": float(year.mean()), "rms": float(np.sqrt((year**2).mean())), "p99": float(np.percentile(abs(year), 99)),
        "month": float(month.mean()),
    }  # fmt: skip


def _pool(samples: list[Sample], find: object) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and truths of all scenes, each scaled to a mean year of 1000 so that no climate outweighs another."""
    found, truth = [], []
    for sample in samples:
        scale = 1000 / sample.truth.sum(1).mean()
        found.append(find(sample) * scale)  # type: ignore[operator]
        truth.append(sample.truth * scale)
    return np.concatenate(found), np.concatenate(truth)


def truth_tables(samples: list[Sample]) -> dict[str, float]:
    """Print errors by scene, by stratum and by setting."""
    mine = [estimate(s) for s in samples]
    rows = []
    for sample, found in zip(samples, mine, strict=True):
        e, h = errors(found, sample.truth), errors(sample.hourly, sample.truth)
        rows.append(
            [
                sample.scene.name,
                len(sample.rows),
                *(round(v, 3) for v in e.values()),
                round(h["mbe"], 3),
                round(h["rms"], 3),
            ]
        )
    found, truth = _pool(samples, lambda s: mine[[x is s for x in samples].index(True)])
    hourly, _ = _pool(samples, lambda s: s.hourly)
    whole, brute = errors(found, truth), errors(hourly, truth)
    rows.append(
        ["all", len(truth), *(round(v, 3) for v in whole.values()), round(brute["mbe"], 3), round(brute["rms"], 3)]
    )
    head = ["scene", "cells", "MBE %", "RMSE %", "p99 %", "month RMSE %", "hourly rays MBE %", "RMSE %"]
    table("Year on roof planes against 15-minute shadow rays and pvlib Perez-Driesse", head, rows)
    kinds = np.concatenate([s.strata for s in samples])
    rows = []
    for k in np.unique(kinds):
        e = errors(found[kinds == k], truth[kinds == k])
        rows.append([k, int((kinds == k).sum()), *(round(v, 3) for v in e.values())])
    table("By kind of place", ["stratum", "cells", "MBE %", "RMSE %", "p99 %", "month RMSE %"], rows)
    rows = []
    near_far = [(36, 16), (72, 4), (72, 8), (72, 16), (72, 32), (144, 16), (360, 32)]
    settings = [*((a, b, 10) for a, b in near_far), (72, 16, 60), (72, 16, 15), (144, 32, 5), (360, 32, 5)]
    for steps, near, sun in settings:
        got, _ = _pool(samples, lambda s, a=steps, b=near, c=float(sun): estimate(s, a, b, c))
        rows.append([f"{steps} steps, near {near}, sun {sun} min", *(round(v, 3) for v in errors(got, truth).values())])
    table("Convergence", ["setting", "MBE %", "RMSE %", "p99 %", "month RMSE %"], rows)
    return {
        "poa_annual_mbe_pct": whole["mbe"], "poa_annual_rms_pct": whole["rms"], "poa_annual_p99_pct": whole["p99"],
        "poa_month_rms_pct": whole["month"], "hourly_ray_rms_pct": brute["rms"],
    }  # fmt: skip


def horizon_table() -> dict[str, float]:
    """Skyline against the dense march on the town."""
    scene = town()
    rows, cols, _, _ = strata(scene)
    pick = np.random.default_rng(0).choice(len(rows), 2000, replace=False)
    r, c = rows[pick], cols[pick]
    azimuth = np.array([12.5, 35.0, 62.5, 100.0, 130.0, 157.5, 182.5, 215.0, 250.0, 287.5])
    truth = np.empty((len(r), len(azimuth)))
    marched_tangent(scene.z, r, c, scene.z[r, c].astype(float), np.radians(azimuth), scene.cell, REACH_M, truth)
    lines, out = [], {}
    for near in (4, 8, 16, 32, 64):
        tan = skyline_tangent(scene.z, scene.cell, r, c, azimuth, near=near, reach_m=REACH_M)
        e = np.degrees(np.arctan(tan)) - np.degrees(np.arctan(truth))
        lines.append(
            [
                near,
                round(e.mean(), 3),
                round(abs(e).mean(), 3),
                round(np.sqrt((e**2).mean()), 3),
                round(np.percentile(abs(e), 99), 2),
            ]
        )
        if near == PvSettings().near_cells:
            out = {"horizon_mae_deg": float(abs(e).mean()), "horizon_bias_deg": float(e.mean())}
    table("Skyline against a ray march of 0.05 cells", ["near cells", "bias °", "MAE °", "RMSE °", "p99 °"], lines)
    return out


def pvwatts_table() -> dict[str, float | None]:
    """System model against PVWatts hour by hour, from the same beam, diffuse, air and wind."""
    if not REAL.is_dir():
        return {"pvwatts_annual_pct": None}
    # the files are of version 5: neither weak light nor colour, its own inverter curve and glass
    settings = PvSettings(gamma_pdc=-0.0047, module_efficiency=0.15, temperature_model="noct", diffuse_iam=False,
                          low_light="none", spectrum="none", inverter_model="pvwatts5", cover="plain")  # fmt: skip
    rows, worst = [], 0.0
    for kind in ("rack", "roof"):
        hours = pd.read_csv(REAL / "pv" / f"pvwatts_8760_{kind}mount.csv", skiprows=17, encoding="latin-1")
        hours = hours[pd.to_numeric(hours["Month"], errors="coerce").notna()].astype(float).reset_index(drop=True)
        suns = _pvwatts_suns(hours)
        air, wind = (hours[c].to_numpy()[suns.interval] for c in ("Ambient Temperature (C)", "Wind Speed (m/s)"))
        poa, power = plane_power(suns, air, wind, 20.0, 180.0, rack=kind == "rack", settings=settings, loss_pct=14.08)
        ac = 4 * np.bincount(suns.interval, power, len(hours))
        theirs = hours["AC System Output (W)"].to_numpy() / 1000
        year = 100 * (ac.sum() / theirs.sum() - 1)
        light = 100 * (poa.sum() / hours["Plane of Array Irradiance (W/m^2)"].sum() - 1)
        alike = float(np.corrcoef(ac, theirs)[0, 1])
        rows.append(
            [kind, round(theirs.sum(), 1), round(ac.sum(), 1), round(year, 3), round(light, 3), round(alike, 6)]
        )
        worst = max(worst, abs(year))
    head = ["mount", "PVWatts kWh", "ours kWh", "energy %", "irradiation %", "hourly r"]
    table("PVWatts, 4 kW, tilt 20°, at 39.73° N", head, rows)
    return {"pvwatts_annual_pct": float(worst)}


def _pvwatts_suns(hours: pd.DataFrame) -> SunSeries:
    """Suns in the middle of the hours, as PVWatts takes them."""
    times = pd.date_range("2021-01-01 00:30", periods=len(hours), freq="1h", tz="Etc/GMT+7")
    sun = pvlib.solarposition.get_solarposition(times, 39.73, -105.18, altitude=1819.6)
    zenith = sun["apparent_zenith"].to_numpy()
    dni, dhi = hours["Beam Irradiance (W/m^2)"].to_numpy(), hours["Diffuse Irradiance (W/m^2)"].to_numpy()
    up = (zenith < 90) & (dni + dhi > 0)
    ghi = dhi + dni * np.maximum(np.cos(np.radians(zenith)), 0)
    extra = np.asarray(pvlib.irradiance.get_extra_radiation(times))
    month, azimuth = times.month.to_numpy()[up] - 1, sun["azimuth"].to_numpy()[up]
    return SunSeries(month, zenith[up], azimuth, ghi[up], dni[up], dhi[up], extra[up], 1.0, np.flatnonzero(up))


def main() -> None:
    """Print everything."""
    samples = [draw(scene) for scene in all_scenes()]
    figures = {**truth_tables(samples), **horizon_table(), **grass_days(), **grass_horizon(), **pvwatts_table()}
    keys = ["poa_annual_mbe_pct", "poa_annual_rms_pct", "poa_annual_p99_pct", "poa_month_rms_pct", "hourly_ray_rms_pct",
            "horizon_mae_deg", "horizon_bias_deg", "rsun_days_pct", "pvwatts_annual_pct"]  # fmt: skip
    last_line(**{k: figures.get(k) for k in keys})


if __name__ == "__main__":
    main()
