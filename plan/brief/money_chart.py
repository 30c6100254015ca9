"""The sensitivity of the programme as a chart: what a fifth more or less of one input moves."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from guanghui.geo.fonts import usable_lang, with_font

__all__ = ["sensitivity_chart"]

_MEASURES = ("npv_yuan", "lcoe_yuan_kwh")
_SCALE = {"npv_yuan": 1e8, "lcoe_yuan_kwh": 1.0}
_LESS, _MORE = "#7fb3b0", "#b4530a"
_WORDS = {
    "zh": {
        "share": "覆盖率", "price": "电价", "cost": "造价", "yield": "发电量", "npv_yuan": "净现值（亿元）",
        "lcoe_yuan_kwh": "度电成本（元/千瓦时）", "title": "敏感性：单项 ±20 %",
    },
    "en": {
        "share": "share", "price": "price", "cost": "cost", "yield": "yield", "npv_yuan": "NPV (10⁸ yuan)",
        "lcoe_yuan_kwh": "LCOE (yuan/kWh)", "title": "Sensitivity: one input by ±20 %",
    },
}  # fmt: skip


def sensitivity_chart(table: pd.DataFrame, *, lang: str = "zh", title: str = "") -> Figure:
    """Bars from the base to each end, longest on top.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`plan.results.sensitivity.sensitivity`.
    lang : {"zh", "en"}
        Chinese falls back to English where no font has its characters.
    title : str
        Put before the heading, for instance the name of the region.

    Returns
    -------
    matplotlib.figure.Figure
    """
    words = _WORDS[usable_lang(lang)]
    base = table.set_index("input").loc["none"]
    turned = table[table["input"] != "none"].pivot_table(index="input", columns="change_pct", values=list(_MEASURES))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, measure in zip(figure.subplots(1, 2), _MEASURES, strict=True):
        scale, middle = _SCALE[measure], float(base[measure])
        ends = turned[measure]
        ends = ends.loc[(ends.max(axis=1) - ends.min(axis=1)).sort_values(kind="stable").index]
        for change, colour in zip(ends.columns, (_LESS, _MORE), strict=True):
            axes.barh([words[key] for key in ends.index], (ends[change] - middle) / scale, left=middle / scale,
                      color=colour, label=f"{change:+.0f} %")  # fmt: skip
        axes.axvline(middle / scale, color="#333333", linewidth=1)
        axes.set_title(words[measure], fontsize=10)
        axes.grid(axis="x", alpha=0.3)
    figure.axes[0].legend(frameon=False, loc="lower right", fontsize=9)
    figure.suptitle(f"{title} {words['title']}".strip())
    return with_font(figure)
