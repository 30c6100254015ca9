"""The region file: what to read, where, and how; checked down to the line."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from guanghui.data import read_table
from guanghui.geo.errors import InputError, all_of
from guanghui.maps.settings import MapSettings
from guanghui.plan.inputs.land_sections import CarbonSection, LandcoverSection, Paths, ValueSection
from guanghui.plan.inputs.land_sections import Section as _Section
from guanghui.plan.inputs.lines import KINDS_ZH, LIMITS, find_line
from guanghui.plan.inputs.plan_sections import Actual, AreaSection, BalanceSection, Target
from guanghui.pv.meters.settings import MeterSettings
from guanghui.pv.settings import CoverageSettings, EconomicsSettings, PvSettings
from guanghui.pv.sites.settings import SiteRules, SiteSettings
from guanghui.sinks.settings import SinkSettings

__all__ = ["BalanceSection", "RegionFile", "Target", "find_line", "load_region_file"]


class RegionSection(_Section):
    """``[region]``: what the place is called."""

    name: str = Field(min_length=1, description="shown on every page")
    name_en: str = Field("", description="English name; also names the output folder")
    code: str = Field("", description="administrative code")
    area_km2: float | None = Field(
        None, gt=0, description="official area of the place [km²]; that of factors/plan_totals.csv by its code"
    )
    part: bool | None = Field(
        None, description="the layers show a part of the place; told by the two areas where this is not given"
    )
    illustrative: bool = Field(False, description="made-up data: every page and table says 示范数据 / illustrative")
    crs: str = Field(
        "auto", description='metric CRS, "EPSG:4548"; auto takes the surface model\'s or the zone of the place'
    )
    seed: int = Field(0, ge=0, description="seed of every random draw")


class TownshipsSection(_Section):
    """``[townships]``: the units of every result."""

    path: str = Field(description="polygon layer")
    name: str = Field("name", description="column of the name")
    code: str | None = Field(None, description="column of the code")
    name_en: str | None = Field(None, description="column of the English name")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class BuildingsSection(_Section):
    """``[buildings]``: outlines; without them only the sinks run."""

    path: str = Field(description="polygon layer")
    id: str | None = Field(None, description="column of a stable id")
    name: str | None = Field(None, description="column of the name")
    use: str | None = Field(None, description="column of the use")
    height: str | None = Field(None, description="column of the height above ground [m]")
    storeys: str | None = Field(None, description="column of the number of storeys")
    material: str | None = Field(None, description="column of the roof material (彩钢, 混凝土, 瓦, steel …)")
    year_built: str | None = Field(None, description="column of the year of building")
    ownership: str | None = Field(None, description="column of the owner or kind of title")
    heritage: str | None = Field(None, description="column that marks protected buildings")
    more: tuple[str, ...] = Field(
        (),
        description="further columns, kept under their own names: in the layers, on the card of a roof, in the list "
        "and as filters of the pages",
    )
    height_raster: Paths | None = Field(
        None, description="building heights above ground [m], file, list or pattern, for outlines without a height"
    )
    form: str | None = Field(
        None, description="column of the roof's form: flat, gable, hip, shed, or 平顶, 双坡, 四坡, 单坡"
    )
    uses: dict[str, str] = Field({}, description="raw use -> building class, before the built-in words")
    default_class: str = Field("other", description="class of buildings without a use")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')

    @model_validator(mode="after")
    def _own_names(self) -> BuildingsSection:
        taken = {*read_table("legends", "pv_columns.csv")["column"].astype(str), "geometry"}
        for column in self.more:
            if column in taken or self.more.count(column) > 1:
                raise InputError(
                    f"more: {column!r} is a column of the results already; give it another name in the layer",
                    f"more：{column!r} 已是成果中的字段名；请在图层中改用别的字段名",
                )
        return self


class SurfaceSection(_Section):
    """``[surface]``: surface model; without it outlines are pushed up to their height."""

    path: Paths | None = Field(None, description="file, list or pattern of tiles")
    unit: Literal["m", "ft"] = Field(
        "m", description="unit of the heights; what the file says of itself where this is not given"
    )
    terrain: Paths | None = Field(None, description="bare-earth model; coarse is fine")
    canopy: Paths | None = Field(None, description="trees, where the surface model has none")
    canopy_is: Literal["height", "top"] = Field("height", description="heights above ground, or tops above the datum")
    band: int | None = Field(None, ge=1, description="of a file with several bands")
    crs: str | None = Field(None, description="where the files have none")


class WetlandsSection(_Section):
    """``[wetlands]``: surveyed wetlands with their type; they go before the land cover."""

    path: str = Field(description="polygon layer")
    type: str = Field("wetland_type", description="column of the type")
    name: str | None = Field(None, description="column of the name")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class StandsSection(_Section):
    """``[stands]``: forest stand polygons (小班) with group and volume."""

    path: str = Field(description="polygon layer")
    group: str | None = Field(None, description="column of the species, names or codes; found by its name otherwise")
    land_type: str | None = Field(None, description="column of the land type (DI_LEI); found by its name otherwise")
    volume: str | None = Field(None, description="column of the growing stock; found by its name otherwise")
    volume_unit: Literal["m3/ha", "m3/mu", "m3"] | None = Field(
        None, description="unit of the volume: a hectare, a mu, or the whole stand; where its name does not tell"
    )
    age: str | None = Field(
        None, description="column of the age class (龄组), or of the age in years; found by its name otherwise"
    )
    years: str | None = Field(None, description="column of the mean age [yr]; found by its name otherwise")
    planted: str | None = Field(
        None, description="column of the year of planting (造林年度); found by its name otherwise, used with `year`"
    )
    year: int | None = Field(None, ge=1950, le=2100, description="year the layer shows; ages are counted to it")
    grade: str | None = Field(
        None, description="column of the age grade (龄级, 1 2 3 or Ⅰ Ⅱ Ⅲ); used with `grade_years` where nothing else "
        "tells the age"
    )  # fmt: skip
    grade_years: int | dict[str, int] | None = Field(
        None, description='years of an age grade (龄级期限): 5, or by species {"杉木" = 5, "tree" = 10}'
    )
    age_limits: Literal["older", "newer"] = Field(
        "older", description="table of age classes the layer follows (factors/age_limits.csv)"
    )
    origin: str | None = Field(None, description="column of the origin (起源); unknown counts as natural")
    purpose: str | None = Field(None, description="column of the purpose (林种); unknown counts as timber")
    closure: str | None = Field(None, description="column of the canopy closure [1]")
    area: str | None = Field(None, description="column of the surveyed area, compared with the polygons")
    area_unit: Literal["ha", "mu", "m2"] | None = Field(None, description="unit of the surveyed area")
    dialect: (
        Literal["national", "national_stripped", "third_survey", "guangxi", "shanxi", "guizhou", "code_sheet"] | None
    ) = Field(None, description="code system of land types and species, where the codes leave it open")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description='where the file has none; "gcj02" for shifted degrees')
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


class BiomassSection(_Section):
    """``[biomass]``: above-ground dry biomass of the trees, from a canopy or radar product."""

    path: Paths = Field(description="file, list or pattern of tiles [t/ha]")
    band: int | None = Field(None, ge=1, description="of a file with several bands")
    crs: str | None = Field(None, description="where the files have none")


class PlantingSection(_Section):
    """``[planting]``: polygons that say where trees may be planted; all optional."""

    farmland: str | None = Field(None, description="permanent basic farmland (永久基本农田), never planted")
    excluded: str | None = Field(None, description="land kept out by the user")
    planned: str | None = Field(None, description="land planned for forest (规划造林地), for CCER-14-001")
    cleared: str | None = Field(None, description="cleared coastal ponds and works (退养退围), for CCER-14-003")


class EventSection(_Section):
    """``[[events]]``: what was cut, burnt, killed or turned to other land, in one year or a whole table or layer."""

    kind: Literal["harvest", "fire", "pest", "conversion"] | None = Field(
        None, description="what happened; a column of the table or layer otherwise"
    )
    year: int | None = Field(None, ge=1990, le=2100, description="when; a column of the table or layer otherwise")
    area_ha: float | None = Field(None, gt=0, description="forest touched [ha]")
    volume_m3: float | None = Field(None, gt=0, description="standing volume touched [m³], instead of an area")
    township: str = Field("", description="name or code of the township")
    path: str | None = Field(
        None, description="polygon layer, or table with kind, year, township, area_ha or volume_m3"
    )
    killed: float = Field(1.0, gt=0, le=1, description="part of the trees touched that dies [1]")
    removed: float = Field(
        0.0, ge=0, le=1, description="part of the dead stems left in the forest that is carried out [1]"
    )
    replanted: str = Field("", description="species group planted after; none when left out")
    oldest_first: bool = Field(
        False,
        description="take the oldest trees of the township whose age is known, in the place of all alike; a polygon "
        "takes what it covers",
    )
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description="where the file has none")
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')

    @model_validator(mode="after")
    def _whole(self) -> EventSection:
        if self.path is None:
            missing = [k for k in ("kind", "year", "township") if not getattr(self, k)]
            if missing:
                raise InputError(
                    f"an event without a path needs {', '.join(missing)}",
                    f"没有 path 的事件须填写 {'、'.join(missing)}",
                )
            if (self.area_ha is None) == (self.volume_m3 is None):
                raise InputError(
                    "an event needs area_ha or volume_m3, one of the two", "事件须填写 area_ha 或 volume_m3，二者取一"
                )
        return self


class WorksSection(_Section):
    """``[works]``: works that were done and their controls, measured at two dates (成效监测评估)."""

    path: str = Field(description="polygon layer")
    kind: str = Field("kind", description="column that says works or control (工程区, 对照区)")
    before: Paths = Field(description="raster of the date before")
    after: Paths = Field(description="raster of the date after")
    quantity: Literal["agb_t_ha", "tc_ha"] = Field("agb_t_ha", description="above-ground dry biomass, or carbon")
    layer: str | None = Field(None, description="layer of a file that holds several")
    crs: str | None = Field(None, description="where the file has none")
    encoding: str | None = Field(None, description='of a Shapefile without .cpg, usually "gbk"')


def _as_station(value: Any) -> Any:
    return [{"path": v} if isinstance(v, str) else v for v in value] if isinstance(value, list) else value


class StationSection(_Section):
    """One of several stations in ``[weather]``; what its file does not say of its place and time."""

    path: str = Field(description="EPW, TMY3, PVGIS, NSRDB, UMEP or CSV")
    format: str = Field("auto", description="auto, or one of pv.weather_files.FORMATS")
    latitude: float | None = Field(None, ge=-90, le=90, description="of the station [°]")
    longitude: float | None = Field(None, ge=-180, le=180, description="of the station [°]")
    altitude: float | None = Field(None, ge=-500, le=9000, description="of the station [m]")
    utc_offset: float | None = Field(None, ge=-12, le=14, description="of the time stamps [h]")
    time: str | None = Field(None, description="time column of a plain CSV")
    shift_min: float | None = Field(
        None, ge=-90, le=90, description="from the stamps to the middle of their intervals [min]; fitted by default"
    )
    wind_height_m: float = Field(
        10.0, ge=1, le=200, description="height of the anemometer [m]; wind is brought to 10 m by the power law"
    )
    columns: dict[str, str] = Field({}, description="ghi, dni, dhi, temp_air, wind_speed -> header of a plain CSV")


class WeatherSection(_Section):
    """``[weather]``: an hourly file, several stations, or monthly normals that make every result illustrative."""

    stations: Annotated[tuple[StationSection, ...], BeforeValidator(_as_station)] = Field(
        (), description="several hourly files, as paths or tables; each township then has its own weather"
    )
    use: Literal["nearest", "idw"] = Field(
        "nearest",
        description="weather of a township: its nearest station's, or those hours with monthly means weighted by "
        "1/distance² over all stations",
    )
    path: str | None = Field(None, description="EPW, TMY3, PVGIS, NSRDB, UMEP or CSV")
    format: str = Field("auto", description="auto, or one of pv.weather_files.FORMATS")
    normals: str | None = Field(None, description="region of climate/normals.csv, used when there is no path")
    latitude: float | None = Field(
        None, ge=-90, le=90, description="of the station [°]; the region's middle by default"
    )
    longitude: float | None = Field(None, ge=-180, le=180, description="of the station [°]")
    altitude: float | None = Field(None, ge=-500, le=9000, description="of the station [m]")
    utc_offset: float | None = Field(None, ge=-12, le=14, description="of the time stamps [h]")
    time: str | None = Field(None, description="time column of a plain CSV")
    shift_min: float | None = Field(
        None, ge=-90, le=90, description="from the stamps to the middle of their intervals [min]; fitted by default"
    )
    wind_height_m: float = Field(
        10.0, ge=1, le=200, description="height of the anemometer [m]; wind is brought to 10 m by the power law"
    )
    columns: dict[str, str] = Field({}, description="ghi, dni, dhi, temp_air, wind_speed -> header of a plain CSV")
    far: bool = Field(False, description="a station beyond 1,000 km or in the other hemisphere is meant")

    @model_validator(mode="after")
    def _one_source(self) -> WeatherSection:
        if self.path is not None and self.stations:
            raise InputError("path and stations are both given; keep one of them", "path 与 stations 只能保留一个")
        return self


class ExistingSection(_Section):
    """``[existing]``: systems that stand or are committed; they count first."""

    path: str = Field(description="CSV or layer with capacity_mw or capacity_kwp by building or township")


class GridSection(_Section):
    """``[grid]``: what transformers or feeders of each township can take."""

    path: str = Field(description="CSV with township_code or township, and capacity_kva")
    limit_share: float = Field(
        0.8, gt=0, le=2, description="capacity that may feed back over rating [1] (DL/T 2041: 80 %, from memory)"
    )


class RunSection(_Section):
    """``[run]``: where results go."""

    out: str | None = Field(None, description="output folder, relative to the region file; out/<name> by default")
    faces: bool = Field(
        False, description="also write vectors/faces.parquet: every roof face, drawn on the sheet of its roof"
    )


class RegionFile(_Section):
    """A whole region file."""

    region: RegionSection
    townships: TownshipsSection | None = None
    buildings: BuildingsSection | None = None
    surface: SurfaceSection = SurfaceSection()
    landcover: LandcoverSection | None = None
    landcover_before: LandcoverSection | None = None
    wetlands: WetlandsSection | None = None
    stands: StandsSection | None = None
    biomass: BiomassSection | None = None
    carbon: CarbonSection = CarbonSection()
    planting: PlantingSection = PlantingSection()
    works: WorksSection | None = None
    events: tuple[EventSection, ...] = ()
    weather: WeatherSection = WeatherSection()
    pv: PvSettings = PvSettings()
    coverage: CoverageSettings = CoverageSettings()
    sites: tuple[SiteSettings, ...] = ()
    site_rules: SiteRules = SiteRules()
    existing: ExistingSection | None = None
    meters: MeterSettings | None = None
    economics: EconomicsSettings | None = None
    grid: GridSection | None = None
    targets: tuple[Target, ...] = ()
    actuals: tuple[Actual, ...] = ()
    protected: AreaSection | None = None
    built_up: AreaSection | None = None
    balance: BalanceSection | None = None
    value: ValueSection = ValueSection()
    sinks: SinkSettings = SinkSettings()
    maps: MapSettings = MapSettings()
    run: RunSection = RunSection()


def load_region_file(path: Path) -> tuple[RegionFile, str]:
    """Read and check a region file.

    Parameters
    ----------
    path : pathlib.Path
        TOML file.

    Returns
    -------
    tuple of RegionFile and str
        The settings and the text (for naming lines later).

    Raises
    ------
    InputError
        One sentence for each thing that is wrong, with the key and its line.
    """
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such region file; `guanghui new NAME` writes a commented one.",
            f"{path}：没有此区域文件；guanghui new NAME 可写出带注释的模板。",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: the file is not UTF-8; save it as UTF-8.", f"{path}：文件不是 UTF-8 编码；请另存为 UTF-8。"
        ) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: this is no valid TOML: {error}.", f"{path}：不是有效的 TOML：{error}。") from error
    if "\0" in repr(raw) or r"\x00" in repr(raw):
        raise InputError(
            f"{path}: a text holds the character NUL, which no name or path has; write it anew.",
            f"{path}：某个文本含有空字符 (NUL)，名称与路径中不应有；请重新填写。",
        )
    try:
        return RegionFile.model_validate(raw), text
    except ValidationError as error:
        raise all_of(_sentence(path, text, e) for e in error.errors()) from error


def _sentence(path: Path, text: str, error: Any) -> InputError:
    keys = [k for k in error["loc"] if not (isinstance(k, str) and ("[" in k or k.startswith("function-")))]
    where = ".".join(str(k) for k in keys)
    line = find_line(text, keys)
    place, place_zh = (f"{path}, line {line}", f"{path} 第 {line} 行") if line else (f"{path}", f"{path}")
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _known_keys(keys[:-1])
        near = difflib.get_close_matches(str(keys[-1]), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(known)}."
        hint_zh = f"是否想写 `{near[0]}`？" if near else f"可用的键为 {', '.join(known)}。"
        return InputError(f"{place}: key `{where}` is unknown; {hint}", f"{place_zh}：未知的键 `{where}`；{hint_zh}")
    if kind == "missing":
        return InputError(f"{place}: key `{where}` is missing; add it.", f"{place_zh}：缺少键 `{where}`；请补充。")
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    if kind in LIMITS:
        name, words = LIMITS[kind]
        why = f"{words} {error['ctx'][name]}"
    else:
        cause = error.get("ctx", {}).get("error")
        why = cause.zh if isinstance(cause, InputError) else KINDS_ZH.get(kind.split("_")[0], message)
    return InputError(
        f"{place}: `{where}` = {error['input']!r} cannot be used: {message[:1].lower()}{message[1:]}.",
        f"{place_zh}：`{where}` = {error['input']!r} 不可用：{why}。",
    )


def _known_keys(parents: list[Any]) -> list[str]:
    """Keys of the section an unknown key stands in."""
    model: Any = RegionFile
    for key in parents:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key)
        if field is None:
            return []
        model = _model_of(field.annotation)
        if model is None:
            return []
    return sorted(model.model_fields)


def _model_of(annotation: Any) -> Any:
    """First pydantic model inside an annotation such as ``Section | None`` or ``tuple[Phase, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_of, getattr(annotation, "__args__", ())) if m is not None), None)
