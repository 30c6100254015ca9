"""Roofs that no surface model shows: drawn on their outline in every form they may have, and what is to be expected.

The level survey of the outlines pushed up to their height tells the shade of the neighbours. A roof of each form is
drawn on the outline (:mod:`pv.roofs.slopes`), its slopes see the same shade, and the settings decide about every slope
as about a face. What a roof may be expected to give is the mean over forms and tilts of :mod:`pv.roofs.form_prior`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from guanghui.pv.assessment.task import SiteModel
from guanghui.pv.roofs.form import FORMS, outline_shape
from guanghui.pv.roofs.form_clear import own_share
from guanghui.pv.roofs.form_prior import NODES, PLACE, FormPrior, size_of
from guanghui.pv.roofs.mounts import flush_roofs
from guanghui.pv.roofs.packing import filled_share
from guanghui.pv.roofs.slopes import slopes
from guanghui.pv.shade.irradiation import normals, open_irradiation, shaded_irradiation

__all__ = ["SHEET_TILT_DEG", "Drawn", "Expected", "Outlined", "common_spread"]

Energy = Callable[[pd.DataFrame, np.ndarray], np.ndarray]
"""Faces and their irradiation by month [kWh/m²] -> energy by month [kWh], shape (n, 12)."""
SHEET_TILT_DEG = 5.7
"""Tilt of the halves of a sheet roof that nobody has seen: one in ten (assumed; built 5 to 10 %)."""


@dataclass(frozen=True)
class Drawn:
    """Clean roofs of one form, one row a roof."""

    area: np.ndarray
    """True area of the roof [m²]."""
    usable: np.ndarray
    modules: np.ndarray
    blocks: np.ndarray
    """Plan area of the blocks modules stand in, gaps between rows counted [m²]."""
    capacity: np.ndarray
    """[kWp]."""
    months: np.ndarray
    """Energy [kWh], shape (n, 12)."""
    light: np.ndarray
    """Capacity times irradiation of the modules [kWp·kWh/m²]."""
    open_light: np.ndarray
    """The same with nothing around them."""

    @property
    def energy(self) -> np.ndarray:
        """Of the year [kWh]."""
        return np.asarray(self.months.sum(axis=1))


@dataclass
class Outlined:
    """Outlines of one weather, ready to be drawn."""

    position: np.ndarray
    """Of each roof among the region's buildings."""
    shape: pd.DataFrame
    flat: Drawn
    dim: np.ndarray
    """Light left by what stands around, by month [1], shape (n, 12)."""
    dim_view: np.ndarray
    """Sky left by it [1]."""
    free: np.ndarray
    """Area inside the setback that is bright enough [m²]."""
    faces: Mapping[str, pd.DataFrame]
    model: SiteModel
    energy: Energy
    sheet: np.ndarray
    """Roofs of sheet steel, whose modules lie flush: built as two halves where they are called flat, bool."""
    _known: dict[tuple[str, float], Drawn] = field(default_factory=dict)

    @classmethod
    def of(cls, level: pd.DataFrame, months: np.ndarray, buildings: gpd.GeoDataFrame, model: SiteModel, energy: Energy
           ) -> Outlined:  # fmt: skip
        """Prepare the roofs of a level survey.

        Parameters
        ----------
        level : pandas.DataFrame
            Level faces as batches find them, ``building`` being the position in ``buildings``.
        months : numpy.ndarray
            Irradiation of their modules [kWh/m²], shape (f, 12).
        buildings : geopandas.GeoDataFrame
            All outlines of the region.
        model : SiteModel
            Sky and settings.
        energy : callable
            Energy of faces.
        """
        position, number = np.unique(level["building"].to_numpy(int), return_inverse=True)
        own, count = buildings.iloc[position], len(position)

        def total(values: np.ndarray | pd.Series) -> np.ndarray:
            return np.bincount(number, np.asarray(values, float), count)

        capacity, usable = level["capacity_kwp"].to_numpy(float), level["usable_m2"].to_numpy(float)
        kwh = energy(level, months)
        unshaded, view = _open_rows(level, model)
        lit, could = (np.stack([total(capacity * m) for m in a.T], axis=1) for a in (months, unshaded))
        seen, whole = total(capacity * level["sky_view"]), total(capacity * view)
        flat = Drawn(
            total(level["area_m2"]), total(usable), total(level["modules_m2"]),
            total(usable * filled_share(usable, model.settings)), total(capacity),
            np.stack([total(m) for m in kwh.T], axis=1), lit.sum(axis=1), could.sum(axis=1),
        )  # fmt: skip
        shapes = own.geometry.to_numpy()
        free = np.minimum(flat.usable, shapely.area(shapes))
        drawn = {form: slopes(shapes, form) for form in ("gable", "hip")}
        settings = model.settings
        sheet = flush_roofs(own, settings) & (settings.preset != "flush")
        return cls(
            position, outline_shape(own).reset_index(drop=True), flat, np.clip(_ratio(lit, could), 0.0, 1.0),
            np.clip(_ratio(seen, whole), 0.0, 1.0), free, drawn, model, energy, sheet,
        )  # fmt: skip

    def draw(self, form: str, tilt: np.ndarray | float) -> Drawn:
        """Clean roofs of a form.

        Parameters
        ----------
        form : str
            One of ``FORMS``.
        tilt : float or numpy.ndarray
            Of the slopes [°], one for all or one a roof; flat roofs have none, but those of sheet steel are two halves
            of ``SHEET_TILT_DEG`` that look to the long sides.
        """
        if form == "flat":
            if not self.sheet.any():
                return self.flat
            key = ("flat", 0.0)
            if key not in self._known:
                self._known[key] = _instead(self.flat, self.draw("gable", SHEET_TILT_DEG), self.sheet)
            return self._known[key]
        if np.ndim(tilt) == 0:
            key = (form, float(tilt))
            if key not in self._known:
                self._known[key] = self._draw(form, np.full(len(self.position), float(tilt)))
            return self._known[key]
        return self._draw(form, np.asarray(tilt, float))

    def _draw(self, form: str, tilt: np.ndarray) -> Drawn:
        settings, count = self.model.settings, len(self.position)
        if form == "shed":  # looks one way, nobody knows which: half of each
            roof = np.repeat(np.arange(count), 2)
            azimuth = (self.shape["ridge_deg"].to_numpy()[roof] + np.tile([90.0, -90.0], count)) % 360.0
            share, part = np.ones(2 * count), 0.5
        else:
            rows = self.faces[form]
            roof, azimuth = rows["roof"].to_numpy(int), rows["azimuth"].to_numpy(float)
            share, part = rows["share"].to_numpy(float), 1.0
        azimuth = np.round(azimuth) % 360.0
        slope = tilt[roof]
        cosine = np.cos(np.radians(slope))
        poa, view, through = _planes(self.model, np.round(slope), azimuth)
        months = poa * self.dim[roof]
        usable = self.free[roof] * share / cosine
        bright = months.sum(axis=1) >= settings.min_sun_share * self.model.table.ghi.sum()
        usable[~bright | (usable < settings.min_patch_m2) | (slope > settings.max_tilt)] = 0.0
        usable *= part
        modules = usable * filled_share(usable / part, settings)
        capacity = modules * settings.module_w_m2 / 1000.0
        dim = self.dim_view[roof]
        faces = pd.DataFrame(
            {"module_tilt": slope, "module_azimuth": (azimuth + self.model.convergence) % 360.0, "rack": False,
             "capacity_kwp": capacity, "sky_view": view * dim, "sky_through": through * dim, "slant": 0.0}
        )  # fmt: skip
        if self.model.rows.per_pitch == 2:
            faces = faces.assign(back_poa=list(months), **{f"back_{c}": faces[c] for c in _LIGHT})
        kwh = self.energy(faces, months)

        def total(values: np.ndarray) -> np.ndarray:
            return np.bincount(roof, values, count)

        area = total(self.shape["area_m2"].to_numpy()[roof] * share * part / cosine)
        return Drawn(
            area, total(usable), total(modules), total(modules * cosine), total(capacity),
            np.stack([total(m) for m in kwh.T], axis=1),
            total(capacity * months.sum(axis=1)), total(capacity * poa.sum(axis=1)),
        )  # fmt: skip

    def told_clear(self, prior: FormPrior, known: pd.DataFrame) -> pd.DataFrame:
        """Roofs of which somebody told the share modules can cover, beside the share that is expected.

        Parameters
        ----------
        prior : FormPrior
            What a form keeps, and its tilt where none is known.
        known : pandas.DataFrame
            From :func:`pv.roofs.form.known_forms`, on the rows of the outlines.

        Returns
        -------
        pandas.DataFrame
            As :func:`pv.roofs.form_clear.with_clear` wants them.
        """
        area, form = self.shape["area_m2"].to_numpy(float), known["form"].to_numpy(object)
        clear, tilt = known["clear"].to_numpy(float), known["tilt"].to_numpy(float)
        expected = np.zeros(len(area))
        for name in FORMS:
            own = np.isfinite(clear) & (form == name)
            if own.any():
                middle = prior.tilt[name][len(prior.tilt[name]) // 2]
                slope = np.where(own & np.isfinite(tilt), tilt, middle)
                share = self.draw(name, slope if name != "flat" else 0.0).blocks * prior.kept(name, area, slope)[0]
                expected[own] = _ratio(share, area)[own]
        table = pd.DataFrame({"form": form, "area_m2": area, "clear": clear, "expected": expected})
        return table[np.isfinite(clear) & (form != "")]

    def expect(
        self, prior: FormPrior, known: pd.DataFrame, seen: pd.DataFrame | None = None,
        shares: Mapping[str, Mapping[str, float]] | None = None,
    ) -> Expected:  # fmt: skip
        """What the roofs may be expected to give.

        Parameters
        ----------
        prior : FormPrior
            Mix, tilts and what is kept, after :meth:`pv.roofs.form_prior.FormPrior.here` and
            :func:`pv.roofs.form_clear.with_clear`.
        known : pandas.DataFrame
            ``form`` (blank where unknown), ``tilt`` [°] and ``clear`` [1] of each roof, from
            :func:`pv.roofs.form.known_forms`.
        seen, shares
            As in :meth:`pv.roofs.form_prior.FormPrior.mix`.
        """
        form, count = known["form"].to_numpy(object), len(self.position)
        p = prior.mix(self.shape, seen, shares)
        certain = form != ""
        p[certain] = form[certain, None] == np.array(FORMS, object)[None, :]
        area = self.shape["area_m2"].to_numpy(float)
        size = size_of(area)
        sums = [np.zeros(count) for _ in range(6)]
        months, by_form = np.zeros((count, 12)), np.zeros((count, len(FORMS)))
        points, weights = [], []
        own_tilt = known["tilt"].to_numpy(float)
        for k, name in enumerate(FORMS):
            if not p[:, k].any():
                continue
            told = certain & (form == name) & np.isfinite(own_tilt) & (name != "flat")
            exact = (
                self.draw(name, np.where(told, own_tilt, prior.tilt[name][len(prior.tilt[name]) // 2]))
                if told.any()
                else None
            )
            for tilt in prior.tilt[name]:
                drawn = self.draw(name, tilt)
                if exact is not None:
                    drawn = _instead(drawn, exact, told)
                keep_kwp, keep_kwh = prior.kept(name, area, np.where(told, own_tilt, tilt))
                clear = np.where(form == name, known["clear"].to_numpy(float), np.nan)
                own, left = own_share(prior, name, area, clear, _ratio(drawn.blocks * keep_kwp, area))
                keep_kwp, keep_kwh = keep_kwp * own, keep_kwh * own
                w = p[:, k] / len(prior.tilt[name])
                for total, values in zip(sums, (drawn.area, drawn.usable, drawn.modules, drawn.capacity), strict=False):
                    total += w * values * (1.0 if values is drawn.area else keep_kwp)
                sums[4] += w * keep_kwh * drawn.light
                sums[5] += w * keep_kwp * drawn.open_light
                months += (w * keep_kwh)[:, None] * drawn.months
                by_form[:, k] += keep_kwh * drawn.energy / len(prior.tilt[name])
                points.append((keep_kwh * drawn.energy)[:, None] * (1.0 + (prior.rest[k][size] - 1.0) * left[:, None]))
                weights.append(np.repeat(w[:, None] / len(NODES), len(NODES), axis=1))
        return _expected(self, p, sums, months, by_form, np.hstack(points), np.hstack(weights))


_LIGHT = ("sky_view", "sky_through", "slant")


@dataclass(frozen=True)
class Expected:
    """Expected figures of roofs whose form is known or assumed; one row a roof."""

    table: pd.DataFrame
    """``building`` and the columns of a face, ``form_flat`` … their probabilities [1], ``form_sd`` relative to the
    energy [1], ``form_low``, ``form_high`` (5 and 95 % of what the roof may give, over what is expected) [1]."""
    months: np.ndarray
    """Energy [kWh], shape (n, 12)."""
    by_form: np.ndarray
    """Energy of each roof were it of that form [kWh], shape (n, forms)."""
    p: np.ndarray


def _expected(
    roofs: Outlined, p: np.ndarray, sums: list[np.ndarray], months: np.ndarray, by_form: np.ndarray,
    points: np.ndarray, weights: np.ndarray,
) -> Expected:  # fmt: skip
    area, usable, modules, capacity, light, open_light = sums
    order = np.argsort(points, axis=1)
    x = np.take_along_axis(points, order, 1)
    w = np.take_along_axis(weights, order, 1)
    reached = np.cumsum(w, axis=1)
    low, high = (np.take_along_axis(x, (reached >= q - 1e-9).argmax(axis=1)[:, None], 1)[:, 0] for q in (0.05, 0.95))
    mean = (x * w).sum(axis=1)
    sd = np.sqrt(np.maximum((x**2 * w).sum(axis=1) - mean**2, 0.0))
    energy = months.sum(axis=1)
    table = pd.DataFrame(
        {
            "building": roofs.position, "area_m2": area, "usable_m2": usable, "modules_m2": modules,
            "capacity_kwp": capacity, "poa_kwh_m2": _ratio(light, capacity), "open_poa": _ratio(open_light, capacity),
            **{f"form_{f}": p[:, k] for k, f in enumerate(FORMS)},
            "form_sd": _ratio(sd, energy), "form_low": _ratio(low, energy), "form_high": _ratio(high, energy),
        }
    )  # fmt: skip
    return Expected(table, months, by_form, p)


def _instead(drawn: Drawn, exact: Drawn, where: np.ndarray) -> Drawn:
    """Some roofs of one drawing in the place of those of another."""
    return Drawn(*(np.where(where if a.ndim == 1 else where[:, None], b, a) for a, b in (
        (getattr(drawn, n), getattr(exact, n)) for n in Drawn.__dataclass_fields__)))  # fmt: skip


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def _open_rows(level: pd.DataFrame, model: SiteModel) -> tuple[np.ndarray, np.ndarray]:
    """Light by month and sky of modules on level roofs with nothing around but their own rows."""
    tilt, azimuth = level["module_tilt"].to_numpy(float), level["module_azimuth"].to_numpy(float) - model.convergence
    rack = level["rack"].to_numpy(bool)
    kinds, which = np.unique(
        np.column_stack([np.round(tilt, 1), np.round(azimuth, 1), rack]), axis=0, return_inverse=True
    )
    which = which.ravel()
    toward = np.radians(kinds[:, 1])
    ahead = np.where(kinds[:, 2] > 0, np.tan(np.radians(model.rows.masking_deg)), 0.0)
    fence = (ahead[:, None] * np.column_stack([np.sin(toward), np.cos(toward)])).astype(np.float32)
    got = shaded_irradiation(model.table, normals(kinds[:, 0], kinds[:, 1]), None, fence=fence)
    return got.monthly.astype(float)[which], got.sky_view.astype(float)[which]


def _planes(model: SiteModel, tilt: np.ndarray, azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Light by month, sky, and sky behind glass of open planes; each kind of plane once."""
    kinds, which = np.unique(np.column_stack([tilt, azimuth]), axis=0, return_inverse=True)
    got = open_irradiation(model.table, kinds[:, 0], kinds[:, 1])
    which = which.ravel()
    return tuple(np.asarray(a, float)[which] for a in (got.monthly, got.sky_view, got.sky_through))  # type: ignore[return-value]


def common_spread(found: list[Expected], prior: FormPrior, looked: int) -> float:
    """Relative standard deviation that all roofs of assumed form share [1].

    Parameters
    ----------
    found : list of Expected
        Roofs of the region.
    prior : FormPrior
        Behind them.
    looked : int
        Roofs of the region whose form is known.

    Notes
    -----
    Mix: shares of forms are Dirichlet with ``PLACE + looked`` roofs behind them, so ``Σ s (e - ē)² / (n + 1)`` with e
    the energy of the region were every roof of that form. Kept: what a form keeps differs from place to place, and is
    the same error on all roofs of that form.
    """
    if not found:
        return 0.0
    p, by = np.concatenate([f.p for f in found]), np.concatenate([f.by_form for f in found])
    unknown = p.max(axis=1) < 1.0
    energy = float((p * by).sum())
    if energy <= 0:
        return 0.0
    mix = 0.0
    if unknown.any():
        e, s = by[unknown].sum(axis=0), p[unknown].mean(axis=0)
        mix = float((s * (e - (s * e).sum()) ** 2).sum() / (PLACE + looked + 1))
    each = {f: prior.keep_sd[f] * float((p[:, k] * by[:, k]).sum()) for k, f in enumerate(FORMS)}
    kept = each.pop("flat") ** 2 + sum(each.values()) ** 2
    return float(np.sqrt(mix + kept) / energy)
