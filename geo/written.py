"""Numbers as people write them: ``1,234.5``, ``12 米``, ``砼6``, ``2+1``, full-width digits."""

from __future__ import annotations

import re
import unicodedata

from guanghui.geo.units import FOOT_M

__all__ = ["header_and_unit", "written_number"]

_PLAIN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(_PLAIN)
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])")
_HEIGHT = re.compile(
    rf"(?:h\s*[=:]?\s*|高度?\s*[=:]?\s*|约)?({_PLAIN})\s*(m|米|公尺|meters?|metres?|ft|feet|英尺)?", re.I
)
_BELOW = re.compile(r"(?:地下|负|b)\s*[\d一二两三四五六七八九十]+\s*(?:层|楼|f)?", re.I)
_STRUCTURE = r"(?:砼|混凝土|钢混|钢|砖混|砖木|砖|混|木|土|石|简|破|建|地上|f|rc|s)*"
_STOREYS = re.compile(
    rf"{_STRUCTURE}\s*(\d+(?:\.\d+)?(?:\s*\+\s*\d+(?:\.\d+)?)*)(?:\s*[-/]\s*\d+)?\s*"
    r"(?:层|楼|f|fl|floors?|storeys?|stories|levels?)?",
    re.I,
)
_BRACKETS = re.compile(r"^(.*?)\s*[\[(（【]\s*(.*?)\s*[\])）】]$")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE = re.compile(r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]")


def written_number(text: str, kind: str = "number") -> float:
    """Read one number as written.

    Parameters
    ----------
    text : str
        What stands in the cell.
    kind : {"number", "height", "storeys"}, default "number"
        A height may carry metres or feet and comes out in metres; storeys may carry a word or a structure and count
        what stands above ground, ``2+1`` being three.

    Returns
    -------
    float
        NaN where it is none.

    Examples
    --------
    >>> written_number("１，２００"), written_number("12 米", "height"), written_number("砼6", "storeys")
    (1200.0, 12.0, 6.0)
    >>> written_number("2+1", "storeys"), written_number("地上6层地下1层", "storeys")
    (3.0, 6.0)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), plain)
    if _NUMBER.fullmatch(plain):
        return float(plain)
    if kind == "height" and (found := _HEIGHT.fullmatch(plain)):
        feet = (found[2] or "").lower() in {"ft", "feet", "英尺"}
        return float(found[1]) * (FOOT_M if feet else 1.0)
    if kind == "storeys":
        above = _CHINESE.sub(lambda found: str(_chinese(found[0])), _BELOW.sub("", plain).strip(" ,;、+/"))
        if read := _STOREYS.fullmatch(above):
            return sum(float(part) for part in read[1].split("+"))
    return float("nan")


def header_and_unit(header: str) -> tuple[str, str]:
    """Word and unit of a header that names its unit in brackets, Latin or Chinese; no unit where there is none.

    Parameters
    ----------
    header : str
        As it stands in the table.

    Examples
    --------
    >>> header_and_unit("面积（亩）"), header_and_unit("GHI [W/m²]"), header_and_unit("风速")
    (('面积', '亩'), ('GHI', 'W/m²'), ('风速', ''))
    """
    found = _BRACKETS.match(header)
    word, unit = found.groups() if found else (header, "")
    return word.strip(), unit.strip()


def _chinese(text: str) -> int:
    if "十" not in text:
        return _DIGITS[text]
    tens, ones = text.split("十")
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
