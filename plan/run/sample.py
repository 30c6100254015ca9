"""Which roofs to look at: a sample by weight, spread over classes, sizes and places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.plan.inputs.region import Region
from guanghui.pv.roofs.form import outline_shape
from guanghui.pv.roofs.form_sample import spread_sample

__all__ = ["draw_roofs", "write_sample"]

_ABOUT = (
    "# Look each roof up on a picture and write its form: flat, gable, hip or shed (saw-tooth); tilt in degrees where\n"
    "# known. clear_pct, where you can trace it: percent of the roof seen from above that blocks of modules could\n"
    "# cover, gaps between rows counted, without edges, dormers, chimneys, plant and pieces too narrow for a module.\n"
    '# Leave blank what cannot be seen. Then name this file in the region file: [pv.form] looked = "{name}".\n'
    "# 请对照影像填写 form：平顶、双坡、四坡、单坡（锯齿），已知坡度填 tilt（度）。clear_pct（可铺比例）：在影像上\n"
    "# 勾绘可成片铺设组件的部分（含排间距，不含边缘、老虎窗、烟囱、设备和过窄部位），填其占屋顶投影面积的百分数，\n"
    '# 七成填 70；看不清的留空。然后在区域文件中写 [pv.form] looked = "{name}"。\n'
)


def draw_roofs(region: Region, count: int) -> pd.DataFrame:
    """Roofs whose form is worth looking up, the larger the likelier.

    See :func:`pv.roofs.form_sample.spread_sample`; the same seed draws the same roofs.

    Parameters
    ----------
    region : Region
        With outlines.
    count : int
        Roofs to draw.

    Returns
    -------
    pandas.DataFrame
        ``building_id longitude latitude township building_class footprint_m2 form tilt clear_pct``, the last three
        blank.

    Raises
    ------
    InputError
        If the region has no outlines, or none whose form is unknown.
    """
    buildings = region.buildings
    if buildings is None:
        raise InputError(
            f"{region.path}: [buildings] is missing; there is no roof to look at.",
            f"{region.path}：缺少 [buildings]，没有可供判读的屋顶。",
        )
    if "form" in buildings:
        buildings = buildings[buildings["form"] == ""]
    if buildings.empty:
        raise InputError(
            f"{region.path}: the form of every roof is known; there is nothing to look at.",
            f"{region.path}：全部屋顶形式均已知，无需判读。",
        )
    shape = outline_shape(buildings)
    points = buildings.geometry.representative_point()
    picked = spread_sample(shape, points.x.to_numpy(), count, np.random.default_rng(region.seed).random())
    chosen = buildings.iloc[picked]
    where = chosen.geometry.representative_point().to_crs(4326)
    return pd.DataFrame(
        {
            "building_id": chosen["building_id"].to_numpy(), "longitude": where.x.round(6).to_numpy(),
            "latitude": where.y.round(6).to_numpy(), "township": chosen["township"].to_numpy(),
            "building_class": chosen["building_class"].to_numpy(),
            "footprint_m2": chosen["footprint_m2"].round(1).to_numpy(), "form": "", "tilt": "", "clear_pct": "",
        }
    )  # fmt: skip


def write_sample(region: Region, count: int, path: Path) -> Path:
    """Write the roofs to look at as a CSV to fill in; an existing file is never overwritten.

    Parameters
    ----------
    region : Region
        With outlines.
    count : int
        Roofs to draw.
    path : pathlib.Path
        Target.

    Raises
    ------
    InputError
        If the file exists, or there is no roof to draw.
    """
    if path.exists():
        raise InputError(
            f"{path}: the file exists, and what was looked up may stand in it; choose another name with --out.",
            f"{path}：文件已存在，其中可能已有判读结果；请用 --out 另取文件名。",
        )
    table = draw_roofs(region, count)
    with atomic(path) as part:
        text = _ABOUT.format(name=path.name) + table.to_csv(index=False, lineterminator="\n")
        part.write_text("\ufeff" + text, encoding="utf-8")
    return path
