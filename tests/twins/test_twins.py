"""One place written in sixty ways: each twin gives the same table to 0.1 %, or is refused or named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin
from rasterio.warp import Resampling, calculate_default_transform, reproject

from guanghui.geo.errors import InputError
from guanghui.geo.gcj02 import wgs84_to_gcj02
from guanghui.geo.surface import surface_model
from guanghui.geo.units import FOOT_M
from guanghui.geo.zonal import class_areas
from guanghui.plan.inputs.region import Region
from guanghui.pv.assessment.survey import survey
from tests.scenes import CRS, EAST, NORTH, hourly_weather
from tests.twins import place

Make = Callable[[Path], Any]
ROOFS, TOWNS = place.outlines(), place.townships()
SAME, REFUSED, NAMED = "same", "refused", "named"


def roofs_table(region: Region) -> pd.DataFrame:
    """What the engine is handed of each roof: township, ground, class, height written, mean height of the surface."""
    frame = region.buildings
    assert frame is not None
    table = frame[["building_id", "name", "township", "footprint_m2", "building_class", "height_m"]].copy()
    if region.surface is not None:
        array = surface_model(region.surface, region.crs, unit=region.settings.surface_unit)
        z, x, y = array.to_numpy(), array.x.to_numpy(), array.y.to_numpy()
        means = []
        for shape in frame.geometry:
            west, south, east, north = shape.buffer(-1.0).bounds
            part = z[np.ix_((y > south) & (y < north), (x > west) & (x < east))]
            means.append(float(np.nanmean(part)) if np.isfinite(part).any() else np.nan)
        table["surface_m"] = means
    return table.sort_values("building_id", ignore_index=True)


def land_table(region: Region) -> pd.Series:
    """Area of each class of land in each township [m²]."""
    assert region.landcover is not None
    cover = region.landcover.clip(region.townships)
    cover.check()
    areas = class_areas(cover.codes(), region.townships.set_index("name")).area_m2
    return (
        areas.melt(ignore_index=False).set_index("variable", append=True)["value"].pipe(lambda s: s[s > 0]).sort_index()
    )


# --- outlines and townships -------------------------------------------------------------------------------------------
def gbk(folder: Path, *, cpg: str | None = "GBK", suffix: str = "shp", frame: gpd.GeoDataFrame = ROOFS) -> None:
    frame.to_file(folder / f"r.{suffix}", encoding="gbk")
    (folder / "r.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (folder / "r.cpg").write_text(cpg)


def zipped(folder: Path, cpg: str | None = "GBK") -> None:
    gbk(folder, cpg=cpg)
    with ZipFile(folder / "r.zip", "w") as pack:
        for end in ("shp", "shx", "dbf", "prj", *(("cpg",) if cpg else ())):
            pack.write(folder / f"r.{end}", f"r.{end}")


def cut_gbk(folder: Path) -> None:
    """A field whose width cuts its last character in two, as dBASE tools leave it."""
    gbk(folder, cpg=None, frame=ROOFS.assign(note="共青城市甘露镇人民政府办公大楼"))
    data = bytearray((folder / "r.dbf").read_bytes())
    text = "共青城市甘露镇人民政府办公大楼".encode("gbk")
    while text in data:
        end = data.index(text) + len(text)
        data[end - 1 : end] = b" "
    (folder / "r.dbf").write_bytes(bytes(data))


def kmz(folder: Path) -> None:
    """Three folders of one drawing, packed."""
    degrees = ROOFS.to_crs(4326)
    for i, part in enumerate((degrees[:2], degrees[2:5], degrees[5:])):
        part.to_file(folder / "doc.kml", layer=f"村{i}", driver="LIBKML", mode="a" if i else "w")
    with ZipFile(folder / "r.kmz", "w") as pack:
        pack.write(folder / "doc.kml", "doc.kml")


def layers_dxf(folder: Path) -> None:
    """Outlines on one layer of a drawing, parcels on another."""
    parcels = gpd.GeoDataFrame({"Layer": ["ZD"] * 9}, geometry=ROOFS.buffer(4, join_style="mitre").boundary, crs=CRS)
    drawn = gpd.GeoDataFrame({"Layer": ["JZD"] * 9}, geometry=ROOFS.boundary, crs=CRS)
    pd.concat([drawn, parcels]).to_file(folder / "r.dxf", driver="DXF", engine="pyogrio")


def bare_json(folder: Path, frame: gpd.GeoDataFrame) -> None:
    tree = json.loads(frame.to_json())
    tree.pop("crs", None)
    (folder / "r.geojson").write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")


def moved(x: float) -> gpd.GeoDataFrame:
    return ROOFS.set_geometry(ROOFS.geometry.translate(x, 0))


def shifted() -> gpd.GeoDataFrame:
    degrees = ROOFS.to_crs(4326)
    shapes = shapely.transform(degrees.geometry.to_numpy(), wgs84_to_gcj02, interleaved=False)
    return degrees.set_geometry(gpd.GeoSeries(shapes, crs=4326))


def lines(folder: Path) -> None:
    ROOFS[["geometry"]].set_geometry(ROOFS.boundary).to_file(folder / "r.dxf", driver="DXF", engine="pyogrio")


def listed(name: str, **options: Any) -> Make:
    def make(folder: Path) -> None:
        points = ROOFS.centroid.to_crs(4490)
        table = pd.DataFrame({**ROOFS.drop(columns="geometry"), "经度": points.x, "纬度": points.y,
                              "面积": [f"{a:,.1f}" for a in ROOFS.area * options.get("times", 1.0)]})  # fmt: skip
        if name.endswith("xlsx"):
            table.to_excel(folder / name, index=False)
        else:
            table.to_csv(folder / name, index=False, encoding=options.get("encoding", "utf-8"),
                         sep=options.get("sep", ","))  # fmt: skip

    return make


def kml(folder: Path) -> None:
    degrees = ROOFS.to_crs(4326)
    degrees[:4].to_file(folder / "r.kml", layer="a", driver="LIBKML")
    degrees[4:].to_file(folder / "r.kml", layer="b", driver="LIBKML", mode="a")


def structs(folder: Path) -> None:
    names = [{"primary": n, "common": None} for n in ROOFS["title"]]
    ROOFS.assign(title=names).to_parquet(folder / "r.parquet")


def halves(folder: Path) -> None:
    def split(g: shapely.Polygon) -> shapely.MultiPolygon:
        west, south, east, north = g.bounds
        middle = (west + east) / 2
        return shapely.MultiPolygon([shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)])

    ROOFS.set_geometry(ROOFS.geometry.map(split)).to_file(folder / "r.gpkg")


def again(folder: Path, x: float) -> None:
    both = pd.concat([ROOFS, moved(x).assign(bid=lambda f: "m" + f["bid"])], ignore_index=True)
    both.to_file(folder / "r.gpkg")


SUFFIX_KEYS = 'id = "bid"\nname = "title"\nuse = "use"\nheight = "h"\n'
BARE_KEYS = ("use", "h")
OUTLINES: dict[str, tuple[str, Make, str, str]] = {
    "gbk shapefile": ("r.shp", gbk, "", SAME),
    "gbk without cpg": ("r.shp", lambda p: gbk(p, cpg=None), "", SAME),
    "gbk under a cpg of utf-8": ("r.shp", lambda p: gbk(p, cpg="UTF-8"), "", SAME),
    "zipped shapefile": ("r.zip", zipped, "", SAME),
    "geodatabase": ("r.gdb", lambda p: ROOFS.to_file(p / "r.gdb", driver="OpenFileGDB"), "", SAME),
    "flatgeobuf": ("r.fgb", lambda p: ROOFS.to_file(p / "r.fgb", driver="FlatGeobuf"), "", SAME),
    "geoparquet": ("r.parquet", lambda p: ROOFS.to_parquet(p / "r.parquet"), "", SAME),
    "geoparquet, column shape": ("r.parquet", lambda p: ROOFS.rename_geometry("shape").to_parquet(p / "r.parquet"), "",
                                 SAME),
    "overture names": ("r.parquet", structs, "", SAME),
    "geojson of degrees": ("r.geojson", lambda p: ROOFS.to_crs(4326).to_file(p / "r.geojson"), "", SAME),
    "geojson of prefixed metres": ("r.geojson", lambda p: bare_json(p, moved(39e6)), "", SAME),
    "geojson of bare metres": ("r.geojson", lambda p: bare_json(p, ROOFS), "", REFUSED),
    "geojson of bare metres, declared": ("r.geojson", lambda p: bare_json(p, ROOFS), 'crs = "EPSG:4548"\n', SAME),
    "latitude before longitude": ("r.geojson", lambda p: bare_json(p, ROOFS.to_crs(4326).set_geometry(
        ROOFS.to_crs(4326).geometry.map(lambda g: shapely.transform(g, lambda c: c[:, ::-1])))), "", REFUSED),
    "kml": ("r.kml", kml, "", SAME),
    "kmz of three folders": ("r.kmz", lambda p: kmz(p), "", SAME),
    "dxf of two layers, one named": ("r.dxf", layers_dxf, 'crs = "EPSG:4548"\nlayer = "JZD"\n', SAME),
    "dxf of two layers": ("r.dxf", layers_dxf, 'crs = "EPSG:4548"\n', REFUSED),
    "zipped shapefile in gbk without cpg": ("r.zip", lambda p: zipped(p, cpg=None), "", SAME),
    "gbk cut off by its width": ("r.shp", cut_gbk, "", SAME),
    "north before east": ("r.gpkg", lambda p: ROOFS.set_geometry(shapely.transform(
        ROOFS.geometry.to_numpy(), lambda c: c[:, ::-1])).to_file(p / "r.gpkg"), "", REFUSED),
    "without shx": ("r.shp", lambda p: (gbk(p), (p / "r.shx").unlink()), "", REFUSED),
    "without dbf": ("r.shp", lambda p: (gbk(p), (p / "r.dbf").unlink()), "", REFUSED),
    "dxf": ("r.dxf", lines, 'crs = "EPSG:4548"\n', SAME),
    "dxf without crs": ("r.dxf", lines, "", REFUSED),
    "xlsx": ("r.xlsx", listed("r.xlsx"), "", SAME),
    "csv": ("r.csv", listed("r.csv"), "", SAME),
    "csv in gb18030": ("r.csv", listed("r.csv", encoding="gb18030"), "", SAME),
    "csv with a mark": ("r.csv", listed("r.csv", encoding="utf-8-sig"), "", SAME),
    "csv with semicolons": ("r.csv", listed("r.csv", sep=";"), "", SAME),
    "csv with tabs": ("r.csv", listed("r.csv", sep="\t"), "", SAME),
    "prefixed under the bare crs": ("r.gpkg", lambda p: moved(39e6).to_file(p / "r.gpkg"), "", SAME),
    "bare under the prefixed crs": ("r.gpkg", lambda p: ROOFS.set_crs(4527, allow_override=True).to_file(p / "r.gpkg"),
                                    "", SAME),
    "prefix of another zone": ("r.gpkg", lambda p: moved(38e6).to_file(p / "r.gpkg"), "", REFUSED),
    "prefixed crs": ("r.gpkg", lambda p: ROOFS.to_crs(4527).to_file(p / "r.gpkg"), "", SAME),
    "utm": ("r.gpkg", lambda p: ROOFS.to_crs(32650).to_file(p / "r.gpkg"), "", SAME),
    "web mercator": ("r.gpkg", lambda p: ROOFS.to_crs(3857).to_file(p / "r.gpkg"), "", SAME),
    "wrong crs, the right one declared": ("r.gpkg", lambda p: ROOFS.set_crs(4547, allow_override=True).to_file(
        p / "r.gpkg"), 'crs = "EPSG:4548"\n', SAME),
    "wrong crs": ("r.gpkg", lambda p: ROOFS.set_crs(4547, allow_override=True).to_file(p / "r.gpkg"), "", REFUSED),
    "gcj-02, declared": ("r.geojson", lambda p: shifted().to_file(p / "r.geojson"), 'crs = "gcj02"\n', SAME),
    "gcj-02": ("r.geojson", lambda p: shifted().to_file(p / "r.geojson"), "", REFUSED),
    "with heights": ("r.gpkg", lambda p: ROOFS.set_geometry(shapely.force_3d(ROOFS.geometry, 5.0)).to_file(
        p / "r.gpkg"), "", SAME),
    "rings the other way": ("r.gpkg", lambda p: ROOFS.set_geometry(ROOFS.geometry.reverse()).to_file(p / "r.gpkg"), "",
                            SAME),
    "halves": ("r.gpkg", halves, "", SAME),
    "drawn twice": ("r.gpkg", lambda p: again(p, 0.0), "", SAME),
    "heights as text": ("r.gpkg", lambda p: ROOFS.assign(h=[("9 m", "9米", "９", "9.0")[i % 4] for i in range(9)])
                        .to_file(p / "r.gpkg"), "", SAME),
    "heights of words": ("r.gpkg", lambda p: ROOFS.assign(h="高").to_file(p / "r.gpkg"), "", REFUSED),
    "numbers as ids": ("r.gpkg", lambda p: ROOFS.assign(bid=[f"b{i}" for i in range(9)]).to_file(p / "r.gpkg"), "",
                       SAME),
}  # fmt: skip


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.Series]:
    region = Region(place.build(tmp_path_factory.mktemp("truth")))
    return roofs_table(region), land_table(region)


def same_roofs(found: pd.DataFrame, true: pd.DataFrame, drawn: bool) -> None:
    """Equal to 0.1 %; drawings carry no columns, so their roofs are told apart by size and surface."""
    if drawn:
        keys = ["township", "footprint_m2"]
        found, true = found.sort_values(keys, ignore_index=True), true.sort_values(keys, ignore_index=True)
        columns = ["township", "footprint_m2"]
    else:
        columns = list(true.columns)
    for column in columns:
        if true[column].dtype.kind == "f":
            np.testing.assert_allclose(found[column], true[column], rtol=1e-3, err_msg=column)
        else:
            assert found[column].tolist() == true[column].tolist(), column


def roofs_or_refusal(region: Region, want: str) -> pd.DataFrame | None:
    """Roofs of a twin that must be equal; None for one that was refused in both languages, as it must be."""
    if want != REFUSED:
        return roofs_table(region)
    with pytest.raises(InputError) as told:
        roofs_table(region)
    assert told.value.zh
    return None


@pytest.mark.parametrize("name", place.some(OUTLINES, 3))
def test_outlines(tmp_path: Path, truth: tuple[pd.DataFrame, pd.Series], name: str) -> None:
    file, make, extra, want = OUTLINES[name]
    drawn = name.startswith("dxf")
    keys = "" if drawn else SUFFIX_KEYS
    text = place.REGION.replace(place.BUILDINGS, f'[buildings]\npath = "{file}"\n{keys}{extra}')
    path = place.build(
        tmp_path,
        roofs=False,
        land=False,
        text=text.replace(place.LANDCOVER, "").replace(place.SURFACE, ""),
        surface=False,
    )
    make(tmp_path)
    found = roofs_or_refusal(Region(path), want)
    if found is None:
        return
    true = truth[0].drop(columns="surface_m")
    same_roofs(found, true, drawn)


@pytest.mark.parametrize("crs", place.some([4490, 4527, 3857], 3))
def test_townships_in_another_crs(tmp_path: Path, truth: tuple[pd.DataFrame, pd.Series], crs: int) -> None:
    path = place.build(tmp_path)
    TOWNS.to_crs(crs).to_file(tmp_path / "towns.gpkg")
    region = Region(path)
    same_roofs(roofs_table(region), truth[0], drawn=False)
    pd.testing.assert_series_equal(land_table(region), truth[1], rtol=1e-3, check_names=False)


# --- the surface ------------------------------------------------------------------------------------------------------
Z = place.heights()[0]


def tif(path: Path, values: np.ndarray, **options: Any) -> None:
    profile = {"driver": "GTiff", "height": values.shape[-2], "width": values.shape[-1], "count": 1,
               "dtype": values.dtype.name, "crs": CRS, "transform": from_origin(EAST, NORTH, 1, 1)}  # fmt: skip
    scale, unit, alpha = options.pop("scale", None), options.pop("unit", ""), options.pop("alpha", None)
    offset = options.pop("offset", 0.0)
    with rasterio.open(path, "w", **{**profile, "count": 1 if alpha is None else 2, **options}) as out:
        out.write(values, 1)
        if alpha is not None:
            out.write(alpha, 2)
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        if scale:
            out.scales, out.offsets = (scale,), (offset,)
        if unit:
            out.units = (unit,)


def warped(path: Path, crs: str, times: int = 1) -> None:
    t, w, h = calculate_default_transform(CRS, crs, 120, 120, EAST, NORTH - 120, EAST + 120, NORTH)
    t, w, h = t @ rasterio.Affine.scale(1 / times), w * times, h * times
    out = np.full((h, w), -9999, "float32")
    reproject(Z, out, src_transform=from_origin(EAST, NORTH, 1, 1), src_crs=CRS, dst_transform=t,
              dst_crs=crs, dst_nodata=-9999, resampling=Resampling.nearest)  # fmt: skip
    tif(path, out, crs=crs, transform=t, nodata=-9999)


def tiles(folder: Path, lap: int = 0) -> None:
    for i, (r0, r1) in enumerate(((0, 60 + lap), (60 - lap, 120))):
        for j, (c0, c1) in enumerate(((0, 60 + lap), (60 - lap, 120))):
            t = from_origin(EAST + c0, NORTH - r0, 1, 1)
            tif(folder / f"t{i}{j}.tif", Z[r0:r1, c0:c1].copy(), transform=t, nodata=(-9999, -1)[i])


SURFACES: dict[str, tuple[Make, str, str]] = {
    "decimetres in int16": (lambda p: tif(p / "dsm.tif", np.round(Z * 10).astype("int16"), scale=0.1), "", SAME),
    "scale and offset": (lambda p: tif(p / "dsm.tif", np.round((Z - 5) * 100).astype("uint16"), scale=0.01, offset=5.0),
                         "", SAME),
    "float64": (lambda p: tif(p / "dsm.tif", Z.astype("float64"), nodata=-3.4e38), "", SAME),
    "feet, declared": (lambda p: tif(p / "dsm.tif", (Z / FOOT_M).astype("float32")), 'unit = "ft"\n', SAME),
    "feet, said by the band": (lambda p: tif(p / "dsm.tif", (Z / FOOT_M).astype("float32"), unit="ft"), "", SAME),
    "survey feet": (lambda p: tif(p / "dsm.tif", (Z * 3937 / 1200).astype("float32"), unit="US survey foot"), "", SAME),
    "centimetres": (lambda p: tif(p / "dsm.tif", (Z * 100).astype("int32"), unit="cm"), "", SAME),
    "an unknown unit": (lambda p: tif(p / "dsm.tif", Z, unit="chi"), "", REFUSED),
    "alpha": (lambda p: tif(p / "dsm.tif", Z, alpha=np.full(Z.shape, 255, "float32")), "", SAME),
    "three bands": (lambda p: tif(p / "dsm.tif", Z.astype("uint8"), count=3), "", REFUSED),
    "three bands, one named": (lambda p: tif(p / "dsm.tif", Z, count=3), "band = 1\n", SAME),
    "height in the crs": (lambda p: tif(p / "dsm.tif", Z, crs="EPSG:4548+5737"), "", SAME),
    "no crs": (lambda p: tif(p / "dsm.tif", Z, crs=None), "", REFUSED),
    "no crs, declared": (lambda p: tif(p / "dsm.tif", Z, crs=None), 'crs = "EPSG:4548"\n', SAME),
    "degrees": (lambda p: warped(p / "dsm.tif", "EPSG:4490"), "", SAME),
    "utm": (lambda p: warped(p / "dsm.tif", "EPSG:32650"), "", SAME),
    "web mercator": (lambda p: warped(p / "dsm.tif", "EPSG:3857"), "", SAME),
    "tiles": (tiles, "tiles", SAME),
    "tiles that overlap": (lambda p: tiles(p, lap=3), "tiles", SAME),
    "enlarged twice": (lambda p: tif(p / "dsm.tif", np.kron(Z, np.ones((2, 2), "float32")),
                                     transform=from_origin(EAST, NORTH, 0.5, 0.5)), "", SAME),
    "enlarged four times in degrees": (lambda p: warped(p / "dsm.tif", "EPSG:4490", 4), "", SAME),
    "cells of 30 m": (lambda p: tif(p / "dsm.tif", Z[::30, ::30].copy(),
                                    transform=from_origin(EAST, NORTH, 30, 30)), "", REFUSED),
    "south up": (lambda p: tif(p / "dsm.tif", Z[::-1].copy(), transform=rasterio.Affine(1, 0, EAST, 0, 1, NORTH - 120)),
                 "", REFUSED),
}  # fmt: skip


WARPED = ("degrees", "utm", "web mercator", "enlarged four times in degrees")


@pytest.mark.parametrize("name", place.some(SURFACES, 3))
def test_surfaces(tmp_path: Path, truth: tuple[pd.DataFrame, pd.Series], name: str) -> None:
    make, extra, want = SURFACES[name]
    given = '[surface]\npath = "t*.tif"\n' if extra == "tiles" else place.SURFACE + extra
    text = place.REGION.replace(place.SURFACE, given).replace(place.LANDCOVER, "")
    path = place.build(tmp_path, surface=False, land=False, text=text)
    make(tmp_path)
    found = roofs_or_refusal(Region(path), want)
    if found is None:
        return
    np.testing.assert_allclose(found["surface_m"], truth[0]["surface_m"], rtol=5e-3 if name in WARPED else 1e-3)


# --- energy -----------------------------------------------------------------------------------------------------------
MWH = {"enlarged twice": 1e-3, "utm": 5e-3, "decimetres in int16": 1e-3, "tiles that overlap": 1e-3,
       "feet, said by the band": 3e-3, "enlarged four times in degrees": 5e-3, "web mercator": 5e-3}  # fmt: skip
"""Surface -> how near its energy must come; of two faces of one size either may be named first after a rounding."""


@pytest.fixture(scope="module")
def energy_mwh(tmp_path_factory: pytest.TempPathFactory) -> float:
    return surveyed_mwh(place.build(tmp_path_factory.mktemp("energy"), land=False, text=NO_LAND))


NO_LAND = place.REGION.replace(place.LANDCOVER, "")


def surveyed_mwh(path: Path) -> float:
    """Yield of a year of all roofs [MWh]."""
    region = Region(path)
    region.__dict__["weather"] = hourly_weather()
    return float(survey(region).roofs["yield_kwh"].sum()) / 1000


@pytest.mark.parametrize("name", place.some(MWH, 7))
def test_a_twin_gives_the_same_energy(tmp_path: Path, energy_mwh: float, name: str) -> None:
    make, extra, _ = SURFACES[name]
    given = '[surface]\npath = "t*.tif"\n' if extra == "tiles" else place.SURFACE + extra
    path = place.build(tmp_path, surface=False, land=False, text=NO_LAND.replace(place.SURFACE, given))
    make(tmp_path)
    assert surveyed_mwh(path) == pytest.approx(energy_mwh, rel=MWH[name])
