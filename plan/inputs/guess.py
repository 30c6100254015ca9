"""Which input each file of a folder is, by evidence; what the evidence leaves open is asked, never chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import shapely

from guanghui.data import read_table
from guanghui.geo.columns import text_column
from guanghui.geo.errors import InputError
from guanghui.geo.landcover import legend, legends, wetland_types
from guanghui.geo.written import written_number
from guanghui.plan.inputs.seen import LISTS, Layer, Raster, Seen, Table, year_in
from guanghui.pv.programme.existing import read_existing
from guanghui.sinks.land.stand_fields import FIELDS, named_column

__all__ = ["Guess", "Line", "Question", "guess"]

_TOWN_M2, _ROOF_M2 = 5e5, (8.0, 2e4)
_TOWN_WORDS = re.compile(r"(?:镇|乡|街道|办事处|区|农场|林场|园|场)$")
_COLUMNS = {
    "id": ("building_id", "bid", "id", "uuid", "osm_id", "gml_id", "编号", "房屋编号", "建筑编号", "唯一码"),
    "name": ("name", "名称", "建筑名称", "房屋名称", "title", "mc"),
    "use": ("use", "用途", "房屋用途", "建筑用途", "类别", "建筑类别", "类型", "building", "class", "yt", "function"),
    "height": ("height_m", "height", "高度", "建筑高度", "房屋高度", "h", "gd", "jzgd", "elevation"),
    "storeys": ("storeys", "floors", "floor", "levels", "building:levels", "层数", "楼层", "楼层数", "房屋层数", "cs",
                "num_floors"),
}  # fmt: skip
_TOWN_COLUMNS = {
    "name": ("name", "名称", "乡镇", "乡镇名称", "街道", "xzqmc", "xzmc", "xz", "town", "townname", "镇名", "乡", "mc"),
    "code": ("code", "代码", "行政代码", "区划代码", "xzqdm", "xzdm", "adcode", "行政区划代码", "pac", "dm"),
    "name_en": ("name_en", "英文名", "name:en", "pinyin"),
}  # fmt: skip
_WET = re.compile(r"wetland|湿地")
_READABLE = 0.5
_NUMBERS = ("height", "storeys")
_FEW = 60
_SAMPLE = 300
_SURFACE_CELL_M = 3.0
_NO_HEIGHT_M = 9000.0
_NAMED = {
    "canopy": r"canopy|\bchm\b|冠层|树高|树冠",
    "terrain": r"\b(?:dtm|dem)\b|terrain|地形|裸地",
    "surface": r"\bdsm\b|地表模型|表面模型",
    "biomass": r"\bagb\b|biomass|生物量",
}


@dataclass(frozen=True)
class Line:
    """A key of the region file and why it is what it is."""

    key: str
    value: Any
    why: str = ""
    why_zh: str = ""
    answered: bool = False
    """A person said it, so a path in it is not one below the folder."""


@dataclass(frozen=True)
class Question:
    """What a person must say, because no file does."""

    en: str
    zh: str


@dataclass
class Guess:
    """Sections of a region file, in order, and what stays open."""

    sections: dict[str, list[Line]] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    left: dict[str, tuple[str, str]] = field(default_factory=dict)
    """File that is in no section -> why, in English and Chinese."""

    def answer(self, section: str, line: Line) -> None:
        """Take what a person said for what no file says; the question goes.

        Parameters
        ----------
        section : str
            Section of the region file.
        line : Line
            Its key and value.
        """
        lines = self.sections.setdefault(section, [])
        lines[:] = [*(one for one in lines if one.key != line.key), line]
        asked = (f"[{section}]:", f"[{section}] {line.key}:")
        self.questions = [q for q in self.questions if not q.en.startswith(asked)]


def guess(seen: Seen) -> Guess:
    """Assign the files of a folder.

    Parameters
    ----------
    seen : Seen
        From :func:`plan.inputs.seen.look`.

    Returns
    -------
    Guess
        One file a section; where several would do, the one with the most features, and the others are named.
    """
    out = Guess()
    left = list(seen.layers)
    partners: list[Layer] = []
    for section, fits, lines in _VECTOR_ROLES:
        able = [layer for layer in left if fits(layer)]
        if not able:
            continue
        if section == "townships":
            partners = [layer for layer in left if _is_roofs(layer)]
        best = max(able, key=partial(_merit, section=section, partners=partners))
        if section == "townships":
            partners = [best]
        out.sections[section] = [*_where(seen, best), *lines(best, out)]
        for other in able:
            if other is not best:
                out.left[_name(seen, other)] = (f"would also do for [{section}]", f"也可用于 [{section}]")
        left = [layer for layer in left if layer not in able]
    for layer in left:
        out.left[_name(seen, layer)] = _what_layer(layer)
    _rasters(seen, out)
    _weather(seen, out)
    _tables(seen, out)
    for name, error in seen.refused.items():
        out.left[name] = (str(error), error.in_language("zh"))
    _ask(out)
    return out


def _merit(layer: Layer, section: str, partners: list[Layer]) -> tuple[Any, ...]:
    """What is better for a role: roofs inside the townships, townships that hold roofs; outlines before lists."""
    inside = sum(_inside(other, layer) if section == "townships" else _inside(layer, other) for other in partners)
    drawn = layer.path.suffix.lower() not in LISTS
    told = sum(_named(_columns_of(layer), names) is not None for names in _COLUMNS.values())
    return inside, drawn, layer.crs == "", len(layer.frame), told, str(layer.path)


def _inside(roofs: Layer, towns: Layer) -> int:
    """Tenths of a sample of roofs whose middle lies in one of the townships."""
    sample = roofs.frame.geometry.iloc[:: max(1, len(roofs.frame) // _SAMPLE)]
    middles = shapely.point_on_surface(sample.to_crs(towns.frame.crs).to_numpy())
    whole = shapely.union_all(towns.frame.geometry.to_numpy())
    shapely.prepare(whole)
    return round(10 * float(np.mean(shapely.contains_xy(whole, shapely.get_x(middles), shapely.get_y(middles)))))


def _name(seen: Seen, layer: Layer) -> str:
    return layer.path.relative_to(seen.folder).as_posix() + (f" ({layer.layer})" if layer.layer else "")


def _where(seen: Seen, layer: Layer) -> list[Line]:
    """Path, layer and CRS of a vector input."""
    median = float(np.median(layer.area_m2)) if len(layer.area_m2) else 0.0
    size = f"{median:,.0f} m²" if median < 1e5 else f"{median / 1e6:,.2f} km²"
    count = len(layer.frame)
    told = f"{count} polygons, the middle one {size}", f"{count} 个面，中位面积 {size}"
    out = [Line("path", layer.path.relative_to(seen.folder).as_posix(), *told)]
    if layer.layer:
        out.append(Line("layer", layer.layer))
    if layer.crs:
        out.append(Line("crs", layer.crs, "the file has none; here it lies where it should: confirm it",
                        "文件未带坐标系，按此落在应在之处：请确认"))  # fmt: skip
    return out


def _columns_of(layer: Layer) -> list[str]:
    return [c for c in layer.frame.columns if c != layer.frame.geometry.name]


def _named(columns: Iterable[str], names: Sequence[str]) -> str | None:
    lower = {str(c).lower(): str(c) for c in reversed(list(columns))}
    return next((lower[n] for n in names if n in lower), None)


def _stand_column(layer: Layer, meaning: str) -> str | None:
    return named_column(_columns_of(layer), FIELDS[meaning])


def _is_stands(layer: Layer) -> bool:
    known = [m for m in ("group", "land_type", "volume", "age", "closure") if _stand_column(layer, m) is not None]
    return "group" in known and len(known) >= 2


def _is_land_survey(layer: Layer) -> bool:
    """Parcels of the third land survey (地类图斑)."""
    names = {c.upper() for c in _columns_of(layer)}
    return "DLBM" in names and not _is_stands(layer)


def _wetland_column(layer: Layer) -> str | None:
    said = _WET.search(layer.path.stem.lower()) is not None
    for column in _columns_of(layer):
        words = text_column(layer.frame[column])
        if not said and _WET.search(column.lower()) is None:
            continue
        if words.eq("").any() or words.nunique() > _FEW or words.str.fullmatch(r"[\d.]+").any():
            continue
        try:
            wetland_types(words)
        except InputError:
            continue
        return column
    return None


def _town_name(layer: Layer) -> str | None:
    """Column whose texts are names of townships, each of its own."""
    columns = _columns_of(layer)
    named = _named(columns, _TOWN_COLUMNS["name"])
    for column in ([named] if named else []) + columns:
        words = text_column(layer.frame[column])
        if words.eq("").any() or words.nunique() < 0.6 * len(words):
            continue
        if words.str.contains(_TOWN_WORDS).mean() >= 0.5 or (column == named and not words.str.fullmatch(r"\d+").any()):
            return column
    return None


def _is_townships(layer: Layer) -> bool:
    large = len(layer.area_m2) > 0 and float(np.median(layer.area_m2)) >= _TOWN_M2
    return large and len(layer.frame) <= 2000 and _town_name(layer) is not None


def _is_roofs(layer: Layer) -> bool:
    if _is_land_survey(layer) or not len(layer.area_m2):
        return False
    return _ROOF_M2[0] <= float(np.median(layer.area_m2)) <= _ROOF_M2[1]


def _town_lines(layer: Layer, out: Guess) -> list[Line]:
    column, columns = _town_name(layer), _columns_of(layer)
    first = "、".join(text_column(layer.frame[str(column)]).head(3))
    lines = [Line("name", column, first, first)]
    for key in ("code", "name_en"):
        other = _named(columns, _TOWN_COLUMNS[key])
        if other is not None and other != column:
            lines.append(Line(key, other))
    if not any(line.key == "code" for line in lines):
        out.questions.append(Question(
            f"{layer.path.name} has no column of codes: townships are numbered as they come. Is there a code?",
            f"{layer.path.name} 没有代码字段：乡镇按文件顺序编号。是否有行政区划代码？"))  # fmt: skip
    return lines


def _roof_lines(layer: Layer, out: Guess) -> list[Line]:
    columns, lines = _columns_of(layer), []
    for key, names in _COLUMNS.items():
        column = _named(columns, names)
        if column is None:
            continue
        values = text_column(layer.frame[column])
        given = values[values != ""]
        if given.empty:
            continue
        if key == "id" and given.duplicated().any():
            continue
        if key in _NUMBERS:
            read = float(np.mean([np.isfinite(written_number(v, key)) for v in given]))
            if read < _READABLE:
                out.left[f"{layer.path.name}: {column}"] = ("under half of it are numbers", "不足一半是数字")
                continue
            lines.append(Line(key, column, f"read in {100 * read * len(given) / len(values):.0f} % of the rows",
                              f"{100 * read * len(given) / len(values):.0f} % 的行可读"))  # fmt: skip
        else:
            some = "、".join(dict.fromkeys(given.head(40)))[:60]
            lines.append(Line(key, column, some, some))
    if not any(line.key in _NUMBERS for line in lines):
        out.questions.append(Question(
            f"{layer.path.name} has neither heights nor storeys: without a surface model heights are assumed by class.",
            f"{layer.path.name} 没有高度或层数：若无地表模型，高度按类别假定。"))  # fmt: skip
    return lines


def _stand_lines(layer: Layer, out: Guess) -> list[Line]:
    meant = {m: c for m in FIELDS if (c := _stand_column(layer, m)) is not None}
    return [Line(m, c) for m, c in meant.items()]


def _wetland_lines(layer: Layer, out: Guess) -> list[Line]:
    column, columns = _wetland_column(layer), _columns_of(layer)
    some = "、".join(dict.fromkeys(text_column(layer.frame[str(column)])))[:60]
    lines = [Line("type", column, some, some)]
    name = _named([c for c in columns if c != column], ("name", "名称", "湿地名称"))
    return lines + ([Line("name", name)] if name else [])


def _land_lines(layer: Layer, out: Guess) -> list[Line]:
    column = next(c for c in _columns_of(layer) if c.upper() == "DLBM")
    lines = [Line("code", column, "codes of the third land survey", "三调地类编码")]
    year = year_in(layer.path.stem)
    if year is not None:
        return [*lines, Line("year", year, "in the name of the file", "取自文件名")]
    out.questions.append(Question(f"[landcover] year: which year does {layer.path.name} show?",
                                  f"[landcover] year：{layer.path.name} 反映哪一年？"))  # fmt: skip
    return lines


_VECTOR_ROLES: list[tuple[str, Any, Any]] = [
    ("stands", _is_stands, _stand_lines),
    ("landcover", _is_land_survey, _land_lines),
    ("wetlands", lambda layer: _wetland_column(layer) is not None, _wetland_lines),
    ("townships", _is_townships, _town_lines),
    ("buildings", _is_roofs, _roof_lines),
]


def _what_layer(layer: Layer) -> tuple[str, str]:
    median = float(np.median(layer.area_m2)) if len(layer.area_m2) else 0.0
    return (f"{len(layer.frame)} polygons, the middle one {median:,.0f} m²: no role was recognised "
            "([[coverage.exclude]], [planting], [works] are named by hand)",
            f"{len(layer.frame)} 个面，中位面积 {median:,.0f} 平方米：未识别用途"
            "（[[coverage.exclude]]、[planting]、[works] 请手工填写）")  # fmt: skip


def _rasters(seen: Seen, out: Guess) -> None:
    """Land cover by its codes; heights by what they are called, a lone fine raster without a name as surface."""
    heights: dict[str, list[Raster]] = {}
    covers: list[tuple[Raster, list[str]]] = []
    nameless: list[Raster] = []
    for raster in seen.rasters:
        text = re.sub(r"[_\d]+", " ", f"{raster.pattern} {raster.tags}".lower())  # words apart
        named = next((k for k, words in _NAMED.items() if re.search(words, text)), "")
        if raster.bands > 1:
            out.left[raster.pattern] = (
                f"{raster.bands} bands: say which with `band`",
                f"{raster.bands} 个波段：请用 band 指明",
            )
        elif not named and (fits := _legends(raster)):
            covers.append((raster, fits))
        elif named:
            heights.setdefault(named, []).append(raster)
        else:
            nameless.append(raster)
    fine = [r for r in nameless if r.cell_m <= _SURFACE_CELL_M and not r.dtype.startswith("uint8")]
    if len(fine) == 1 and "surface" not in heights:
        heights["surface"] = fine
        nameless.remove(fine[0])
    for raster in nameless:
        out.left[raster.pattern] = ("neither its name nor its codes say what it shows", "名称与编码均未说明其内容")
    for role in ("surface", "terrain", "canopy"):
        if found := heights.get(role):
            best = min(found, key=lambda r: r.cell_m)
            _height_line(out, role, best)
            for other in found:
                if other is not best:
                    out.left[other.pattern] = (f"would also do for [surface] {role}", f"也可用于 [surface] {role}")
    if found := heights.get("biomass"):
        line = Line("path", found[0].pattern, "by its name; t/ha of dry biomass", "按名称；干物质 t/ha")
        out.sections["biomass"] = [line]
    _covers(out, covers)


def _legends(raster: Raster) -> list[str]:
    """Legends that explain every code of a raster of whole numbers, those named by the file first."""
    codes = np.unique(raster.values)
    if "int" not in raster.dtype or not 0 < len(codes) <= _FEW or (codes != np.round(codes)).any():
        return []
    whole = [int(c) for c in codes]
    fits = [name for name in legends() if legend(name).explains(whole) and not set(whole) <= legend(name).nodata]
    text = f"{raster.pattern} {raster.tags}".lower().replace("_", "")
    told = [name for name in fits if name.replace("_", "") in text]
    return told or (fits if len(codes) > 1 else [])


def _height_line(out: Guess, role: str, raster: Raster) -> None:
    real = raster.values[np.abs(raster.values) < _NO_HEIGHT_M]
    low, high = (float(v) for v in np.quantile(real, [0.01, 0.99])) if len(real) else (np.nan, np.nan)
    if role == "surface" and raster.cell_m > _SURFACE_CELL_M:
        out.left[raster.pattern] = (
            f"cells of {raster.cell_m:.0f} m are too coarse for roofs",
            f"{raster.cell_m:.0f} 米格网不足以分辨屋顶",
        )
        return
    tiles = f"{len(raster.paths)} files, " if len(raster.paths) > 1 else ""
    key = "path" if role == "surface" else role
    out.sections.setdefault("surface", []).append(
        Line(
            key,
            raster.pattern,
            f"{tiles}cells of {raster.cell_m:.2g} m, {low:,.0f} to {high:,.0f}",
            f"{len(raster.paths)} 个文件，格网 {raster.cell_m:.2g} 米，数值 {low:,.0f} 至 {high:,.0f}",
        )
    )


def _covers(out: Guess, covers: list[tuple[Raster, list[str]]]) -> None:
    """Land cover of one or two years; a code that several legends explain is asked."""
    dated = sorted(covers, key=lambda pair: pair[0].year or 0)
    sections = ["landcover"] if len(dated) == 1 else ["landcover_before"] * (len(dated) - 1) + ["landcover"]
    for section, (raster, fits) in zip(sections, dated, strict=False):
        if section in out.sections or (section == "landcover_before" and raster.year is None):
            out.left[raster.pattern] = ("land cover whose year is not told", "土地覆盖，年份不明")
            continue
        lines = [Line("path", raster.pattern, f"cells of {raster.cell_m:.3g} m", f"格网 {raster.cell_m:.3g} 米")]
        if len(fits) == 1:
            lines.append(Line("legend", fits[0], "its codes are all of this legend", "全部编码属于该图例"))
        else:
            out.questions.append(Question(
                f"[{section}] legend: the codes of {raster.pattern} would fit {', '.join(fits)}; which product is it?",
                f"[{section}] legend：{raster.pattern} 的编码符合 {'、'.join(fits)}；是哪个产品？"))  # fmt: skip
        if raster.year is not None:
            lines.append(Line("year", raster.year, "in the name of the file", "取自文件名"))
        else:
            out.questions.append(Question(f"[{section}] year: which year does {raster.pattern} show?",
                                          f"[{section}] year：{raster.pattern} 反映哪一年？"))  # fmt: skip
        out.sections[section] = lines


def _weather(seen: Seen, out: Guess) -> None:
    """One file, or several stations."""
    found = seen.weather
    paths = [w.path.relative_to(seen.folder).as_posix() for w in found]
    told = "; ".join(f"{w.label} ({w.latitude:.2f}, {w.longitude:.2f})" for w in found)
    if len(found) == 1:
        out.sections["weather"] = [Line("path", paths[0], told, told)]
    elif found:
        out.sections["weather"] = [Line("stations", paths, told, told)]
    for path, weather in zip(paths, found, strict=True):
        for key in weather.missing:
            out.questions.append(Question(f"[weather] {key}: {path} does not say it; set it in this section.",
                                          f"[weather] {key}：{path} 未说明；请在该段设置。"))  # fmt: skip


def _tables(seen: Seen, out: Guess) -> None:
    """Transformers and existing systems, by the columns their readers ask for."""
    for table in seen.tables:
        path, columns = table.path.relative_to(seen.folder).as_posix(), {str(c).lower() for c in table.frame.columns}
        if "capacity_kva" in columns and columns & {"township", "township_code"}:
            out.sections["grid"] = [Line("path", path, "capacity_kva by township", "分乡镇配变容量")]
        elif _is_existing(table):
            out.sections["existing"] = [Line("path", path, f"{len(table.frame)} systems", f"{len(table.frame)} 个系统")]
        else:
            out.left[path] = (
                f"a table of {len(table.frame)} rows: no role was recognised",
                f"{len(table.frame)} 行的表：未识别用途",
            )


def _is_existing(table: Table) -> bool:
    try:
        read_existing(table.path)
    except InputError:
        return False
    return True


def _ask(out: Guess) -> None:
    """What a study needs and no file gave."""
    if "townships" not in out.sections:
        out.questions.append(Question("[townships]: no layer of townships was found; it is always needed.",
                                      "[townships]：未找到乡镇界线图层；这是唯一必需的输入。"))  # fmt: skip
    if "buildings" in out.sections and "weather" not in out.sections:
        names = ", ".join(read_table("climate", "normals.csv")["region"].drop_duplicates().astype(str).head(60))
        out.questions.append(Question(
            f"[weather]: no hourly file (EPW, PVGIS, TMY3, CSV) was found; bring one, or set normals to {names}.",
            f"[weather]：未找到逐小时气象文件（EPW、PVGIS、CSV 等）；请提供，或设 normals 为 {names}。"))  # fmt: skip
