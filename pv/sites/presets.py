"""Kinds of plants beyond roofs, each with its power per land and where it may not stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from guanghui.data import read_table

__all__ = ["KINDS", "Preset", "preset"]

KINDS = ("ground", "agri", "forest_light", "fishery", "floating", "carport", "facade")
_RULE = "latitude-"


@dataclass(frozen=True)
class Preset:
    """What is taken of a kind where the region file does not say otherwise."""

    kind: str
    zh: str
    en: str
    w_m2: float
    """Module power per land, shed roof or clad wall [W/m²]."""
    w_m2_low: float
    w_m2_high: float
    tilt_rule: str
    rows: bool
    """In rows, each behind the next."""
    rack: bool
    """Air behind the modules."""
    share: float
    """Part of what is left of the polygon that is used [1]."""
    not_on: tuple[str, ...]
    """Land classes it may not stand on."""
    max_slope_pct: float | None
    """[%]."""
    mark: str
    source: str

    def tilt(self, latitude: float) -> float:
        """Tilt of its modules at a latitude [°], not below 0.

        Parameters
        ----------
        latitude : float
            [°], south negative.
        """
        if self.tilt_rule.startswith(_RULE):
            return max(abs(latitude) - float(self.tilt_rule.removeprefix(_RULE)), 0.0)
        return float(self.tilt_rule)


@lru_cache(maxsize=1)
def _presets() -> dict[str, Preset]:
    table = read_table("factors", "site_presets.csv")
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return {
        str(r["kind"]): Preset(
            str(r["kind"]), str(r["label_zh"]), str(r["label_en"]), float(r["w_m2"]), float(r["w_m2_low"]),
            float(r["w_m2_high"]), str(r["tilt"]), bool(int(r["rows"])), bool(int(r["rack"])), float(r["share"]),
            tuple(str(r["not_on"] or "").split(";")) if r["not_on"] else (),
            None if r["max_slope_pct"] is None or pd.isna(r["max_slope_pct"]) else float(r["max_slope_pct"]),
            str(r["mark"]), str(r["source"]),
        )
        for r in rows
    }  # fmt: skip


def preset(kind: str) -> Preset:
    """Preset of a kind (one of ``KINDS``).

    Parameters
    ----------
    kind : str
        ``ground``, ``agri``, ``forest_light``, ``fishery``, ``floating``, ``carport`` or ``facade``.

    Raises
    ------
    KeyError
        If there is no such kind.
    """
    return _presets()[kind]
