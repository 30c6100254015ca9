"""Two dates of survey polygons: pairs of codes as exact areas, with the thin pieces along redrawn borders apart."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.notes import Notes
from guanghui.geo.polygon_cover import PolygonCover
from guanghui.geo.polygon_overlay import laid_over
from guanghui.geo.zonal import ClassAreas
from guanghui.sinks.settings import ChangeSettings
from guanghui.sinks.tables import WHOLE_CODE, city_row
from guanghui.sinks.years.transitions import PAIR, Transitions

__all__ = ["polygon_transitions", "say_border", "with_border", "without_border"]

_SIDES = ("before", "after")
_DUST = 1e-7
_SAID_HA = 0.005


def polygon_transitions(
    before: PolygonCover, after: PolygonCover, townships: gpd.GeoDataFrame, border_m: float, years: float
) -> Transitions:
    """Which class became which, by township, from the polygons of both dates.

    Parameters
    ----------
    before, after : PolygonCover
        Two dates, clipped to the townships; legends may differ.
    townships : geopandas.GeoDataFrame
        ``code`` and polygons.
    border_m : float
        Changed pieces narrower than this on average are counted as border [m].
    years : float
        Between the dates.

    Returns
    -------
    Transitions
        With ``codes`` and ``pieces``.
    """
    zones = townships.set_index("code")[["geometry"]]
    found = laid_over(before, after, zones, border_m)
    found.insert(0, "code", zones.index.to_numpy()[found.pop("zone").to_numpy()])
    covers = {"before": before, "after": after}
    for side, cover in covers.items():
        found[f"{side}_class"] = found[side].map(cover.legend.classes).fillna("")
    for end in ("area", "border"):
        found[f"{end}_ha"] = found.pop(f"{end}_m2") / 1e4
    found["pieces_ha2"], found["border_ha2"] = (found.pop(f"{k}square_m4") / 1e8 for k in ("", "border_"))
    known = found[(found["before_class"] != "") & (found["after_class"] != "")]
    by_class = known.drop(columns=list(_SIDES)).rename(columns={f"{s}_class": s for s in _SIDES})
    sums = by_class.groupby(PAIR, as_index=False)[["area_ha", "border_ha", "pieces_ha2", "border_ha2"]].sum()
    changed = sums[sums["before"] != sums["after"]].drop(columns="area_ha").reset_index(drop=True)
    return Transitions(
        sums[[*PAIR, "area_ha"]],
        _coverage(found, before.areas(zones), before, after.areas(zones), after),
        years,
        codes=_labelled(known, before, after),
        pieces=changed,
    )


def without_border(found: Transitions) -> Transitions:
    """Transitions in which land along redrawn borders stayed what it was before.

    Parameters
    ----------
    found : Transitions
        With ``pieces``.
    """
    assert found.pieces is not None
    border = found.pieces[found.pieces["border_ha"] > 0]
    gone = border.assign(area_ha=-border["border_ha"])
    stayed = border.assign(area_ha=border["border_ha"], after=border["before"])
    columns = [*PAIR, "area_ha"]
    whole = pd.concat([found.frame[columns], gone[columns], stayed[columns]])
    frame = whole.groupby(PAIR, as_index=False)["area_ha"].sum()
    still = found.pieces.assign(border_ha2=0.0)
    least = 1e-12 * frame["area_ha"].sum()
    return replace(found, frame=frame[frame["area_ha"] > least].reset_index(drop=True), pieces=still)


def with_border(
    table: pd.DataFrame, pieces: pd.DataFrame, border_tc: pd.Series, settings: ChangeSettings
) -> pd.DataFrame:
    """Table with what lies along borders drawn anew, and the change without it.

    Parameters
    ----------
    table : pandas.DataFrame
        By ``code``, the city last; ``change_tc``.
    pieces : pandas.DataFrame
        Of :class:`sinks.years.transitions.Transitions`.
    border_tc : pandas.Series
        Carbon that counting the borders adds, by township [t C].
    settings : ChangeSettings
        Whether they are counted.

    Returns
    -------
    pandas.DataFrame
        With ``border_ha``, ``border_tc`` and ``inner_tc``.
    """
    border = pd.DataFrame({"border_ha": pieces.groupby("code")["border_ha"].sum(), "border_tc": border_tc})
    border = border.reindex(table["code"][table["code"] != WHOLE_CODE]).fillna(0.0)
    border.loc[WHOLE_CODE] = border.sum()
    own = border.reindex(table["code"]).reset_index(drop=True)
    counted = settings.count_border
    return table.assign(**own, inner_tc=table["change_tc"] - (own["border_tc"] if counted else 0.0))


def say_border(notes: Notes, table: pd.DataFrame, settings: ChangeSettings) -> None:
    """Say how much of the change lies along borders that were only drawn anew, and what the total is without.

    Parameters
    ----------
    notes : Notes
        Told.
    table : pandas.DataFrame
        From :func:`with_border`.
    settings : ChangeSettings
        Width, and whether they are counted.
    """
    row, width = city_row(table), settings.border_m
    if row["border_ha"] < _SAID_HA:
        return
    with_, without = row["inner_tc"] + row["border_tc"], row["inner_tc"]
    counted = ("counted", "计入") if settings.count_border else ("left out", "不计入")
    ha = f"{row['border_ha']:,.2f}"
    notes.add("landcover", f"{ha} ha that changed class are pieces narrower than {width:g} m along borders drawn "
                   f"anew ({counted[0]}: `count_border` in [sinks.change]); change with them {with_:,.0f} t C, without "
                   f"{without:,.0f}",
                   f"地类变化中 {ha} 公顷是界线重绘产生的窄条（平均宽度不足 {width:g} 米，{counted[1]}："
                   f"[sinks.change] 的 count_border）；碳变化含窄条 {with_:,.0f} t C，"
                   f"不含 {without:,.0f} t C")  # fmt: skip


def _coverage(
    found: pd.DataFrame, old: ClassAreas, before: PolygonCover, new: ClassAreas, after: PolygonCover
) -> pd.DataFrame:
    """Areas known at both dates, at one and at none [ha]; they sum to the township."""
    both = found[(found["before_class"] != "") & (found["after_class"] != "")].groupby("code")["area_ha"].sum()
    out = pd.DataFrame({"both_ha": both.reindex(old.area_m2.index, fill_value=0.0)})
    for name, areas, cover in (("only_before_ha", old, before), ("only_after_ha", new, after)):
        named = [c for c in areas.area_m2.columns if c in cover.legend.classes]
        lone = areas.area_m2[named].sum(axis=1) / 1e4 - out["both_ha"]
        out[name] = lone.where(lone > _DUST * out["both_ha"], 0.0)
    rest = old.total_m2 / 1e4 - out.sum(axis=1)
    out["neither_ha"] = np.where(rest > _DUST * old.total_m2 / 1e4, rest, 0.0)
    return out


def _labelled(known: pd.DataFrame, before: PolygonCover, after: PolygonCover) -> pd.DataFrame:
    """Pairs of codes with the names of the legend, largest first."""
    out = known.drop(columns=["pieces_ha2", "border_ha2"])
    for side, cover in (("before", before), ("after", after)):
        for place, language in enumerate(("zh", "en")):
            labels = {c: names[place] for c, names in cover.legend.labels.items()}
            out[f"{side}_label_{language}"] = out[side].map(labels).fillna("")
    changed = (out["before"] != out["after"]) | (out["before_class"] != out["after_class"])
    order = out.assign(_changed=changed).sort_values(["code", "_changed", "area_ha"], ascending=[True, False, False])
    first = ["code", "before", "before_label_zh", "before_label_en", "after", "after_label_zh", "after_label_en"]
    return order[[*first, "before_class", "after_class", "area_ha", "border_ha"]].reset_index(drop=True)
