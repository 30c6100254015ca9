"""Four obstacles whose skyline is known in closed form: an endless wall, a square court, a cone, a hemisphere.

``python -m benchmarks.closed_forms`` prints the sky view and the annual beam on a level place against the truth, at
1 m and at 0.25 m. The truth takes the skyline from geometry, integrates cos² over the compass, and asks every sun of
the year at 2-minute steps whether it stands above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.common import last_line, table
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import normals, shaded_irradiation
from guanghui.pv.sun.sky import SkyTable, components, sky_table
from guanghui.pv.sun.weather import Weather

__all__ = ["SHAPES", "Shape", "measure"]

LEVEL = normals(np.zeros(1), np.zeros(1))
HALF_M = 120.0
SUN_STEP_MIN = 2.0


@dataclass(frozen=True)
class Shape:
    """An obstacle around or beside a place on level ground at (0, 0); x is east, y north."""

    name: str
    height: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """Surface at (x, y) [m]."""
    tangent: Callable[[np.ndarray], np.ndarray]
    """Tangent of the skyline over azimuth [rad], for a surface without end."""


def _wall(distance: float, height: float) -> Shape:
    def tangent(azimuth: np.ndarray) -> np.ndarray:
        return np.maximum(-np.cos(azimuth), 0.0) * height / distance

    return Shape("endless wall", lambda _, y: np.where(y <= -distance, height, 0.0), tangent)


def _court(half: float, height: float) -> Shape:
    def tangent(azimuth: np.ndarray) -> np.ndarray:
        return height * np.maximum(abs(np.sin(azimuth)), abs(np.cos(azimuth))) / half

    return Shape("square court", lambda x, y: np.where(np.maximum(abs(x), abs(y)) >= half, height, 0.0), tangent)


def _cone(distance: float, radius: float, height: float) -> Shape:
    """A cone to the south; tangent planes of a cone give T d = H cos φ - √((H d / R)² - H²) |sin φ|."""

    def tangent(azimuth: np.ndarray) -> np.ndarray:
        side = math.sqrt((height * distance / radius) ** 2 - height**2)
        t = (-np.cos(azimuth) * height - np.abs(np.sin(azimuth)) * side) / distance
        return np.maximum(t, 0.0)

    return Shape("cone", lambda x, y: np.maximum(height * (1 - np.hypot(x, y + distance) / radius), 0.0), tangent)


def _hemisphere(distance: float, radius: float) -> Shape:
    """A dome to the south; the ray that grazes the sphere has cos e cos φ = √(1 - R²/d²)."""

    def tangent(azimuth: np.ndarray) -> np.ndarray:
        ahead = -np.cos(azimuth)
        cosine = math.sqrt(1 - (radius / distance) ** 2) / np.maximum(ahead, 1e-9)
        return np.where(cosine < 1, np.sqrt(np.maximum(1 / np.minimum(cosine, 1) ** 2 - 1, 0.0)), 0.0)

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.sqrt(np.maximum(radius**2 - x**2 - (y + distance) ** 2, 0.0))

    return Shape("hemisphere", height, tangent)


SHAPES = (_wall(12.0, 8.0), _court(10.0, 6.0), _cone(14.0, 10.0, 9.0), _hemisphere(14.0, 9.0))


def measure(shape: Shape, cell_m: float, weather: Weather, sky: SkyTable) -> dict[str, float]:
    """Sky view and annual beam by the engine and in closed form.

    Parameters
    ----------
    shape : Shape
        Obstacle.
    cell_m : float
        Cell of the surface model [m].
    weather : Weather
        A year.
    sky : SkyTable
        Table of the same year.
    """
    half = round(HALF_M / cell_m)
    y, x = np.mgrid[half : -half - 1 : -1, -half : half + 1] * cell_m
    middle = np.array([half])
    z = shape.height(x, y).astype(np.float32)
    skyline = Skyline(z, cell_m, middle, middle, near=round(24 / cell_m), reach_m=HALF_M - 1)
    got = shaded_irradiation(sky, LEVEL, skyline)
    view = float(got.sky_view[0])
    azimuth = np.radians((np.arange(36_000) + 0.5) / 100)
    true_view = float(np.mean(1 / (1 + shape.tangent(azimuth) ** 2)))
    beam = got.annual[0] - view * sky.isotropic.sum() - (1 - view) * sky.ground.sum()
    suns = weather.suns(SUN_STEP_MIN)
    seen = np.tan(np.radians(90 - suns.zenith)) > shape.tangent(np.radians(suns.azimuth))
    direct = suns.dni * np.cos(np.radians(suns.zenith)) + components(suns, 0.0, 180.0, sky.model)["circumsolar"]
    true_beam = float((direct * seen).sum() * suns.hours / 1000)
    return {"sky_view": view, "true_sky_view": true_view, "beam": float(beam), "true_beam": true_beam}


def main() -> None:
    """Print everything."""
    from benchmarks.scenes import town

    weather = town().weather
    rows, worst = [], {1.0: 0.0, 0.25: 0.0}
    for steps in (72, 360):
        sky = sky_table(weather, steps=steps, sun_step_min=SUN_STEP_MIN)
        for shape in SHAPES:
            for cell in worst:
                m = measure(shape, cell, weather, sky)
                view = 100 * (m["sky_view"] / m["true_sky_view"] - 1)
                beam = 100 * (m["beam"] / m["true_beam"] - 1)
                rows.append([shape.name, f"{cell:g}", steps, round(m["true_sky_view"], 4), f"{view:+.3f}",
                             round(m["true_beam"], 1), f"{beam:+.3f}"])  # fmt: skip
                if steps == 360:
                    worst[cell] = max(worst[cell], abs(view), abs(beam))
    head = ["obstacle", "cell m", "steps", "sky view", "ours %", "annual beam kWh/m²", "ours %"]
    table("Obstacles with a closed form", head, rows)
    last_line(closed_form_1m_pct=worst[1.0], closed_form_025m_pct=worst[0.25])


if __name__ == "__main__":
    main()
