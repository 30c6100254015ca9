"""Roofs without a surface model: the surface of known places withheld, each place told from the others.

``python -m benchmarks.form`` scores; ``python -m benchmarks.form --write`` learns the shipped tables anew. "Truth" is
the survey with the surface, for the roofs that surface shows. Heights are those of the outlines, or of the surface
where these have none; the withheld roofs stand on level ground without trees.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr

from benchmarks.common import REAL, clock, last_line, table
from guanghui import pv
from guanghui.data import data_path
from guanghui.data.demo import build
from guanghui.geo.grid import Grid
from guanghui.plan.inputs.region import Region
from guanghui.pv.assessment.batches import plan_batches, run_batches, site_model
from guanghui.pv.assessment.ground import open_ground
from guanghui.pv.assessment.outlined import Expected, Outlined, common_spread
from guanghui.pv.assessment.survey import _face_frame
from guanghui.pv.roofs.form import FORMS, observed_form, outline_shape
from guanghui.pv.roofs.form_clear import TRACE_SD, with_clear
from guanghui.pv.roofs.form_prior import NODES, STEEP_DEG, FormPrior, cell_names, fitted, size_of
from guanghui.pv.roofs.form_sample import spread_sample
from guanghui.pv.roofs.packing import filled_share
from guanghui.pv.settings import FormSettings

REGIONS = Path(__file__).resolve().parents[1] / "data" / "regions"
SEEN, DRAWS, SEED = 30, 20, 3
TRACE_ALIKE = 0.03
"""Relative error of a person on all roofs alike [1]."""
DEMO_ROOFS = 400
"""Roofs around the middle of each township of the demo city."""
SOURCES = {
    "demo": ("assumed", "made-up roofs of the demo city (data/demo/styles.py), surveyed with their surface"),
    "shotover": ("measured", "LINZ lidar surface and outlines of Shotover, Queenstown, CC BY 4.0, surveyed here"),
    "practice": (
        "assumed",
        "large roofs and those of tall buildings mostly level, small ones pitched; no count seen",
    ),
    "goteborg": ("measured", "UMEP demo surface and outlines of a block of Goteborg, surveyed here"),
}
_Z = float(norm.ppf(0.95))


class Withheld:
    """A region as the survey sees it, without surface and trees, heights as given [m]."""

    def __init__(self, city: Region, buildings: gpd.GeoDataFrame) -> None:
        self._city = city
        self.surface = self.canopy = self.terrain = None
        self.buildings = buildings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._city, name)


@dataclass
class Place:
    """One place: its outlines ready to be drawn, and the truth of the roofs its surface shows."""

    name: str
    outlined: Outlined
    truth: pd.DataFrame
    """``form``, ``tilt``, ``clear`` (share of the plan under blocks of modules), ``kwp``, ``kwh``; on the rows of
    ``outlined``."""
    here: np.ndarray
    """Rows that the surface shows."""
    east: np.ndarray
    """Where each stands [m]."""


def place(name: str, city: Region, ids: Sequence[str] | None = None) -> Place:
    """Survey a place with its surface, and prepare it without."""
    level = city.settings.pv.model_copy(update={"form": FormSettings(assume="level")})
    city.settings = dataclasses.replace(city.settings, pv=level)
    full = pv.survey(city, ids)
    roofs, faces = full.roofs.set_index("building_id"), full.faces
    weight = faces["ground_m2"].groupby(faces["building_id"]).sum()
    seen = (faces["height_m"] * faces["ground_m2"]).groupby(faces["building_id"]).sum() / weight
    buildings = city.buildings
    assert buildings is not None
    measured = (buildings["height_source"] != "assumed").to_numpy()
    height = np.where(measured, buildings["height_m"], buildings["building_id"].map(seen).fillna(5.0))
    plain = buildings.assign(height_m=np.maximum(height, 2.5))
    outlined = prepared(Withheld(city, plain), None if ids is None else set(ids))
    own = plain.iloc[outlined.position]
    shape = outline_shape(own).set_axis(own["building_id"])
    grid = faces.assign(surface_azimuth=faces["surface_azimuth"] - outlined.model.convergence)
    truth = observed_form(grid, shape).join(roofs[["capacity_kwp", "yield_kwh", "lod"]]).reset_index(drop=True)
    truth = truth.rename(columns={"capacity_kwp": "kwp", "yield_kwh": "kwh"})
    truth["clear"] = clear_share(faces, city).reindex(own["building_id"]).to_numpy() / shape["area_m2"].to_numpy()
    here = ((truth["lod"] == "surface") & (truth["form"] != "")).to_numpy()
    return Place(name, outlined, truth, here, own.geometry.representative_point().x.to_numpy())


def clear_share(faces: pd.DataFrame, city: Region) -> pd.Series:
    """Plan area under blocks of modules by building [m²]: what a picture shows is left for them."""
    blocks = faces["usable_m2"] * filled_share(faces["usable_m2"].to_numpy(float), city.settings.pv)
    return (blocks * np.cos(np.radians(faces["surface_tilt"]))).groupby(faces["building_id"]).sum()


def prepared(city: Any, ids: set[str] | None) -> Outlined:
    """Outlines of a region without a surface."""
    buildings = city.buildings
    ground = open_ground(city, buildings)
    model = site_model(city.weather, city.settings.pv, city.crs, city.middle_deg)
    wanted = np.arange(len(buildings)) if ids is None else np.flatnonzero(buildings["building_id"].isin(ids))
    batches = plan_batches(buildings, Grid.of(ground.surface), city.settings.pv)
    batches = [b for b in batches if np.isin(b.index, wanted).any()]
    drawn = np.ones(len(buildings), bool)
    _, outlined = _face_frame(run_batches(ground, model, batches), model, city.weather, wanted, drawn, buildings)
    assert outlined is not None
    return outlined


# --- learning
def learned(places: Sequence[Place]) -> dict[str, pd.DataFrame]:
    """The four tables of :func:`pv.roofs.form_prior.fitted`."""
    mix, tilt, keep, rest = [], [], [], []
    for p in places:
        shape, truth = p.outlined.shape[p.here], p.truth[p.here]
        cells = pd.DataFrame({"place": p.name, "building_class": shape["building_class"].to_numpy(),
                              "outline": cell_names(shape)[2], "form": truth["form"].to_numpy()})  # fmt: skip
        mix.append(cells.groupby(list(cells.columns)).size().rename("roofs").reset_index())
        size = size_of(p.outlined.shape["area_m2"].to_numpy())
        for form in FORMS:
            own = p.here & (p.truth["form"] == form).to_numpy()
            if not own.any():
                continue
            steep = p.truth.loc[own, "tilt"].dropna()
            if len(steep):
                low, middle, high = np.quantile(steep, [1 / 6, 1 / 2, 5 / 6])
                tilt.append({"place": p.name, "form": form, "low_deg": low, "middle_deg": middle, "high_deg": high,
                             "roofs": len(steep)})  # fmt: skip
            drawn = p.outlined.draw(form, p.truth["tilt"].fillna(0.0).to_numpy() if form != "flat" else 0.0)
            kwp, kwh = p.truth["kwp"].to_numpy(), p.truth["kwh"].to_numpy()
            steepness = (p.truth["tilt"].fillna(0.0) > STEEP_DEG).to_numpy(int)
            each = pd.DataFrame({"size": size, "steep": steepness, "roofs": 1, "drawn_kwp": drawn.capacity,
                                 "kept_kwp": kwp, "drawn_kwh": drawn.energy, "kept_kwh": kwh})[own]  # fmt: skip
            keep.append(each.groupby(["size", "steep"]).sum().reset_index().assign(place=p.name, form=form))
            for number in np.unique(size[own]):
                here = own & (size == number) & (drawn.energy > 0)
                if here.sum() >= 8:
                    ratio = kwh[here] / drawn.energy[here] * (drawn.energy[here].sum() / kwh[here].sum())
                    values = np.quantile(np.clip(ratio, 0, 3), NODES)
                    rest.append({"place": p.name, "form": form, "size": number, "roofs": int(here.sum()),
                                 **{f"q{k + 1:02d}": v for k, v in enumerate(values)}})  # fmt: skip
    sums = pd.concat(keep, ignore_index=True)
    heads = ["place", "form"]
    found = {"mix": pd.concat([*mix, common()]), "tilt": pd.DataFrame(tilt),
             "keep": sums[heads + [c for c in sums if c not in heads]], "rest": pd.DataFrame(rest)}  # fmt: skip
    for frame in found.values():
        frame["mark"] = frame["place"].map(lambda p: SOURCES[p][0])
        frame["source"] = frame["place"].map(lambda p: SOURCES[p][1])
    return found


def common() -> pd.DataFrame:
    """Forms by size and height as common practice has them, as if 300 roofs had been counted (assumed)."""
    rows = []
    for size, tall, long, rect in product(range(6), (0, 1), range(3), (0, 1)):
        flat = 0.9 if size >= 4 or tall else (0.35, 0.35, 0.45, 0.65)[size]
        shares = {"flat": flat, "gable": 0.55 * (1 - flat), "hip": 0.35 * (1 - flat), "shed": 0.10 * (1 - flat)}
        cell = {"place": "practice", "building_class": "other", "outline": f"{size}.{long}.{rect}.{tall}"}
        rows += [{**cell, "form": form, "roofs": round(share * 300 / 72, 3)} for form, share in shares.items()]
    return pd.DataFrame(rows)


def prior_of(places: Sequence[Place]) -> FormPrior:
    """Prior of some places."""
    t = learned(places)
    return fitted(t["mix"], t["tilt"], t["keep"], t["rest"])


def write(places: Sequence[Place]) -> None:
    """Write the shipped tables."""
    units = {"mix": "roofs", "tilt": "°", "keep": "kWp and kWh", "rest": "1"}
    about = {
        "mix": "Roofs by form, building class and kind of outline: size.length.rectangularity.height of its cell.",
        "tilt": "Tilt of pitched roofs by form: sixth, half and five sixths of the roofs.",
        "keep": "What real roofs keep of clean ones drawn on their outlines; size from 0, steep 1: over 30 degrees.",
        "rest": "Quantiles (1/22, 3/22 ... 21/22) of the energy single roofs keep over their place, form and size.",
    }
    for name, frame in learned(places).items():
        frame = frame.assign(unit=units[name], year=2026)
        path = data_path("factors") / f"roof_form_{name}.csv"
        text = frame.round(4).to_csv(index=False, lineterminator="\n")
        path.write_text(f"# {about[name]} Written by benchmarks.form.\n{text}", encoding="utf-8")


# --- scores
def expected(
    p: Place, prior: FormPrior, looked: np.ndarray | None = None, clear: np.ndarray | None = None
) -> tuple[Expected, float]:
    """What a prior says of a place, some rows of which somebody looked at, ``clear`` being the shares told of them."""
    known = pd.DataFrame({"form": "", "tilt": np.nan, "clear": np.nan}, index=range(len(p.truth)))
    seen = None
    if looked is not None:
        known.loc[looked, ["form", "tilt"]] = p.truth.loc[looked, ["form", "tilt"]]
        known["form"] = known["form"].fillna("")
        seen = p.outlined.shape.iloc[looked].join(known.loc[looked])
        prior = prior.here(seen)
    if clear is not None:
        known.loc[looked, "clear"] = clear
        prior = with_clear(prior, p.outlined.told_clear(prior, known))
    found = p.outlined.expect(prior, known, seen)
    return found, common_spread([found], prior, 0 if looked is None else len(looked))


def told(p: Place, looked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shares traced on a picture: each off by ``TRACE_SD``, all alike by ``TRACE_ALIKE``."""
    true = p.truth["clear"].to_numpy()[looked]
    seen = true * (1.0 + TRACE_ALIKE * rng.standard_normal()) + TRACE_SD * rng.standard_normal(len(looked))
    return np.clip(np.round(seen, 2), 0.0, 1.0)


def scores(p: Place, found: Expected, common: float) -> dict[str, float]:
    """Errors [%] of the place and of its roofs, ranks, and how often the 90 % interval holds the truth."""
    t, x = p.truth[p.here], found.table[p.here]
    kwh, kwp = found.months.sum(axis=1)[p.here], x["capacity_kwp"].to_numpy()
    true, true_kwp = t["kwh"].to_numpy(), t["kwp"].to_numpy()
    total, total_true = kwh.sum(), true.sum()
    both = (kwp > 0) & (true_kwp > 0)
    specific = (kwh[both] / kwp[both]) / (true[both] / true_kwp[both]) - 1
    low = kwh - np.hypot(kwh * (1 - x["form_low"]), _Z * common * kwh)
    high = kwh + np.hypot(kwh * (x["form_high"] - 1), _Z * common * kwh)
    low = np.where(x["form_low"] <= 0, 0.0, low)
    sd = np.sqrt((common * total) ** 2 + ((x["form_sd"] * kwh) ** 2).sum())
    level = p.outlined.flat
    return {
        "energy": 100 * (total / total_true - 1), "capacity": 100 * (kwp.sum() / true_kwp.sum() - 1),
        "level": 100 * (level.energy[p.here].sum() / total_true - 1), "roof": 100 * float(specific.mean()),
        "rank": float(spearmanr(kwh, true)[0]), "rank_level": float(spearmanr(level.energy[p.here], true)[0]),
        "covered": 100 * float(((true >= low - 1e-6) & (true <= high + 1e-6)).mean()), "common": 100 * common,
        "inside": float(abs(total - total_true) <= _Z * sd),
    }  # fmt: skip


def score(p: Place, others: Sequence[Place], seen: int = SEEN, draws: int = DRAWS) -> list[dict[str, Any]]:
    """Blind, and with some roofs looked at, drawn as ``guanghui sample`` does."""
    prior = prior_of(others)
    rows = [{"place": p.name, "model": "blind", **scores(p, *expected(p, prior))}]
    rng = np.random.default_rng(SEED)
    rows_here = np.flatnonzero(p.here)
    shape, found, with_share = p.outlined.shape.iloc[rows_here], [], []
    for _ in range(draws):
        count = min(seen, int(0.7 * len(rows_here)))
        looked = rows_here[spread_sample(shape, p.east[rows_here], count, rng.random())]
        found.append(scores(p, *expected(p, prior, looked)))
        with_share.append(scores(p, *expected(p, prior, looked, told(p, looked, rng))))
    for what, of in (("looked at", found), ("looked at, with share", with_share)):
        frame = pd.DataFrame(of)
        mean = {**frame.mean().to_dict(), "energy_sd": frame["energy"].std()}
        rows.append({"place": p.name, "model": f"{len(looked)} {what}", **mean})
    known = np.flatnonzero(p.here)
    rows.append({"place": p.name, "model": "every form known", **scores(p, *expected(p, prior, known))})
    return rows


def places(folder: Path) -> list[Place]:
    """The demo city, and the lidar places where they are at hand."""
    city = Region(build(folder / "city"))
    buildings, ids = city.buildings, []
    assert buildings is not None
    for _, town in buildings.groupby("township_code"):
        middle = town.geometry.representative_point()
        away = np.hypot(middle.x - middle.x.median(), middle.y - middle.y.median())
        ids += town["building_id"].to_numpy()[np.argsort(away.to_numpy(), kind="stable")[:DEMO_ROOFS]].tolist()
    out = [place("demo", city, ids)]
    if REAL.is_dir():
        out += [place(name, Region(REGIONS / f"{name}.toml")) for name in ("shotover", "goteborg")]
    return out


def main(argv: Sequence[str]) -> None:
    """Learn or score."""
    with tempfile.TemporaryDirectory() as folder, clock() as spent:
        known = places(Path(folder))
        if "--write" in argv:
            write(known)
        rows = [row for p in known for row in score(p, [o for o in known if o is not p] or [p])]
    heads = ("place", "model", "energy", "energy_sd", "capacity", "roof", "level", "rank", "rank_level", "covered",
             "common", "inside")  # fmt: skip
    table("Surface withheld, told from the other places [%]", heads, [[r.get(h) for h in heads] for r in rows])
    print(f"\n  {spent.cpu:.0f} CPU s")
    blind, looked, shares = ([r for r in rows if r["model"].endswith(key)] for key in ("blind", "looked at", "share"))
    worst = max(r["energy"] for r in blind), min(r["energy"] for r in blind)
    both = (*blind, *looked, *shares)
    last_line(
        energy_bias_blind_pct=max(worst, key=abs),
        energy_bias_30_pct=max((r["energy"] for r in looked), key=abs),
        energy_bias_30_traced_pct=max((r["energy"] for r in shares), key=abs),
        roof_bias_30_pct=max((r["roof"] for r in (*looked, *shares)), key=abs),
        interval_coverage_pct=max((r["covered"] for r in both), key=lambda c: abs(c - 90.0)),
        inside_interval=all(r["inside"] > 0.5 for r in both),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
