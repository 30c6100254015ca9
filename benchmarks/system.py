"""Energy by orientation class against the full hourly chain on shaded faces.

``python -m benchmarks.system``: about three minutes. The short way multiplies the light of a month behind the glass
with the energy a kWh/m² of it gives on an *open* plane of the face's class; the long way runs glass, cell temperature
and inverter on what the shaded face itself receives, every quarter of an hour, from shadow rays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib

from benchmarks.accuracy import DENSE, MODEL, REACH_M, strata
from benchmarks.common import last_line, table
from benchmarks.rays import band_share, marched_tangent, visible
from benchmarks.scenes import Scene, courts, town, village
from guanghui.pv.energy.electric import hourly_ac, spectrum
from guanghui.pv.energy.hourly import Light, energy_per_kwp, mean_slant
from guanghui.pv.settings import PvSettings
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import open_irradiation, shaded_irradiation
from guanghui.pv.sun.glass import cover_iam, diffuse_iam
from guanghui.pv.sun.sky import BAND_DEG, components, sky_table

FACES = {"town": 80, "courts": 57, "village": 80}
CELLS = 6
LEAST_LOSS = 0.03
STEP_MIN = 15.0
SETTINGS = PvSettings()


@dataclass(frozen=True)
class Face:
    """A few cells of one roof with the same aspect."""

    rows: np.ndarray
    cols: np.ndarray
    normal: np.ndarray

    @property
    def tilt(self) -> float:
        """[°]."""
        return float(np.degrees(np.arccos(min(1.0, self.normal[2]))))

    @property
    def azimuth(self) -> float:
        """[°]."""
        return float(np.degrees(np.arctan2(self.normal[0], self.normal[1])) % 360)


@dataclass(frozen=True)
class Truth:
    """What the long way gives."""

    energy: float
    """AC of the year [kWh/kWp]."""
    irradiation: np.ndarray
    """By month [kWh/m²]."""
    lost: float
    """Share of direct light that shade takes [1]."""


def faces(scene: Scene) -> list[Face]:
    """Groups of cells of one roof with the same aspect, in random order."""
    rows, cols, normal, kind = strata(scene)
    facing = np.degrees(np.arctan2(normal[:, 0], normal[:, 1])) % 360
    frame = pd.DataFrame({"roof": scene.roof[rows, cols], "side": np.where(kind == "flat", -1, facing // 90)})
    rng = np.random.default_rng(2)
    groups = [g for g in frame.groupby(["roof", "side"]).indices.values() if len(g) >= CELLS]
    out = []
    for i in rng.permutation(len(groups)):
        some = rng.choice(groups[i], CELLS, replace=False)
        mean = np.median(normal[groups[i]], axis=0)
        out.append(Face(rows[some], cols[some], mean / np.linalg.norm(mean)))
    return out


def _dome(tangent: np.ndarray, n: np.ndarray) -> tuple[float, float, float]:
    """Sky a plane sees above its skylines, and what glass lets through of the sky and of all else, by solid angle."""
    edge = np.radians(np.arange(-90, 91, 1.0))
    height = (edge[1:] + edge[:-1]) / 2
    solid = (np.sin(edge[1:]) - np.sin(edge[:-1])) * 2 * np.pi / len(DENSE)
    across = n[0] * np.sin(DENSE) + n[1] * np.cos(DENSE)
    cosine = np.maximum(across[:, None] * np.cos(height) + n[2] * np.sin(height), 0.0)
    glass = cover_iam(np.degrees(np.arccos(np.minimum(cosine, 1.0))), SETTINGS.glass)
    rim = np.arctan(np.maximum(tangent, 0.0))
    above = np.mean(np.clip((edge[1:] - rim[..., None]) / (edge[1] - edge[0]), 0, 1), axis=0)
    weight = cosine * solid / np.pi
    sky, rest = (weight * above).sum(), (weight * (1 - above)).sum()
    return float(sky), float((weight * above * glass).sum() / sky), float((weight * (1 - above) * glass).sum() / rest)


def long_way(scene: Scene, face: Face) -> Truth:
    """Shadow rays, solid angles, and the hourly chain of pvlib on what is left."""
    suns = scene.weather.suns(STEP_MIN)
    zenith, azimuth = np.radians(suns.zenith), np.radians(suns.azimuth)
    rows, cols, n = face.rows, face.cols, face.normal.astype(float)
    eye = scene.z[rows, cols].astype(float)
    seen = np.empty((len(rows), len(zenith)), np.bool_)
    reach = REACH_M / scene.cell
    visible(scene.z, rows, cols, eye, np.sin(azimuth), np.cos(azimuth), scene.cell / np.tan(zenith), reach, seen)
    tangent = np.empty((len(rows), len(DENSE)))
    marched_tangent(scene.z, rows, cols, eye, DENSE, scene.cell, reach, tangent)
    band = float(band_share(tangent, np.repeat(n[None, :], len(rows), axis=0), DENSE, BAND_DEG).mean())
    share, sky_through, rest_through = _dome(tangent, n)

    aoi = np.asarray(pvlib.irradiance.aoi(face.tilt, face.azimuth, suns.zenith, suns.azimuth))
    level, upright = components(suns, 0.0, 180.0, MODEL), components(suns, 90.0, suns.azimuth, MODEL)
    around = components(suns, face.tilt, face.azimuth, MODEL)["circumsolar"]
    beam = suns.dni * np.maximum(np.cos(np.radians(aoi)), 0) + around
    lit = beam * seen.mean(axis=0)
    rest = (share * level["isotropic"], band * upright["horizon"], (1 - share) * SETTINGS.albedo * suns.ghi)
    low = diffuse_iam(face.tilt, SETTINGS.glass)["horizon"]
    passed = sum(r * t for r, t in zip(rest, (sky_through, low, rest_through), strict=True))
    light = lit * cover_iam(np.minimum(aoi, 90), SETTINGS.glass) + passed
    poa = lit + sum(rest)
    air, wind = (scene.weather.data[c].to_numpy(float)[suns.interval] for c in ("temp_air", "wind_speed"))
    mount = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]["semi_integrated"]
    cell = pvlib.temperature.pvsyst_cell(poa, air, wind, module_efficiency=SETTINGS.module_efficiency, **mount)
    colour = spectrum(suns.zenith, suns.altitude) if SETTINGS.spectrum == "air-mass" else 1.0
    power = hourly_ac(light * colour, np.asarray(cell), settings=SETTINGS)
    months = np.bincount(suns.month, poa, 12) * suns.hours / 1000
    return Truth(float(power.sum() * suns.hours), months, 1 - float(lit.sum() / beam.sum()))


def short_way(scene: Scene, some: list[Face], irradiation: np.ndarray | None = None) -> np.ndarray:
    """Energy by the engine [kWh/kWp]; with ``irradiation`` given only the step from there to energy is its own."""
    sky = sky_table(scene.weather, model=MODEL, albedo=SETTINGS.albedo, cover=SETTINGS.glass)
    count = len(some)
    rows, cols = np.concatenate([f.rows for f in some]), np.concatenate([f.cols for f in some])
    normal = np.repeat(np.stack([f.normal for f in some]), CELLS, axis=0).astype(np.float32)
    got = shaded_irradiation(sky, normal, Skyline(scene.z, scene.cell, rows, cols, near=16, reach_m=REACH_M))
    mean = [np.asarray(v, float).reshape(count, CELLS, -1).mean(axis=1)
            for v in (got.monthly, got.sky_view, got.sky_through, got.normal_beam)]  # fmt: skip
    monthly, (view, through, facing) = mean[0], (v[:, 0] for v in mean[1:])
    planes = pd.DataFrame({"surface_tilt": [f.tilt for f in some], "surface_azimuth": [f.azimuth for f in some]})
    free = open_irradiation(sky, planes["surface_tilt"].to_numpy(), planes["surface_azimuth"].to_numpy())
    slant = mean_slant(sky, monthly, view, facing) - mean_slant(sky, free.monthly, free.sky_view, free.normal_beam)
    light = Light(monthly if irradiation is None else irradiation, view, through, slant)
    return energy_per_kwp(light, planes.assign(rack=False), sky, scene.weather, SETTINGS).sum(axis=1)


def compare(scene: Scene, most: int) -> np.ndarray:
    """Error of the class step alone and of the whole engine [%], and the direct light lost: shape (3, faces)."""
    some, truths = [], []
    for face in faces(scene):
        truth = long_way(scene, face)
        if truth.lost >= LEAST_LOSS:
            some.append(face)
            truths.append(truth)
        if len(some) == most:
            break
    energy = np.array([t.energy for t in truths])
    step = short_way(scene, some, np.stack([t.irradiation for t in truths]))
    whole = short_way(scene, some)
    return np.stack([100 * (step / energy - 1), 100 * (whole / energy - 1), [t.lost for t in truths]])


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def main() -> None:
    """Print everything."""
    rows, found = [], []
    for scene in (town(), courts(), village()):
        step, whole, lost = compare(scene, FACES[scene.name])
        found.append((step, whole))
        worst = float(abs(step).max())
        shade = f"{100 * lost.mean():.1f}", f"{100 * lost.max():.0f}"
        rows.append([scene.name, len(step), *shade, round(step.mean(), 3), round(_rms(step), 3), round(worst, 2),
                     round(_rms(whole), 3)])  # fmt: skip
    step, whole = (np.concatenate(v) for v in zip(*found, strict=True))
    rows.append(["all", len(step), None, None, round(step.mean(), 3), round(_rms(step), 3), round(abs(step).max(), 2),
                 round(_rms(whole), 3)])  # fmt: skip
    head = ["scene", "faces", "beam lost %", "most %", "bias %", "RMSE %", "worst %", "whole engine RMSE %"]
    table("Energy by orientation class against the full hourly chain, shaded faces", head, rows)
    last_line(class_energy_bias_pct=float(step.mean()), class_energy_rms_pct=_rms(step), energy_rms_pct=_rms(whole))


if __name__ == "__main__":
    main()
