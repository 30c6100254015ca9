"""Charts of the carbon account, drawn without a screen."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from guanghui.geo.files import atomic
from guanghui.geo.fonts import usable_lang, with_font
from guanghui.sinks.years.projection import BESIDE, LINES, Projection

__all__ = ["projection_chart", "save_chart"]

_COLOURS = {
    "forest": "#2e7d32", "wetland": "#2f7fbf", "afforestation": "#7cb518", "degraded_restoration": "#a3b18a",
    "closure": "#3f7f4f", "tending": "#74c69d", "wetland_restoration": "#57b894", "salt_marsh_planting": "#9b5de5",
    "straw_return": "#e9c46a",
}  # fmt: skip
_TEXT = {
    "zh": ("自基准年以来的碳储量变化", "万 t C", "合计 95 % 区间", "年份", 1e4),
    "en": ("Change of the carbon stock since the first year", "kt C", "95 % range of the total", "year", 1e3),
}


def projection_chart(projection: Projection, *, language: str = "zh", title: str = "") -> Figure:
    """Stacked areas of business as usual and works to the last year, with the range of the total.

    Parameters
    ----------
    projection : Projection
        From :func:`sinks.years.projection.project`.
    language : {"zh", "en"}
        Chinese falls back to English where no font has its characters.
    title : str
        Put before the heading, for instance the name of the region.

    Returns
    -------
    matplotlib.figure.Figure
    """
    lang = usable_lang(language)
    heading, unit, band, axis, scale = _TEXT[lang]
    wide = projection.wide() / scale
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot()
    lines = [k for k in LINES if k in wide and k not in BESIDE]
    names = [LINES[k][0 if lang == "zh" else 1] for k in lines]
    axes.stackplot(wide.index, *(wide[k] for k in lines), labels=names, colors=[_COLOURS[k] for k in lines], alpha=0.9)
    aside = "不计入合计" if lang == "zh" else "in no sum"
    for line in (k for k in BESIDE if k in wide):
        name = LINES[line][0 if lang == "zh" else 1]
        axes.plot(wide.index, wide[line], color=_COLOURS[line], linestyle=":", linewidth=2, label=f"{name} ({aside})")
    total = projection.frame[projection.frame["line"] == "total"]
    for end in ("low_tc", "high_tc"):
        axes.plot(total["year"], total[end] / scale, color="#333333", linestyle="--", linewidth=1,
                  label=band if end == "low_tc" else None)  # fmt: skip
    axes.set(title=f"{title} {heading}".strip(), ylabel=unit, xlabel=axis)
    axes.margins(x=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", frameon=False)
    return with_font(figure)


def save_chart(figure: Figure, path: Path) -> Path:
    """Write a chart as PNG, either whole or not at all; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Chart.
    path : pathlib.Path
        PNG to write, 150 dots an inch.

    Returns
    -------
    pathlib.Path
        ``path``.
    """
    with atomic(path) as part:
        figure.savefig(part, format="png", dpi=150, metadata={"Software": None})
    return path
