"""How well roof faces explain roofs: share of area, closure, tilt against the truth, seconds.

``python -m benchmarks.roofs [--picture FILE]``: under a minute on one core.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.common import REAL, best, last_line, table
from geo.grid import Grid
from plan.region import Region, open_region
from pv.assess import open_ground
from pv.cells import RoofCells, push_up
from pv.planes import FaceSet, find_faces

REGIONS = Path(__file__).resolve().parents[1] / "data" / "regions"
WELL_M = 0.25
"""A face explains its cells when their root mean square distance from its plane is below this [m]."""


class Survey:
    """Cells, faces and fit of all roofs of a region, found in one window."""

    def __init__(self, city: Region) -> None:
        buildings = city.buildings
        assert buildings is not None
        self.buildings: gpd.GeoDataFrame = buildings
        self.settings = city.settings.pv
        surface = open_ground(city, buildings).surface
        self.frame = Grid.of(surface)
        self.known = surface.to_numpy().astype(np.float32)
        self.work()

    def work(self) -> None:
        """Everything between outlines and faces, as a batch does it."""
        cell = self.frame.cell[0]
        self.z = self.known.copy()
        self.cells = RoofCells.inside(self.buildings.geometry.to_numpy(), self.frame, self.settings.setback_m)
        self.lod = push_up(self.z, self.cells, self.buildings["height_m"].to_numpy(float), cell)
        c = self.cells
        self.faces: FaceSet = find_faces(
            self.z, c.rows, c.cols, c.building, cell, tolerance_m=self.settings.plane_tolerance_m
        )

    def fit(self) -> pd.DataFrame:
        """One row a building: areas [m²], whether explained, and the tilt of the largest face.

        The error of a face is taken over every cell it holds but its obstacles, those it adopted included; obstacles
        count as not explained.
        """
        faces, area = self.faces, self.cells.ground_m2
        off = self.z[faces.rows, faces.cols] - faces.plane_height()
        own = ~faces.obstacle
        count = len(faces.building)
        square = np.bincount(faces.face[own], off[own] ** 2, count) / np.maximum(
            np.bincount(faces.face[own], minlength=count), 1
        )
        well = own & (np.sqrt(square) < WELL_M)[faces.face]
        n = len(self.buildings)
        owner = self.cells.building
        size = np.bincount(faces.face, area, count)
        order = np.lexsort((-size, faces.building))
        first = order[np.unique(faces.building[order], return_index=True)[1]]
        largest = pd.Series(first, index=faces.building[first]).reindex(range(n))
        there = largest.notna().to_numpy()
        tilt, azimuth = np.full(n, np.nan), np.full(n, np.nan)
        tilt[there] = faces.tilt[largest[there].astype(int)]
        azimuth[there] = faces.azimuth[largest[there].astype(int)]
        return pd.DataFrame(
            {
                "building_id": self.buildings["building_id"].to_numpy(),
                "outline_m2": self.buildings.area.to_numpy(),
                "cells_m2": np.bincount(owner, minlength=n) * self.frame.cell[0] ** 2,
                "faces_m2": np.bincount(owner, area, n),
                "explained_m2": np.bincount(owner, np.where(well, area, 0.0), n),
                "obstacle_m2": np.bincount(owner, np.where(own, 0.0, area), n),
                "square": np.bincount(owner, np.where(own, area * off**2, 0.0), n),
                "faces": np.bincount(faces.building, minlength=n),
                "tilt": tilt,
                "azimuth": azimuth,
                "lod": self.lod,
            }
        )


def _kinds_found(fit: pd.DataFrame) -> np.ndarray:
    """Kind of a roof nobody described, by its largest face and the number of faces."""
    count = np.select([fit["faces"] <= 2, fit["faces"] <= 4, fit["faces"] <= 8], ["1-2", "3-4", "5-8"], "9 and more")
    return np.where(fit["tilt"] < 10, "level, ", "pitched, ") + count.astype(object) + " faces"


def _by_kind(title: str, fit: pd.DataFrame, kind: np.ndarray) -> None:
    rows = []
    groups = [*fit.groupby(kind), ("all", fit)]
    for name, part in groups:
        area = part["outline_m2"].sum()
        rms = np.sqrt(part["square"].sum() / (part["faces_m2"] - part["obstacle_m2"]).sum())
        explained, obstacle, cells, ground = (
            round(100 * part[c].sum() / area, 2) for c in ("explained_m2", "obstacle_m2", "cells_m2", "faces_m2")
        )
        each = round(part["faces"].mean(), 1)
        rows.append([name, len(part), round(area), explained, obstacle, round(rms, 3), each, cells, ground])
    head = ["roofs", "number", "m²", "explained %", "obstacle %", "RMSE m", "faces each", "cells %", "ground %"]
    table(title, head, rows)


def _tilts(fit: pd.DataFrame, truth: pd.DataFrame) -> None:
    """Print tilt and azimuth of the largest face against the demo's truth."""
    rows = []
    both = fit.merge(truth, on="building_id")
    for form, part in both.groupby("form"):
        off = part["tilt"] - np.where(form == "flat", 0.0, part["tilt_deg"])
        turned = np.full(len(part), np.nan)
        if form != "flat":
            ridge = part["ridge_azimuth_deg"].to_numpy()
            turned = np.abs((part["azimuth"].to_numpy() - ridge) % 90.0)
            turned = np.minimum(turned, 90 - turned)
        rows.append(
            [form, len(part), round(off.median(), 2), round(off.abs().quantile(0.9), 2), float(np.median(turned))]
        )
    head = ["form", "number", "tilt off, median °", "90 % within °", "turned off the ridge's axes, median °"]
    table("Largest face against what was built (demo village)", head, rows)


def main() -> None:
    """Print tables and the last line."""
    with tempfile.TemporaryDirectory() as folder:
        from data.demo import build

        region = build(Path(folder), extent="village")
        made = Survey(open_region(region))
        truth = pd.read_parquet(region.parent / "truth.parquet")
    fit = made.fit()
    form = fit.merge(truth, on="building_id", how="left")["form"].fillna("?").to_numpy()
    _by_kind("Demo village, 0.05 m noise, by the form that was built", fit, form)
    _tilts(fit, truth)
    shown, whole = made, fit
    if (REAL / "shotover").is_dir():
        shown = Survey(open_region(REGIONS / "shotover.toml"))
        whole = shown.fit()
        _by_kind("Shotover, lidar at 1 m, by what was found", whole, _kinds_found(whole))
    spent = best(shown.work)
    area = whole["outline_m2"].sum()
    last_line(
        explained_area_pct=float(100 * whole["explained_m2"].sum() / area),
        area_closure_pct=float(100 * (whole["faces_m2"].sum() / area - 1)),
        seconds_per_1000_roofs=1000 * spent.cpu / len(whole),
    )


if __name__ == "__main__":
    main()
