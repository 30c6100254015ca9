"""What a survey tells its reader of the choices that stand behind its figures."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError, listing
from guanghui.pv.assessment.ground import PvCity
from guanghui.pv.assessment.task import Lost
from guanghui.pv.energy.system import Rows
from guanghui.pv.settings import PvSettings

__all__ = ["tell_floor", "tell_flush", "tell_lost", "tell_two_sided", "tell_unseen"]


def tell_unseen(city: PvCity, lod: np.ndarray) -> None:
    """Name the roofs that the surface model does not show: they are pushed up from their outlines.

    Parameters
    ----------
    city : PvCity
        Its notes get the line; without a surface model nothing is said.
    lod : numpy.ndarray
        Level of detail of every roof; ``"outline"`` are those not shown, shape (n,).
    """
    unseen = int((lod == "outline").sum())
    if city.surface is None or not unseen:
        return
    share, level = 100.0 * unseen / len(lod), city.settings.pv.form.assume == "level"
    city.notes.add(
        "surface",
        f"{unseen} of {len(lod)} roofs ({share:.1f} %) are not shown by the surface model (a hole, a missing tile, "
        f"its edge, or built after it): they are {'level, ' if level else ''}pushed up from their outlines",
        f"{len(lod)} 个屋顶中有 {unseen} 个（{share:.1f} %）"
        f"地表模型未显示（空洞、缺图幅、边缘，或建于其后），按轮廓拉伸{'为平顶计算' if level else ''}",
    )


def tell_lost(city: PvCity, buildings: gpd.GeoDataFrame, lost: list[Lost]) -> dict[str, str]:
    """Name the roofs that could not be worked; whatever is summed is without them.

    Parameters
    ----------
    city : PvCity
        Its notes get the line.
    buildings : geopandas.GeoDataFrame
        All roofs, metric CRS.
    lost : list of Lost
        Batches that ended with an error.

    Returns
    -------
    dict
        Reason by ``building_id``; empty where nothing was lost.
    """
    if not lost:
        return {}
    ids = buildings["building_id"].astype(str).to_numpy()
    gone = {str(ids[k]): _reason(one.error) for one in lost for k in one.index}
    ground = float(buildings.geometry.iloc[np.concatenate([one.index for one in lost])].area.sum())
    share = 100.0 * len(gone) / len(buildings)
    causes = listing(dict.fromkeys(gone.values()), 3)
    city.notes.add(
        "roofs",
        f"PARTIAL: {len(gone)} of {len(buildings)} roofs ({share:.1f} %, {ground:,.0f} m² of outlines) could not be "
        f"worked and are missing from every figure: {listing(gone)}. Cause: {causes}",
        f"结果不完整：{len(buildings)} 个屋顶中有 {len(gone)} 个（{share:.1f} %，轮廓面积 {ground:,.0f} m²）无法计算，"
        f"所有数字均未包含：{listing(gone)}。原因：{causes}",
    )
    return gone


def _reason(error: BaseException) -> str:
    text = (str(error).splitlines() or [""])[0][:200]
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"


def tell_floor(city: PvCity, rows: Rows, faces: pd.DataFrame) -> None:
    """Say where ``rack_gcr`` sets rows closer than the rule of the winter solstice.

    Parameters
    ----------
    city : PvCity
        Its notes get the line.
    rows : Rows
        Rows of the region; ``rule_gcr`` is None where the rule is kept.
    faces : pandas.DataFrame
        ``rack`` and ``capacity_kwp``; nothing is said where no rack bears modules.
    """
    if rows.rule_gcr is None or not (faces["rack"].astype(bool) & (faces["capacity_kwp"] > 0)).any():
        return
    city.notes.add(
        "pv",
        f"rows stand at a ground cover of {rows.gcr:.2f}, the floor [pv] rack_gcr: without shade from 9 to 15 h on the "
        f"winter solstice (GB 50797) it would be {rows.rule_gcr:.2f} here; lower rack_gcr to follow the rule",
        f"支架排布的占地比按下限 [pv] rack_gcr 取 {rows.gcr:.2f}；按 GB 50797 冬至日 9-15 时不遮挡应为 "
        f"{rows.rule_gcr:.2f}，如需按规范请调低 rack_gcr",
    )


def tell_two_sided(city: PvCity, settings: PvSettings, rows: Rows) -> None:
    """Say what is counted of the back side of two-sided modules.

    Parameters
    ----------
    city : PvCity
        Its notes get the line.
    settings : PvSettings
        ``bifaciality`` [1], 0: one-sided, nothing is said; ``rear_mismatch_pct`` [%].
    rows : Rows
        Two to a pitch are pairs back to back, whose back is not counted.
    """
    if settings.bifaciality <= 0:
        return
    if rows.per_pitch == 2:
        city.notes.add("pv", "two-sided modules: pairs back to back close the space behind them, nothing is added",
                       "双面组件：东西向成对排布背面封闭，不计背面增益")  # fmt: skip
        return
    mismatch = settings.rear_mismatch_pct
    city.notes.add(
        "pv",
        f"two-sided modules on rows: light from behind at {settings.bifaciality:g} of the front, rows shading ground "
        f"and backs (infinite sheds), less {mismatch:g} % for its unevenness; none is counted flush with the roof",
        f"双面组件仅计成排支架：背面系数 {settings.bifaciality:g}，计入前后排对地面与背面的遮挡（infinite sheds），"
        f"再扣背面不均匀 {mismatch:g} %；平铺不计背面",
    )


def tell_flush(city: PvCity, settings: PvSettings, rows: Rows, faces: pd.DataFrame) -> None:
    """Say what lies flush by class or material, and what rows would hold there.

    Parameters
    ----------
    city : PvCity
        Its notes get the line.
    settings : PvSettings
        ``flat_below`` [°]: steeper faces are flush anyway. Of preset ``flush`` nothing is said.
    rows : Rows
        Ground cover of rows [1], which turns flush into row capacity.
    faces : pandas.DataFrame
        ``rack``, ``surface_tilt`` [°], ``capacity_kwp`` and ``building``.
    """
    level = ~faces["rack"].astype(bool) & (faces["surface_tilt"] < settings.flat_below) & (faces["capacity_kwp"] > 0)
    if settings.preset == "flush" or not level.any():
        return
    size, roofs = float(faces.loc[level, "capacity_kwp"].sum()), int(faces.loc[level, "building"].nunique())
    other, less = size * rows.gcr, 100 * (1 - rows.gcr)
    city.notes.add(
        "pv",
        f"modules lie flush on {roofs} roofs under {settings.flat_below:g}° ([pv.mounts]: sheet steel of factories and "
        f"warehouses): {size:,.0f} kWp, where rows would hold {other:,.0f} kWp, {less:.0f} % less",
        f"{roofs} 个倾角小于 {settings.flat_below:g}° 的屋顶按平铺计（[pv.mounts]：厂房、仓库彩钢）：{size:,.0f} kWp"
        f"，若按支架成排为 {other:,.0f} kWp，少 {less:.0f} %",
    )
