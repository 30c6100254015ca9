"""Age of forest stands: age in years, age class (龄组), origin (起源) and purpose (林种) as inventories write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError, listing
from guanghui.geo.notes import Notes
from guanghui.sinks.factors.ages import AGE_CLASSES, age_limits
from guanghui.sinks.factors.species import read_species
from guanghui.sinks.factors.table import species_groups, species_lineage

__all__ = ["AGE_COLUMNS", "AgeWords", "plain_codes", "read_ages", "stand_ages"]

Floats = npt.NDArray[np.float64]

AGE_COLUMNS = ("age_yr", "age_class", "origin", "purpose")
"""What a stand layer holds of age: years (NaN where unknown), and keys (empty where unknown)."""

_OLDEST_YR = 1000.0
"""Beyond it a number is a calendar year or a filler."""
_FIRST_YEAR, _LAST_YEAR = 1700, 2100
_MOST_GRADES = 20
_ROMAN = {word: str(i + 1) for i, word in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"))}
_CODES = dict(zip("12345", AGE_CLASSES, strict=True))
_CLASS_WORDS = {
    "幼": "young", "中": "middle", "近": "near_mature", "成": "mature", "过": "over_mature",
    "young": "young", "middle": "middle", "near_mature": "near_mature", "near-mature": "near_mature",
    "mature": "mature", "over_mature": "over_mature", "over-mature": "over_mature", "overmature": "over_mature",
    "middle-aged": "middle",
}  # fmt: skip
_PURPOSE_WORDS = (
    ("短轮伐", "short_rotation"), ("速生", "fast"), ("速丰", "fast"), ("薪炭", "firewood"), ("能源", "firewood"),
    ("用材", "timber"), ("防护", "protection"), ("特用", "protection"), ("特种用途", "protection"),
    ("水源涵养", "protection"), ("水土保持", "protection"), ("防风固沙", "protection"), ("护岸", "protection"),
    ("护路", "protection"), ("农田", "protection"), ("自然保护", "protection"), ("公益", "protection"),
    ("风景", "protection"), ("国防", "protection"), ("实验", "protection"), ("母树", "protection"),
    ("经济", "timber"), ("商品", "timber"),
)  # fmt: skip
_NAMED = {"natural", "planted"}


@dataclass(frozen=True)
class AgeWords:
    """What a layer does not say of its years: when it was surveyed, and how many a grade (龄级) has."""

    year: int | None = None
    grade_years: int | Mapping[str, int] | None = None
    """Of all stands, or by species; ``tree`` stands for those not named."""
    species: pd.Series | None = None
    """Species of the stands, words or groups, on the index of the layer."""

    def steps(self, index: pd.Index) -> pd.Series:
        """Years of a grade of every stand [yr], NaN where nobody says.

        Parameters
        ----------
        index : pandas.Index
            Of the layer.
        """
        if not isinstance(self.grade_years, Mapping):
            return pd.Series(np.nan if self.grade_years is None else float(self.grade_years), index=index)
        groups = read_species(pd.Series(list(self.grade_years)))
        lost = [word for word, group in zip(self.grade_years, groups, strict=True) if not group]
        if lost:
            raise InputError(
                f"[stands] grade_years: the species {listing(lost)} are not known; use a species, a group, or tree.",
                f"[stands] grade_years：未知树种 {listing(lost)}；请用树种、树种组或 tree。",
            )
        named = dict(zip(groups, map(float, self.grade_years.values()), strict=True))
        mine = read_species(self.species) if self.species is not None else pd.Series("", index=index)
        known = {g: _step(g, named) for g in mine.unique()}
        return mine.map(known)


def _step(group: str, named: Mapping[str, float]) -> float:
    line = species_lineage(group) if group in species_groups().index else ("tree",)
    return next((named[g] for g in line if g in named), np.nan)


def plain_codes(values: pd.Series) -> pd.Series:
    """Codes as text, padding and the ``.0`` of a number column taken off, letters kept.

    Parameters
    ----------
    values : pandas.Series
        Codes as they were read, text or numbers.

    Returns
    -------
    pandas.Series
        Missing is empty text.
    """
    text = text_column(values).astype(str).str.strip()
    return text.str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def _age_class(word: str) -> str | None:
    if word in _CODES:
        return _CODES[word]
    lower = word.lower()
    if lower in _CLASS_WORDS:
        return _CLASS_WORDS[lower]
    if "龄" in word or "熟" in word:
        return _CLASS_WORDS.get(word[0])
    return _CLASS_WORDS.get(word) if len(word) == 1 else None


def _origin(word: str) -> str | None:
    lower = word.lower()
    if lower in _NAMED:
        return lower
    if word.isdigit():
        return {"1": "natural", "2": "planted", "3": "planted"}.get(word[0]) if len(word) <= 2 else None
    if "天然" in word or word in ("人工促进",):
        return "natural"
    return "planted" if any(w in word for w in ("人工", "植苗", "直播", "飞播", "分植", "扦插")) else None


def _purpose(word: str) -> str | None:
    if word.isdigit() and len(word) == 3:
        if word[:2] in ("11", "12"):
            return "protection"
        by_code = {"231": "short_rotation", "232": "fast", "233": "timber", "240": "firewood"}
        return by_code.get(
            word, "timber" if word[:2] in ("13", "25", "15") else "firewood" if word[:2] == "14" else None
        )
    key = word.lower()
    if key in ("timber", "fast", "short_rotation", "protection", "firewood"):
        return key
    return next((purpose for part, purpose in _PURPOSE_WORDS if part in word), None)


def stand_ages(
    raw: pd.DataFrame,
    columns: Mapping[str, str | None],
    area_ha: pd.Series,
    notes: Notes,
    dated: AgeWords = AgeWords(),
) -> pd.DataFrame:
    """Read age, age class, origin and purpose of every stand.

    Parameters
    ----------
    raw : pandas.DataFrame
        The layer as it is.
    columns : mapping
        ``age`` (class, or years), ``years``, ``planted`` (year), ``grade``, ``origin``, ``purpose`` -> column, or None.
    area_ha : pandas.Series
        Area of the polygons [ha], on the index of ``raw``.
    notes : Notes
        Told the values that mean nothing known, and the ages that are told and cannot be used, with their hectares.
    dated : AgeWords, optional
        Year of the survey and years of a grade.

    Returns
    -------
    pandas.DataFrame
        ``AGE_COLUMNS`` on the index of ``raw``. A value that cannot be read is unknown, and named.
    """
    out = pd.DataFrame({"age_yr": np.nan, "age_class": "", "origin": "", "purpose": ""}, index=raw.index)
    said = columns.get("age")
    years = columns.get("years")
    if said is not None:
        words = plain_codes(raw[said])
        if _are_years(words):
            years = said if years is None else years
        else:
            out["age_class"] = _read(words, _age_class, said, area_ha, notes, ("0", "9"))
    if years is not None:
        out["age_yr"] = _years(plain_codes(raw[years]), years, area_ha, notes)
    _by_planting(out, raw, columns.get("planted"), area_ha, notes, dated)
    _by_grade(out, raw, columns.get("grade"), area_ha, notes, dated)
    for name, reader in (("origin", _origin), ("purpose", _purpose)):
        column = columns.get(name)
        if column is not None:
            out[name] = _read(plain_codes(raw[column]), reader, column, area_ha, notes, ("0", "00", "000"))
    return out


def _by_planting(
    out: pd.DataFrame, raw: pd.DataFrame, column: str | None, area_ha: pd.Series, notes: Notes, dated: AgeWords
) -> None:
    """Age from the year of planting, where no age is told."""
    if column is None:
        return
    words = plain_codes(raw[column])
    year = pd.to_numeric(words.str.extract(r"^(\d{4})")[0], errors="coerce")
    known = _known(words, year.between(_FIRST_YEAR, dated.year or _LAST_YEAR), column, area_ha, notes)
    told = known & out["age_yr"].isna()
    if dated.year is not None:
        out.loc[told, "age_yr"] = np.maximum(dated.year - year[told], 0.5)
        return
    _say_ageless(
        told & (out["age_class"] == ""), area_ha, notes,
        f"a year of planting ({column}); say the year of the layer with `year` in [stands]",
        f"造林年度（{column}）；请在 [stands] 用 year 写明图层年份",
    )  # fmt: skip


def _by_grade(
    out: pd.DataFrame, raw: pd.DataFrame, column: str | None, area_ha: pd.Series, notes: Notes, dated: AgeWords
) -> None:
    """Age in the middle of a grade (龄级), where nothing else tells it."""
    if column is None:
        return
    words = plain_codes(raw[column]).str.normalize("NFKC").str.upper().str.replace(r"(龄级|级)$", "", regex=True)
    number = pd.to_numeric(words.replace(_ROMAN), errors="coerce")
    known = _known(words, number.between(1, _MOST_GRADES) & (number % 1 == 0), column, area_ha, notes)
    open_ = known & out["age_yr"].isna() & (out["age_class"] == "")
    age = (number - 0.5) * dated.steps(out.index)
    out.loc[open_ & age.notna(), "age_yr"] = age
    _say_ageless(
        open_ & age.isna(), area_ha, notes,
        f"a grade (龄级, {column}), which has 5, 10 or 20 years by species: say them with `grade_years` in [stands]",
        f"龄级（{column}）；龄级期限因树种为 5、10 或 20 年，请在 [stands] 用 grade_years 写明",
    )  # fmt: skip


def _known(words: pd.Series, sound: pd.Series, column: str, area_ha: pd.Series, notes: Notes) -> pd.Series:
    """The rows that are sound; those that say something else than nothing are told."""
    lost = ~words.isin(["", "0"]) & ~sound
    if lost.any():
        _say_lost(words[lost], column, area_ha, notes)
    return sound


def _say_ageless(bare: pd.Series, area_ha: pd.Series, notes: Notes, en: str, zh: str) -> None:
    """Tell how much has no age but what could give it one, and what to say for that."""
    if bare.any():
        size = f"{area_ha[bare].sum():,.1f}"
        notes.add("stands", f"{size} ha have no age but {en}, and their growth follows their age",
                  f"{size} 公顷没有年龄而有{zh}，即可按年龄计生长")  # fmt: skip


def _are_years(words: pd.Series) -> bool:
    """Tell whether a column of the age class holds years: numbers alone, one of them no code of a class."""
    numbers = pd.to_numeric(words[words != ""], errors="coerce")
    return bool(len(numbers) and numbers.notna().all() and ((numbers > 9) | (numbers % 1 != 0)).any())


def _read(
    words: pd.Series, reader: Callable[[str], str | None], column: str, area_ha: pd.Series, notes: Notes,
    none: tuple[str, ...],
) -> pd.Series:  # fmt: skip
    known = {w: "" if w in ("", *none) else reader(w) for w in words.unique()}
    lost = words.map(lambda w: known[w] is None)
    if lost.any():
        _say_lost(words[lost], column, area_ha, notes)
    return words.map(lambda w: known[w] or "")


def _years(words: pd.Series, column: str, area_ha: pd.Series, notes: Notes) -> pd.Series:
    age = pd.to_numeric(words.str.replace(r"\s*(年生|年|岁|a|yr)$", "", regex=True), errors="coerce")
    lost = (words != "") & ~age.between(0, _OLDEST_YR)
    if lost.any():
        _say_lost(words[lost], column, area_ha, notes)
    return age.where((age > 0) & (age <= _OLDEST_YR))  # 0 is what a survey leaves in land without trees


def _say_lost(words: pd.Series, column: str, area_ha: pd.Series, notes: Notes) -> None:
    sizes = area_ha[words.index].groupby(words).sum().sort_values(ascending=False)
    text = listing([f"{w} ({ha:,.1f} ha)" for w, ha in sizes.items()], 8)
    notes.add("stands", f"values of {column} that cannot be read count as unknown: {text}",
              f"字段 {column} 中无法解读的值按未知计：{text}")  # fmt: skip


def read_ages(ages: pd.DataFrame, species: pd.Series, area_ha: pd.Series, edition: str, notes: Notes) -> pd.Series:
    """Origin and years of every stand of trees in one text, ``planted 10-20``; empty where the age is unknown.

    Parameters
    ----------
    ages : pandas.DataFrame
        ``AGE_COLUMNS``.
    species : pandas.Series
        Species group; stands without one are of mixed trees.
    area_ha : pandas.Series
        Area [ha].
    edition : {"older", "newer"}
        Table of the age classes.
    notes : Notes
        Told the hectares without an age, without an origin, and of classes that speak against the age.
    """
    if not ((ages["age_class"] != "") | ages["age_yr"].notna()).any():
        return pd.Series("", index=ages.index)
    out, unknown, against = [], [], []
    for row, group in zip(ages.to_dict("records"), species, strict=True):
        origin = row["origin"] or "natural"
        limits = age_limits(group or "tree", origin, row["purpose"] or "timber", edition)
        age, kind = float(row["age_yr"]), str(row["age_class"])
        has = age == age or kind != ""
        low, high = (age, age) if age == age else limits.years(kind) if kind else (np.nan, np.nan)
        out.append(f"{origin} {low:g}-{high:g}" if has else "")
        unknown.append(has and not row["origin"])
        against.append(age == age and kind != "" and limits.age_class(age) != kind)
    text = pd.Series(out, index=ages.index)
    for rows, en, zh in (
        (text == "", "name no age: they grow at the rate of the region", "没有年龄或龄组，按区域生长率计"),
        (pd.Series(unknown, index=ages.index), "have an age and no origin: they grow as natural stands",
         "有年龄而无起源，按天然林生长"),
        (pd.Series(against, index=ages.index), "have an age outside their age class: the age counts",
         "年龄与龄组不符，以年龄为准"),
    ):  # fmt: skip
        if rows.any():
            size = f"{area_ha[rows].sum():,.1f}"
            notes.add("stands", f"{size} ha of forest stands {en}", f"{size} 公顷森林小班{zh}")
    return text
