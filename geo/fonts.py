"""A font with Chinese characters for static maps and charts: the computer's own, else the one that ships."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from guanghui.data.files import data_path
from guanghui.geo.notes import Notes

__all__ = ["CJK_FONTS", "LATIN_FONT", "cjk_font", "drawable", "shipped_in_use", "usable_lang", "with_font"]

log = logging.getLogger(__name__)

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Noto Sans CJK JP", "Noto Serif CJK SC",
    "Source Han Serif SC", "SimSun",
)  # fmt: skip
"""Families that hold simplified Chinese, best first."""
LATIN_FONT = "DejaVu Sans"
"""Comes with matplotlib."""
_SHIPPED = ("fonts", "GuanghuiSansSC-Regular.otf")
"""The characters of GB 2312 (``data/fonts/OFL.txt``); a rarer one in a name becomes a box."""
_FILES = ("notosanscjk", "notosanssc", "sourcehansans", "msyh", "wqy", "simhei", "pingfang", "notoserifcjk", "simsun")


def _installed() -> set[str]:
    return {font.name for font in font_manager.fontManager.ttflist}


def _look_again() -> None:
    """Add fonts installed after matplotlib made its list; it never looks twice by itself."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted(font_manager.findSystemFonts()):
        name = Path(path).name.lower().replace("-", "").replace("_", "").replace(" ", "")
        if path not in known and name.startswith(_FILES):
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError):
                log.debug("font %s cannot be read", path, exc_info=True)


@lru_cache(maxsize=1)
def cjk_font() -> str | None:
    """Family of a font with simplified Chinese: one that is installed, else the one that ships; None without both."""
    found = next((name for name in CJK_FONTS if name in _installed()), None)
    if found is None:
        _look_again()
        found = next((name for name in CJK_FONTS if name in _installed()), None)
    return found or _shipped()


def shipped_in_use() -> Path | None:
    """File of the font that ships, where the computer has none of its own with Chinese characters."""
    own = cjk_font()
    return data_path(*_SHIPPED) if own is not None and own not in CJK_FONTS else None


def _shipped() -> str | None:
    try:
        path = data_path(*_SHIPPED)
        font_manager.fontManager.addfont(path)
        return str(font_manager.get_font(path).family_name)
    except (OSError, RuntimeError):
        log.debug("the font that ships cannot be read", exc_info=True)
        return None


@lru_cache(maxsize=4)
def _letters(family: str) -> frozenset[int]:
    """Characters a family has."""
    font = font_manager.get_font(font_manager.findfont(family))
    return frozenset(font.get_charmap())


def drawable(text: str) -> str:
    """Text with a box in the place of each character that no font in use has.

    Parameters
    ----------
    text : str
        One line or several.
    """
    family = cjk_font()
    letters = _letters(LATIN_FONT) | (_letters(family) if family else frozenset())
    return "".join(c if c == "\n" or ord(c) in letters else "□" for c in text)


def usable_lang(lang: str, notes: Notes | None = None) -> str:
    """Language a static map can be written in.

    Parameters
    ----------
    lang : str
        ``zh`` or ``en``, as asked for.
    notes : Notes, optional
        Told when Chinese has to give way to English.

    Returns
    -------
    str
        ``en`` where no font has Chinese characters, else ``lang``.
    """
    if lang != "zh" or cjk_font() is not None:
        return lang
    if notes is not None:
        notes.add("fonts", "no font with Chinese characters is installed, so the static maps are labelled in English; "
                  "install Noto Sans CJK (fonts-noto-cjk) or Microsoft YaHei",
                  "未安装中文字体，静态图以英文标注；请安装 Noto Sans CJK（fonts-noto-cjk）或微软雅黑")  # fmt: skip
    return "en"


def with_font(figure: Figure) -> Figure:
    """Write every text of a chart in a font with Chinese characters; what no font has becomes a box, not a warning.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Chart; changed in place.

    Returns
    -------
    matplotlib.figure.Figure
        The same chart.
    """
    family = cjk_font()
    for text in figure.findobj(Text):
        text.set_text(drawable(text.get_text()))
        if family is not None:
            text.set_fontfamily([family, LATIN_FONT])
    return figure
