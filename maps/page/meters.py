"""Meters on the pages: a list of suspects, and their roofs on the map."""

from __future__ import annotations

from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from guanghui.maps.drawing.style import Categories
from guanghui.maps.page.figures import figure, figure_table, words_of
from guanghui.maps.page.layers import LayerSpec, add_areas
from guanghui.maps.page.sheet import Sheet
from guanghui.maps.words.i18n import words
from guanghui.pv.meters.calibrate import Calibration
from guanghui.pv.meters.hours import FAULTS

__all__ = ["MeterResult", "add_meters", "calibration_table", "meter_table"]

_COLOURS = dict(zip(FAULTS, ("#5a3484", "#1d6b8f", "#c2611a", "#b0152f", "#8a6d3b", "#d6336c", "#7b8689"), strict=True))
_STYLE = {"weight": 3, "fillOpacity": 0.15, "opacity": 1}
_MOST = 200


class MeterResult(Protocol):
    """What the pages need to know of meters."""

    @property
    def plants(self) -> pd.DataFrame:
        """One row a plant with its index."""

    @property
    def suspects(self) -> pd.DataFrame:
        """What looks wrong."""

    @property
    def shapes(self) -> gpd.GeoDataFrame | None:
        """Roofs of suspects."""

    @property
    def calibration(self) -> Calibration | None:
        """What sound plants say of the expected energy."""


def add_meters(sheet: Sheet, shapes: gpd.GeoDataFrame | None, code: str) -> None:
    """Add the roofs of suspects in a township; nothing where none is.

    Parameters
    ----------
    sheet : Sheet
        Page.
    shapes : geopandas.GeoDataFrame, optional
        Roofs of suspects: ``township_code``, ``fault`` and outlines.
    code : str
        Township.
    """
    if shapes is None:
        return
    frame = shapes[shapes["township_code"].astype(str) == code]
    if frame.empty:
        return
    kinds = [f for f in FAULTS if (frame["fault"] == f).any()]
    legend = Categories(tuple((f, *words()[f"fault_{f}"], _COLOURS[f]) for f in kinds))
    spec = sheet.add(LayerSpec("meters", words()["meters"], "pv", "overlay", legend, style=_STYLE))
    around = frame.set_geometry(frame.geometry.buffer(2.0))
    add_areas(sheet.view, spec, around, places=legend.places(frame["fault"]), pane="outline")


def meter_table(meters: MeterResult | None, code: str = "") -> dict[str, Any] | None:
    """List of suspects in a township, or of all; None where there are no meters.

    Parameters
    ----------
    meters : MeterResult, optional
        Findings.
    code : str, default ""
        Township; all by default.
    """
    if meters is None:
        return None
    plants = meters.plants if not code else meters.plants[meters.plants["township_code"].astype(str) == code]
    if plants.empty:
        return None
    suspects = meters.suspects[meters.suspects["plant"].isin(plants["plant"])]
    index = plants.set_index("plant")["index"]
    rows = [_row(one, float(index[one["plant"]])) for one in suspects.head(_MOST).to_dict("records")]
    sound = len(plants) - suspects["plant"].nunique()
    rows.append([words_of(*words()["meters_sound"]), figure(sound, "count"), words_of(""), words_of(""), words_of("")])
    heads = ("meter_plant", "meter_fault", "meter_since", "meter_size", "meter_index")
    return figure_table("meters", heads, rows, hint="meters_hint")


def calibration_table(meters: MeterResult | None) -> dict[str, Any] | None:
    """What sound plants say of the expected energy; None where there are no meters or no factor.

    Parameters
    ----------
    meters : MeterResult, optional
        Findings.
    """
    found = None if meters is None else meters.calibration
    if found is None or not found.known:
        return None
    ends = (f"{found.low:.3f}-{found.high:.3f}",) * 2
    tested = (f"{int(found.plants['inside'].sum())} / {found.count('test')}",) * 2
    row = [
        figure(found.count("fit"), "count"), words_of(f"{found.factor:.3f}", "", ends),
        figure(100 * found.spread, "pct"), figure(found.error_before_pct, "pct"),
        figure(found.error_after_pct, "pct"), figure(found.covered_pct, "pct", tested),
    ]  # fmt: skip
    heads = ("calibration_fitted", "calibration_factor", "calibration_spread", "calibration_before",
             "calibration_after", "calibration_covered")  # fmt: skip
    return figure_table("calibration", heads, [row], hint="calibration_hint")


def _row(one: dict[Any, Any], index: float) -> list[dict[str, Any]]:
    fault = str(one["fault"])
    hours = f"{one['hours']} h" if one["hours"] else ""
    size = float(one["size"])
    shown = {"clock": (f"{size:+.1f} h",) * 2, "gap": (f"{size:.0f} 天", f"{size:.0f} days")}
    place = str(one.get("township") or "")
    usual = (f"{100 * size:.1f} %",) * 2
    return [
        words_of(one["plant"], one["plant"], (place, place)), words_of(*words()[f"fault_{fault}"], (hours, hours)),
        words_of(f"{one['since']:%Y-%m-%d}"), words_of(*shown.get(fault, usual)), figure(100 * index, "pct"),
    ]  # fmt: skip
