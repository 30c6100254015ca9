"""How well roof faces explain roofs: share of area, closure, tilt against the truth, seconds.

``python -m benchmarks.roofs [--picture FILE]``: a minute on one core.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import geopandas as gpd
import matplotlib
import numpy as np
import pandas as pd

from benchmarks.common import REAL, best, last_line, table
from guanghui import pv
from guanghui.geo.grid import Grid
from guanghui.plan.inputs.region import Region, open_region
from guanghui.pv.assessment.survey import open_ground
from guanghui.pv.roofs.cells import RoofCells, push_up
from guanghui.pv.roofs.packing import filled_share
from guanghui.pv.roofs.planes import FaceSet, find_faces
from guanghui.pv.settings import PvSettings

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
        self.lod, _ = push_up(self.z, self.cells, self.buildings["height_m"].to_numpy(float), cell)
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


def _packing(title: str, found: pv.Survey, settings: PvSettings) -> None:
    """Print what share of the usable area real modules fill, against the constant and the share by size of face."""
    assert found.modules is not None
    laid = found.modules.groupby(["building_id", "face"])["area_m2"].sum().rename("laid_m2").reset_index()
    faces = found.faces.merge(laid, how="left", on=["building_id", "face"])
    used = faces[faces["usable_m2"] > 0].fillna({"laid_m2": 0.0})
    usable, packing = used["usable_m2"].to_numpy(), settings.packing
    fillable = used["modules_m2"] / filled_share(usable, settings)
    by_size = fillable * filled_share(usable, PvSettings(packing_model="size"))
    edges = [0, 20, 50, 100, 300, 1000]
    size = np.searchsorted(edges, used["usable_m2"]) - 1
    kind = np.where(used["rack"], "level", "pitched")
    rows = []
    groups = [*used.groupby(kind), *used.groupby([kind, size], sort=False), ("all", used)]
    for name, part in sorted(groups, key=lambda g: str(g[0])):
        label = name if isinstance(name, str) else f"{name[0]}, usable over {edges[name[1]]} m²"
        share = part["laid_m2"] / fillable[part.index]
        whole = part["laid_m2"].sum() / fillable[part.index].sum()
        fitted = by_size[part.index].sum() / part["laid_m2"].sum()
        constant = packing / whole
        rows.append([label, len(part), round(part["usable_m2"].sum()), *(round(v, 3) for v in (
            whole, share.median(), constant, fitted))])  # fmt: skip
    head = ["faces", "number", "usable m²", "filled", "median face", "constant / laid", "by size / laid"]
    table(f"{title}: modules laid / area they could fill (constant: {packing:g})", head, rows)


def _closure(found: pv.Survey) -> float:
    """Ground area of the polygons of all faces against the outlines [%], the worst building last."""
    traced = found.faces.set_geometry("geometry").area.groupby(found.faces["building_id"]).sum()
    outlines = found.roofs.set_index("building_id").area
    worst = (traced / outlines - 1).abs().max()
    whole = 100 * (traced.sum() / outlines.sum() - 1)
    print(f"\nFace polygons against outlines: {whole:+.4f} % of area, worst building {100 * worst:.4f} %")
    return float(whole)


def draw(path: Path, shown: Survey, found: pv.Survey, count: int = 10) -> None:
    """Draw roofs with faces, tilts and modules on the shaded surface."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    roofs = found.roofs
    kinds = roofs[roofs["capacity_kwp"] > 0].sort_values(["faces", "footprint_m2"])
    chosen = kinds.iloc[np.linspace(0, len(kinds) - 1, count).astype(int)]
    figure, axes = plt.subplots(2, (count + 1) // 2, figsize=(26, 12), layout="constrained")
    light = np.gradient(shown.known, shown.frame.cell[0])
    shade = np.clip(0.6 - 0.25 * light[1] - 0.25 * light[0], 0, 1)
    t = shown.frame.transform
    for axis, roof in zip(axes.ravel(), chosen.itertuples(), strict=False):
        west, south, east, north = roof.geometry.buffer(4).bounds
        c0, c1 = int((west - t.c) / t.a), int((east - t.c) / t.a) + 1
        r0, r1 = int((north - t.f) / t.e), int((south - t.f) / t.e) + 1
        box = (t.c + c0 * t.a, t.c + c1 * t.a, t.f + r1 * t.e, t.f + r0 * t.e)
        axis.imshow(shade[r0:r1, c0:c1], cmap="gray", extent=box, vmin=0, vmax=1.2)
        faces = found.faces[found.faces["building_id"] == roof.building_id]
        colour = plt.get_cmap("hsv")(faces["surface_azimuth"].to_numpy() / 360)
        colour[faces["surface_tilt"].to_numpy() < 10] = (0.85, 0.85, 0.85, 1)
        faces.plot(ax=axis, color=colour, alpha=0.45, edgecolor="black", linewidth=0.8)
        modules = found.modules[found.modules["building_id"] == roof.building_id]
        if len(modules):
            modules.plot(ax=axis, color="#1b2a49", edgecolor="white", linewidth=0.4)
        gpd.GeoSeries([roof.geometry]).boundary.plot(ax=axis, color="red", linewidth=1)
        for face in faces[faces["area_m2"] > 12].itertuples():
            at = face.geometry.representative_point()
            words = f"{face.surface_tilt:.0f}°" + (f" → {face.surface_azimuth:.0f}°" if face.surface_tilt > 5 else "")
            axis.annotate(words, (at.x, at.y), ha="center", fontsize=8, bbox={"fc": "white", "alpha": 0.7, "pad": 1})
        axis.set(xlim=box[:2], ylim=box[2:], xticks=[], yticks=[])
        axis.set_title(f"{roof.building_id}: {roof.faces} faces, {len(modules)} modules, "
                       f"{roof.capacity_kwp:.0f} kWp by area", fontsize=9)  # fmt: skip
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main() -> None:
    """Print tables and the last line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--picture", type=Path, help="draw ten roofs of the last scene into this file")
    picture = asked.parse_args().picture
    with tempfile.TemporaryDirectory() as folder:
        from guanghui.data.demo import build

        region = build(Path(folder), extent="village")
        city = open_region(region)
        made = Survey(city)
        truth = pd.read_parquet(region.parent / "truth.parquet")
        details = pv.survey(city, detail="modules")
    fit = made.fit()
    form = fit.merge(truth, on="building_id", how="left")["form"].fillna("?").to_numpy()
    _by_kind("Demo village, 0.05 m noise, by the form that was built", fit, form)
    _tilts(fit, truth)
    _packing("Demo village", details, made.settings)
    shown, whole = made, fit
    if (REAL / "shotover").is_dir():
        city = open_region(REGIONS / "shotover.toml")
        shown = Survey(city)
        whole = shown.fit()
        _by_kind("Shotover, lidar at 1 m, by what was found", whole, _kinds_found(whole))
        details = pv.survey(city, detail="modules")
        _packing("Shotover", details, shown.settings)
    print("\nOutlines beside the surface (east, north, ±) [m]:", details.roofs.attrs.get("outline_offset_m"))
    closure = _closure(details)
    if picture is not None:
        draw(picture, shown, details)
    spent = best(shown.work)
    area = whole["outline_m2"].sum()
    last_line(
        explained_area_pct=float(100 * whole["explained_m2"].sum() / area),
        area_closure_pct=closure,
        seconds_per_1000_roofs=1000 * spent.cpu / len(whole),
    )


if __name__ == "__main__":
    main()
