"""Numbers that look sound and are not: each is told by what the other inputs show, and read where only one reading is.

The place is that of the other twins; a case either gives its energy to 0.5 %, or is refused or named in words that say
the cause. What is told of a sound place is nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from guanghui.geo.crs import parse_crs
from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.raster_source import raster_source
from guanghui.geo.surface import surface_model
from guanghui.geo.units import FOOT_M
from guanghui.geo.unread import RASTER_ERRORS
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.surface_fit import surface_fit
from guanghui.plan.run.check import check
from guanghui.pv.sun.weather_files import read_weather
from tests.scenes import CRS, EAST, NORTH, hourly_weather, write_raster
from tests.twins import place

Z = place.heights()[0]
ROOFS = place.outlines()
CHANCE = np.random.default_rng(5)
NO_LAND = place.REGION.replace(place.LANDCOVER, "")
Frame = Callable[[pd.DataFrame], pd.DataFrame]


def told(path: Path) -> str:
    """Refusals and notes of ``check``, in Chinese; the hours of the place stand in for normals."""
    try:
        region = Region(path)
        if "normals" in path.read_text(encoding="utf-8"):
            region.__dict__["weather"] = hourly_weather()
        problems = check(region)
    except InputError as error:
        problems = [error]
        region = None
    notes = [] if region is None else list(region.notes)
    return "\n".join(t.in_language("zh") for t in (*problems, *notes))


# --- surface ----------------------------------------------------------------------------------------------------------
def sprinkled(value: float, share: float = 0.02) -> np.ndarray:
    return np.where(CHANCE.random(Z.shape) < share, value, Z).astype("float32")


SURFACES: dict[str, tuple[np.ndarray, dict[str, float], str]] = {
    "decimetres": ((Z * 10).astype("int16"), {}, "高差为轮廓所给高度的 1"),
    "centimetres": ((Z * 100).astype("int16"), {}, "高差为轮廓所给高度的 1"),
    "millimetres": ((Z * 1000).astype("int32"), {}, "gdal_translate -a_scale"),
    "feet": ((Z / FOOT_M).astype("float32"), {}, "高差为轮廓所给高度的 3"),
    "grey values": (((Z - Z.min()) / np.ptp(Z) * 254).astype("uint8"), {"nodata": None}, "请设置 [surface] unit"),
    "moved by 4 m": (Z, {"west": EAST + 4}, "轮廓东移 +4.0 米、北移 +0.0 米"),
    "moved by 3 and 2 m": (Z, {"west": EAST - 3, "north": NORTH + 2}, "轮廓东移 -3.0 米、北移 +2.0 米"),
    "smoothed": (ndimage.uniform_filter(Z, 5).astype("float32"), {}, "边缘被平滑"),
    "noise of 0.3 m": ((Z + CHANCE.normal(0, 0.3, Z.shape)).astype("float32"), {}, "离散约 0.3"),
    "spikes": ((Z + 80 * (CHANCE.random(Z.shape) < 0.005)).astype("float32"), {}, "高出 25 米以上"),
    "255 of uint8": (sprinkled(255).astype("uint8"), {"nodata": None}, "像元值为 255"),
    "32767 of int16": (sprinkled(32767).astype("int16"), {"nodata": None}, "像元值为 32767"),
    "9999": (sprinkled(9999), {"nodata": None}, "不是地球上的高程"),
    "1e20": (sprinkled(1e20), {"nodata": None}, "不是地球上的高程"),
    "-32768 beside a declared 0": (sprinkled(-32768), {"nodata": 0}, "不是地球上的高程"),
}  # fmt: skip


@pytest.mark.parametrize("name", place.some(SURFACES, 2))
def test_a_surface_that_is_not_what_it_seems(tmp_path: Path, name: str) -> None:
    z, options, words = SURFACES[name]
    path = place.build(tmp_path, surface=False, land=False, text=NO_LAND)
    write_raster(tmp_path / "dsm.tif", z, **{"nodata": -9999.0, **options})
    assert words in told(path)


def test_nothing_is_told_of_a_sound_surface(tmp_path: Path) -> None:
    words = told(place.build(tmp_path, land=False, text=NO_LAND))
    assert not any(w in words for w in ("错位", "平滑", "离散", "倍", "高程：", "25 米"))


def test_the_fit_is_measured(tmp_path: Path) -> None:
    """Shift, noise, walls and steps as they were put in; a tower of 255 m is a tower."""
    for z, west, wanted in (
        (Z, EAST, {"east_m": 0.0, "north_m": 0.0, "gain": 1.0, "noise_m": 0.0, "sharp": 1.0}),
        (Z, EAST + 2, {"east_m": 2.0, "north_m": 0.0}),
        (Z + CHANCE.normal(0, 0.2, Z.shape).astype("float32"), EAST, {"noise_m": 0.2, "east_m": 0.0}),
        (Z * 10, EAST, {"ratio": 11.3}),
        (Z / FOOT_M, EAST, {"ratio": 1.13 / FOOT_M}),
        (ndimage.uniform_filter1d(ndimage.uniform_filter1d(Z, 4, 0), 4, 1), EAST, {"sharp": 0.25, "east_m": 0.0}),
    ):
        write_raster(tmp_path / "z.tif", z.astype("float32"), west=west, nodata=-9999.0)
        surface = surface_model(raster_source(tmp_path / "z.tif"), parse_crs(CRS))
        fit = surface_fit(ROOFS.assign(height_m=9.0, height_source="measured"), surface)
        assert fit is not None
        for name, value in wanted.items():
            assert getattr(fit, name) == pytest.approx(value, rel=0.12, abs=0.05 if name == "sharp" else 0.011), name


def test_a_part_that_cannot_be_read_is_left_to_the_survey(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "z.tif", Z.astype("float32"), nodata=-9999.0)
    surface = surface_model(raster_source(path), parse_crs(CRS)).chunk({"y": 30, "x": -1})
    path.write_bytes(path.read_bytes()[: int(0.6 * path.stat().st_size)])
    with pytest.raises(RASTER_ERRORS):
        surface.to_numpy()
    fit = surface_fit(ROOFS.assign(height_m=9.0, height_source="measured"), surface)
    assert fit is None or 0 < fit.outlines < len(ROOFS)


def test_the_flat_roof_of_a_tower_is_no_hole(tmp_path: Path) -> None:
    """A largest number with heights below it stays a height, and a tower in a model of another type too."""
    notes = Notes()
    tall = np.where(np.arange(120)[:, None] < 8, 255, np.linspace(0, 250, 120)[:, None] + 0 * Z).astype("uint8")
    source = raster_source(
        write_raster(tmp_path / "u8.tif", tall, nodata=None), role="quantity", heights=True, notes=notes
    )
    assert float(surface_model(source, parse_crs(CRS)).max()) == 255.0
    tower = Z.copy()
    tower[10:40, 10:40] = 255.0
    source = raster_source(
        write_raster(tmp_path / "f4.tif", tower, nodata=None), role="quantity", heights=True, notes=notes
    )
    assert float(surface_model(source, parse_crs(CRS)).max()) == 255.0
    assert not [n for n in notes if "255" in n.text]


# --- hours ------------------------------------------------------------------------------------------------------------
def hours() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(place.hours_csv()))


def dated(form: str) -> Frame:
    return lambda f: f.assign(time=pd.to_datetime(f["time"]).dt.strftime(form))


def fahrenheit(f: pd.DataFrame) -> pd.DataFrame:
    return f.assign(temp_air=f["temp_air"] * 1.8 + 32)


WRONG: dict[str, tuple[Frame, str]] = {
    "°F": (fahrenheit, "华氏度"),
    "tenths of a degree": (lambda f: f.assign(temp_air=f["temp_air"] * 10), "十分之一度"),
    "columns swapped": (lambda f: f.rename(columns={"ghi": "dhi", "dhi": "ghi"}), "两列写反"),
    "beam as diffuse": (lambda f: f.assign(dhi=(f["ghi"] - f["dhi"]) * 1.5), "dhi 实为直射"),
    "tenth of radiation": (lambda f: f.assign(ghi=f["ghi"] / 10, dhi=f["dhi"] / 10), "晴空值的"),
    "0.6 of radiation": (lambda f: f.assign(ghi=f["ghi"] * 0.6, dhi=f["dhi"] * 0.6), "发电量与之同比"),
    "wind in km/h by its header": (lambda f: f.rename(columns={"wind_speed": "风速(km/h)"}), "表头单位为 km/h"),
    "wind of 14 m/s": (lambda f: f.assign(wind_speed=f["wind_speed"] + 12), "km/h 或节"),
    "no air": (lambda f: f.drop(columns="temp_air"), "每高 10 °C 发电量约减 4 %"),
    "no wind": (lambda f: f.assign(wind_speed=-99), "每高 1 m/s 发电量约增 1 %"),
    "seconds since 1970": (lambda f: f.assign(time=(pd.to_datetime(f["time"]) - pd.Timestamp("1970-01-01"))
                                              .dt.total_seconds().astype(int)), "不是时间"),
    "words as times": (lambda f: f.assign(time="noon"), "2021-01-31 13:00"),
}  # fmt: skip
RIGHT: dict[str, Frame] = {
    "kelvin": lambda f: f.assign(temp_air=f["temp_air"] + 273.15),
    "年月日时": dated("%Y年%m月%d日%H时%M分"),
    "day first": dated("%d/%m/%Y %H:%M"),
    "month first": dated("%m/%d/%Y %H:%M"),
    "am and pm": dated("%m/%d/%Y %I:%M %p"),
    "Chinese headers": lambda f: f.rename(columns={"ghi": "总辐射(W/m²)", "dhi": "散射辐射", "temp_air": "气温（℃）",
                                                   "wind_speed": "风速(m/s)"}),
}  # fmt: skip


def weather_of(folder: Path, change: Frame):
    change(hours()).to_csv(folder / "w.csv", index=False)
    return read_weather(folder / "w.csv", latitude=29.27, longitude=115.81, utc_offset=8)


@pytest.mark.parametrize("name", place.some(WRONG, 2))
def test_hours_that_are_not_what_they_seem(tmp_path: Path, name: str) -> None:
    change, words = WRONG[name]
    try:
        text = "\n".join(n.in_language("zh") for n in weather_of(tmp_path, change).notes)
    except InputError as error:
        text = error.in_language("zh")
    assert words in text


@pytest.mark.parametrize("name", place.some(RIGHT, 2))
def test_hours_written_another_way_are_the_same(tmp_path: Path, name: str) -> None:
    sound, found = weather_of(tmp_path, lambda f: f).data, weather_of(tmp_path, RIGHT[name]).data
    for column in ("ghi", "dhi", "temp_air", "wind_speed"):
        np.testing.assert_allclose(found[column].sum(), sound[column].sum(), rtol=1e-3)


def test_a_workbook_of_hours(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "w.xlsx") as book:
        pd.DataFrame({"说明": ["站点资料"]}).to_excel(book, sheet_name="说明", index=False)
        hours()[:8760].to_excel(book, sheet_name="逐时", index=False, startrow=2)
    found = read_weather(tmp_path / "w.xlsx", latitude=29.27, longitude=115.81, utc_offset=8).data
    assert found["ghi"].sum() == pytest.approx(weather_of(tmp_path, lambda f: f).data["ghi"].sum(), rel=1e-9)


# --- outlines ---------------------------------------------------------------------------------------------------------
def listed(**columns: object) -> pd.DataFrame:
    points = ROOFS.centroid.to_crs(4490)
    return pd.DataFrame({"经度": points.x, "纬度": points.y, "面积": ROOFS.area}).assign(**columns)


def dms(value: float) -> str:
    minutes = (value % 1) * 60
    return f"{int(value)}°{int(minutes)}′{(minutes % 1) * 60:.4f}″"


LISTS: dict[str, Callable[[], pd.DataFrame]] = {
    "亩": lambda: listed().rename(columns={"面积": "面积（亩）"}).assign(**{"面积（亩）": ROOFS.area * 15 / 1e4}),
    "万㎡": lambda: listed().rename(columns={"面积": "面积(万㎡)"}).assign(**{"面积(万㎡)": ROOFS.area / 1e4}),
    "平方米 in the cell": lambda: listed(面积=[f"{a:.4f}平方米" for a in ROOFS.area]),
    "degrees, minutes, seconds": lambda: listed(经度=listed()["经度"].map(dms), 纬度=listed()["纬度"].map(dms)),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_lists_as_people_write_them(tmp_path: Path, name: str, suffix: str) -> None:
    keys = f'[buildings]\npath = "r.{suffix}"\n'
    path = place.build(tmp_path, roofs=False, surface=False, land=False,
                       text=NO_LAND.replace(place.BUILDINGS, keys).replace(place.SURFACE, ""))  # fmt: skip
    if suffix == "csv":
        LISTS[name]().to_csv(tmp_path / "r.csv", index=False)
    else:
        LISTS[name]().to_excel(tmp_path / "r.xlsx", index=False, startrow=3)
    found = Region(path).buildings
    assert found is not None
    np.testing.assert_allclose(np.sort(found["footprint_m2"]), np.sort(ROOFS.area), rtol=1e-3)


def test_areas_too_small_for_square_metres_are_asked_for(tmp_path: Path) -> None:
    path = place.build(tmp_path, roofs=False, land=False,
                       text=NO_LAND.replace(place.BUILDINGS, '[buildings]\npath = "r.csv"\n'))  # fmt: skip
    listed(面积=ROOFS.area * 15 / 1e4).to_csv(tmp_path / "r.csv", index=False)
    assert "面积（亩）" in told(path)


def test_uses_nobody_knows_are_counted(tmp_path: Path) -> None:
    path = place.build(tmp_path, roofs=False, land=False, text=NO_LAND)
    ROOFS.assign(use=[1, 2, 3] * 3).to_file(tmp_path / "roofs.gpkg")
    assert "9 栋建筑中有 9 栋的用途无法识别" in told(path)
    ROOFS.assign(use=["yes", "", "住宅"] * 3).to_file(tmp_path / "roofs.gpkg")
    assert "无法识别" not in told(path)


def test_an_old_datum_is_named(tmp_path: Path) -> None:
    path = place.build(tmp_path, roofs=False, land=False, text=NO_LAND)
    ROOFS.to_crs(2384).to_file(tmp_path / "roofs.gpkg")
    assert "坐标为西安80" in told(path)


def test_outlines_rounded_roof_by_roof_are_named(tmp_path: Path) -> None:
    """Each moved another way: no common shift mends it."""
    far = [(4, 3), (-4, 3), (4, -4), (-3, -4), (5, 0), (-5, 1), (0, 5), (1, -5), (-4, -2)]
    moved = ROOFS.set_geometry([ROOFS.translate(*way).iloc[i] for i, way in enumerate(far)], crs=CRS)
    path = place.build(tmp_path, roofs=False, land=False, text=NO_LAND)
    moved.to_file(tmp_path / "roofs.gpkg")
    assert "逐栋不一致" in told(path)
