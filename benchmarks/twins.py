"""The demo village written in other ways: each twin gives the same MWh, kWp and t C by township, or is refused by name.

``python -m benchmarks.twins [--only PART] [--csv FILE]``: some fifty surveys of the village, about half an hour. Every
twin changes one input of the sound village as a bureau would hand it over. Each
figure of each township is compared with 0.1 %; more is allowed where heights were rounded or a surface was laid on
other cells, which moves single cells and edges.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from pyproj import CRS
from rasterio.enums import ColorInterp
from rasterio.merge import merge
from rasterio.warp import Resampling, calculate_default_transform, reproject
from rasterio.windows import Window

from benchmarks.common import last_line, table
from guanghui import pv, sinks
from guanghui.data.demo import build
from guanghui.geo.errors import InputError, all_of
from guanghui.geo.gcj02 import gcj02_to_bd09, wgs84_to_gcj02
from guanghui.geo.grid import Grid
from guanghui.geo.raster_source import raster_source
from guanghui.geo.resample import keeping_steps
from guanghui.geo.units import FOOT_M
from guanghui.plan.inputs.region import Region
from guanghui.plan.run.check import check

__all__ = ["TWINS", "Twin", "figures", "tried"]

Edit = Callable[[Path], dict[str, str]]
"""Changes the files of a village and returns what to replace in its region file."""
EXACT, ROUNDED, WARPED = 1e-3, 5e-3, 1.5e-2
"""The village's roofs lie on its own cells: laid a fraction of a cell aside they lose 0.5 % at their edges."""


@dataclass(frozen=True)
class Twin:
    """One way to write the village."""

    edit: Edit
    within: float = EXACT
    """Largest relative difference allowed; 0 where it must be refused."""


def _layer(folder: Path, name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / f"{name}.gpkg")


def _vector(name: str, file: str, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame] = lambda f: f, extra: str = "",
            **options: Any) -> Edit:  # fmt: skip
    """Write one layer as another file."""

    def edit(folder: Path) -> dict[str, str]:
        frame = change(_layer(folder, name))
        (folder / f"{name}.gpkg").unlink()
        if file.endswith(".parquet"):
            frame.to_parquet(folder / file)
        else:
            frame.to_file(folder / file, **options)
        return {f'path = "{name}.gpkg"': f'path = "{file}"{extra}'}

    return edit


def _moved(to: Callable[..., Any]) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        degrees = frame.to_crs(4326)
        return degrees.set_geometry(
            gpd.GeoSeries(shapely.transform(degrees.geometry.to_numpy(), to, interleaved=False), crs=4326)
        )

    return change


def _bare(name: str, code: int, layer: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame] = lambda f: f) -> Edit:
    """A Shapefile without its .prj and in GBK without .cpg, in another CRS that the section names."""

    def edit(folder: Path) -> dict[str, str]:
        layer(_layer(folder, name)).to_crs(code).to_file(folder / f"{name}.shp", encoding="gbk")
        for end in ("prj", "cpg"):
            (folder / f"{name}.{end}").unlink(missing_ok=True)
        return {f'path = "{name}.gpkg"': f'path = "{name}.shp"\ncrs = "EPSG:{code}"'}

    return edit


def _shape(folder: Path) -> dict[str, str]:
    _layer(folder, "buildings").rename(columns={"building_id": "bid"}).to_file(folder / "b.shp", encoding="gbk")
    (folder / "b.cpg").unlink()
    return {'path = "buildings.gpkg"\nid = "building_id"': 'path = "b.shp"\nid = "bid"'}


def _heights_as_words(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    words = ("{} m", "{}米", "{}", "约{}m")
    return frame.assign(
        height_m=[words[i % 4].format(h) for i, h in enumerate(frame["height_m"])],
        storeys=[f"{s}层" if i % 2 else f"砼{s}" for i, s in enumerate(frame["storeys"])],
    )


def _cut_names(folder: Path) -> dict[str, str]:
    """A dBASE table keeps ten letters of a column's name; the region file says what stands there."""
    _layer(folder, "stands").to_file(folder / "s.shp", encoding="gbk")
    (folder / "s.cpg").unlink()
    return {
        'path = "stands.gpkg"': 'path = "s.shp"',
        '"species_group"': '"species_gr"',
        '"volume_m3_ha"': '"volume_m3_"',
    }


def _twice(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every outline drawn twice, the second time under another id."""
    return pd.concat([frame, frame.assign(building_id="x" + frame["building_id"])], ignore_index=True)


# --- rasters ----------------------------------------------------------------------------------------------------------
def _opened(paths: list[Path]) -> tuple[np.ndarray, dict[str, Any]]:
    values, transform = merge([str(p) for p in paths])
    with rasterio.open(paths[0]) as first:
        profile = dict(first.profile)
    profile.update(height=values.shape[1], width=values.shape[2], transform=transform)
    return values[0], profile


def _write(path: Path, values: np.ndarray, profile: dict[str, Any], **options: Any) -> None:
    scale, offset = options.pop("scale", None), options.pop("offset", 0.0)
    unit, mask, alpha = options.pop("unit", ""), options.pop("mask", None), options.pop("alpha", None)
    profile = {**profile, "dtype": values.dtype.name, "count": 1 if alpha is None else 2, **options}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as out:
        if alpha is not None:
            out.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
            out.write(alpha.astype(values.dtype), 2)
        out.write(values, 1)
        if mask is not None:
            out.write_mask(mask)
        if scale is not None:
            out.scales, out.offsets = (scale,), (offset,)
        if unit:
            out.units = (unit,)


def _warp(values: np.ndarray, profile: dict[str, Any], crs: str, nodata: float) -> tuple[np.ndarray, dict[str, Any]]:
    w, h, t = profile["width"], profile["height"], profile["transform"]
    bounds = rasterio.transform.array_bounds(h, w, t)
    to, width, height = calculate_default_transform(profile["crs"], crs, w, h, *bounds)
    out = np.full((height, width), nodata, values.dtype)
    reproject(values, out, src_transform=t, src_crs=profile["crs"], dst_transform=to, dst_crs=crs,
              src_nodata=profile["nodata"], dst_nodata=nodata, resampling=Resampling.nearest)  # fmt: skip
    return out, {**profile, "crs": crs, "transform": to, "width": width, "height": height, "nodata": nodata}


def _surface(work: Callable[[np.ndarray, dict[str, Any], Path], None], extra: str = 'unit = "m"') -> Edit:
    """Replace the two tiles by what ``work`` writes as ``dsm.tif``."""

    def edit(folder: Path) -> dict[str, str]:
        z, profile = _opened(sorted((folder / "surface").glob("*.tif")))
        work(z, profile, folder / "dsm.tif")
        return {'path = "surface/*.tif"\nunit = "m"': f'path = "dsm.tif"\n{extra}'}

    return edit


def _tiles(folder: Path) -> dict[str, str]:
    """Six tiles that overlap by some cells, of two nodata values, one of them in integers."""
    z, profile = _opened(sorted((folder / "surface").glob("*.tif")))
    rows, cols = z.shape
    for i, top in enumerate(range(0, rows, 400)):
        for j, left in enumerate(range(0, cols, 900)):
            part = z[top : top + 410, left : left + 907]
            at = rasterio.windows.transform(Window(left, top, 1, 1), profile["transform"])
            own = {**profile, "height": part.shape[0], "width": part.shape[1], "transform": at}
            if (i + j) % 2:
                _write(folder / f"x{i}{j}.tif", np.where(np.isnan(part), -9999, part), own, nodata=-9999.0)
            else:
                _write(folder / f"x{i}{j}.tif", part, own)
    return {'path = "surface/*.tif"': 'path = "x*.tif"'}


def _millimetres(z: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    _write(path, np.where(np.isnan(z), -1, np.round(z * 1000)).astype("int32"), profile, nodata=-1, scale=0.001)


def _centimetres(z: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    _write(path, np.where(np.isnan(z), 65535, np.round((z + 10) * 100)).astype("uint16"), profile, nodata=65535,
           scale=0.01, offset=-10.0)  # fmt: skip


def _masked(z: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    _write(path, np.nan_to_num(z, nan=0.0), profile, nodata=None, mask=~np.isnan(z))


def _alpha(z: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    _write(path, np.nan_to_num(z, nan=0.0), profile, nodata=None, alpha=np.where(np.isnan(z), 0, 255))


def _unit(name: str, times: float) -> Callable[[np.ndarray, dict[str, Any], Path], None]:
    return lambda z, profile, path: _write(path, (z * times).astype("float32"), profile, unit=name)


def _surface_in(crs: str) -> Edit:
    """The planes of the cells seen from cells of another CRS, as a laser's points would be gridded there."""

    def edit(folder: Path) -> dict[str, str]:
        source = raster_source(sorted((folder / "surface").glob("*.tif")))
        w, h, t = source.grid.width, source.grid.height, source.grid.transform
        bounds = rasterio.transform.array_bounds(h, w, t)
        finer = 2 if CRS.from_user_input(crs).is_geographic else 1  # square in degrees is 1.1 m by 1.0 m
        to, width, height = calculate_default_transform(source.grid.crs, crs, finer * w, finer * h, *bounds)
        z = keeping_steps(source, Grid(CRS.from_user_input(crs), to, width, height)).to_numpy()
        profile = {"driver": "GTiff", "count": 1, "crs": crs, "transform": to, "width": width, "height": height}
        _write(folder / "dsm.tif", z, profile, nodata=np.nan)
        return {'path = "surface/*.tif"': 'path = "dsm.tif"'}

    return edit


def _south_up(z: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    t = profile["transform"]
    _write(path, z[::-1].copy(), profile, transform=rasterio.Affine(t.a, 0, t.c, 0, -t.e, t.f + t.e * z.shape[0]))


def _grid(name: str, work: Callable[[np.ndarray, dict[str, Any], Path], None]) -> Edit:
    """Replace one raster by what ``work`` writes."""

    def edit(folder: Path) -> dict[str, str]:
        values, profile = _opened([folder / f"{name}.tif"])
        (folder / f"{name}.tif").unlink()
        work(values, profile, folder / f"{name}.tif")
        return {}

    return edit


def _cover(kind: str, nodata: float | None, **options: Any) -> Edit:
    def work(codes: np.ndarray, profile: dict[str, Any], path: Path) -> None:
        known, given = codes != 0, dict(options)
        filled = np.where(known, codes, 10 if nodata is None else nodata).astype(kind)
        if given.pop("mask", False):
            given["mask"] = known
        if given.pop("alpha", False):
            given["alpha"] = np.where(known, 255, 0)
        _write(path, filled, profile, nodata=nodata, **given)

    return _grid("landcover", work)


def _cover_in(crs: str) -> Edit:
    """Both dates in another CRS, by nearest cells of an eighth, so that areas keep."""

    def work(codes: np.ndarray, profile: dict[str, Any], path: Path) -> None:
        fine = np.kron(codes, np.ones((8, 8), "uint8"))
        own = {**profile, "height": fine.shape[0], "width": fine.shape[1],
               "transform": profile["transform"] @ rasterio.Affine.scale(1 / 8)}  # fmt: skip
        _write(path, *_warp(fine, own, crs, 0))

    def edit(folder: Path) -> dict[str, str]:
        return _grid("landcover", work)(folder) | _grid("landcover_2020", work)(folder)

    return edit


def _cover_tiles(folder: Path) -> dict[str, str]:
    codes, profile = _opened([folder / "landcover.tif"])
    for i, left in enumerate((0, 300)):
        part = codes[:, left : left + (310 if i == 0 else 999)]
        at = rasterio.windows.transform(Window(left, 0, 1, 1), profile["transform"])
        _write(folder / f"lc{i}.tif", np.where(part == 0, 255, part).astype("uint8"),
               {**profile, "width": part.shape[1], "transform": at}, nodata=255)  # fmt: skip
    return {'path = "landcover.tif"': 'path = "lc*.tif"'}


def _colours(codes: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    with rasterio.open(path, "w", **{**profile, "count": 3, "nodata": None}) as out:
        for band in (1, 2, 3):
            out.write(codes, band)


def _palette(codes: np.ndarray, profile: dict[str, Any], path: Path) -> None:
    _write(path, codes, profile)
    with rasterio.open(path, "r+") as out:
        out.write_colormap(1, {int(c): (int(c) % 256, 50, 90, 255) for c in np.unique(codes)})


def _volume(times: float, unit: str) -> Edit:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.assign(volume_m3_ha=frame["volume_m3_ha"] * times)

    inner = _vector("stands", "s.gpkg", change)
    return lambda folder: (
        inner(folder) | {'volume = "volume_m3_ha"': f'volume = "volume_m3_ha"\nvolume_unit = "{unit}"'}
    )


TWINS: dict[str, Twin] = {
    "outlines: shapefile in GBK without cpg": Twin(_shape),
    "townships: shapefile without prj, zone prefix, declared": Twin(_bare("townships", 4527)),
    "outlines: geodatabase": Twin(_vector("buildings", "b.gdb", driver="OpenFileGDB")),
    "outlines: GeoParquet, column shape": Twin(_vector("buildings", "b.parquet", lambda f: f.rename_geometry("shape"))),
    "outlines: FlatGeobuf": Twin(_vector("buildings", "b.fgb", driver="FlatGeobuf")),
    "outlines: GeoJSON in degrees": Twin(_vector("buildings", "b.geojson", lambda f: f.to_crs(4326), driver="GeoJSON")),
    "outlines: CGCS2000 with zone prefix": Twin(_vector("buildings", "b.gpkg", lambda f: f.to_crs(4527))),
    "outlines: UTM": Twin(_vector("buildings", "b.gpkg", lambda f: f.to_crs(32650))),
    "outlines: Web Mercator": Twin(_vector("buildings", "b.gpkg", lambda f: f.to_crs(3857))),
    "outlines: GCJ-02, declared": Twin(_vector("buildings", "b.geojson", _moved(wgs84_to_gcj02), '\ncrs = "gcj02"')),
    "outlines: BD-09, declared": Twin(_vector("buildings", "b.geojson", _moved(
        lambda x, y: gcj02_to_bd09(*wgs84_to_gcj02(x, y))), '\ncrs = "bd09"')),
    "outlines: GCJ-02, not declared": Twin(_vector("buildings", "b.geojson", _moved(wgs84_to_gcj02)), 0.0),
    "outlines: heights and storeys as words": Twin(_vector("buildings", "b.gpkg", _heights_as_words)),
    "outlines: every one twice": Twin(_vector("buildings", "b.gpkg", _twice)),
    "outlines: with Z": Twin(_vector("buildings", "b.gpkg", lambda f: f.set_geometry(shapely.force_3d(
        f.geometry.to_numpy(), 3.0)).set_crs(4548))),
    "outlines: a wrong CRS": Twin(_vector("buildings", "b.gpkg", lambda f: f.set_crs(4547, allow_override=True)), 0.0),
    "outlines: a wrong CRS, the right one declared": Twin(_vector("buildings", "b.gpkg", lambda f: f.set_crs(
        4547, allow_override=True), '\ncrs = "EPSG:4548"')),
    "townships: shapefile in GBK without cpg": Twin(_bare("townships", 4548)),
    "townships: GCJ-02, declared": Twin(_vector("townships", "t.geojson", _moved(wgs84_to_gcj02), '\ncrs = "gcj02"')),
    "townships: codes as numbers": Twin(_vector("townships", "t.gpkg", lambda f: f.assign(
        code=f["code"].astype(float)))),
    "surface: one file": Twin(_surface(lambda z, p, path: _write(path, z, p))),
    "surface: six tiles that overlap": Twin(_tiles),
    "surface: millimetres in int32": Twin(_surface(_millimetres)),
    "surface: centimetres in uint16 with offset": Twin(_surface(_centimetres), ROUNDED),
    "surface: inner mask": Twin(_surface(_masked)),
    "surface: alpha": Twin(_surface(_alpha)),
    "surface: feet by the band": Twin(_surface(_unit("ft", 1 / FOOT_M), "")),
    "surface: US survey feet by the band": Twin(_surface(_unit("US survey foot", 3937 / 1200), "")),
    "surface: centimetres by the band": Twin(_surface(_unit("cm", 100.0), "")),
    "surface: feet, declared": Twin(_surface(_unit("", 1 / FOOT_M), 'unit = "ft"')),
    "surface: an unknown unit": Twin(_surface(_unit("chi", 3.0), ""), 0.0),
    "surface: float64, nodata -3.4e38": Twin(_surface(lambda z, p, path: _write(
        path, np.where(np.isnan(z), -3.4e38, z).astype("float64"), p, nodata=-3.4e38))),
    "surface: undeclared -9999 in its holes": Twin(_surface(lambda z, p, path: _write(
        path, np.where(np.isnan(z), -9999, z).astype("float32"), p, nodata=None))),
    "surface: degrees": Twin(_surface_in("EPSG:4490"), WARPED),
    "surface: UTM": Twin(_surface_in("EPSG:32650"), WARPED),
    "surface: Web Mercator": Twin(_surface_in("EPSG:3857"), WARPED),
    "surface: south up": Twin(_surface(_south_up), 0.0),
    "surface: a height system in its CRS": Twin(_surface(lambda z, p, path: _write(path, z, p, crs="EPSG:4548+5737"))),
    "terrain: decimetres in int16": Twin(_grid("terrain", lambda z, p, path: _write(
        path, np.where(np.isnan(z), -32768, np.round(z * 10)).astype("int16"), p, nodata=-32768, scale=0.1))),
    "terrain: feet by the band": Twin(_grid("terrain", _unit("ft", 1 / FOOT_M))),
    "terrain: degrees": Twin(_grid("terrain", lambda z, p, path: _write(path, *_warp(z, p, "EPSG:4490", np.nan)))),
    "cover: uint8 255": Twin(_cover("uint8", 255)),
    "cover: int16 -9999": Twin(_cover("int16", -9999)),
    "cover: uint16 65535": Twin(_cover("uint16", 65535)),
    "cover: float32 NaN": Twin(_cover("float32", np.nan)),
    "cover: inner mask": Twin(_cover("uint8", None, mask=True)),
    "cover: alpha": Twin(_cover("uint8", None, alpha=True)),
    "cover: colour table": Twin(_grid("landcover", _palette)),
    "cover: two tiles that overlap": Twin(_cover_tiles),
    "cover: Web Mercator": Twin(_cover_in("EPSG:3857")),
    "cover: CGCS2000 zone": Twin(_cover_in("EPSG:4548")),
    "cover: three colours": Twin(_grid("landcover", _colours), 0.0),
    "stands: shapefile in GBK without cpg, its names cut": Twin(_cut_names, 0.0),
    "stands: m³ a mu, declared": Twin(_volume(1 / 15, "m3/mu")),
    "stands: GCJ-02, declared": Twin(_vector("stands", "s.geojson", _moved(wgs84_to_gcj02), '\ncrs = "gcj02"')),
    "stands: volume as text": Twin(_vector("stands", "s.gpkg", lambda f: f.assign(
        volume_m3_ha=f["volume_m3_ha"].map("{:.2f}".format)))),
    "wetlands: shapefile in GBK without cpg, a name cut": Twin(_bare("wetlands", 4548), 0.0),
    "wetlands: degrees": Twin(_vector("wetlands", "w.geojson", lambda f: f.to_crs(4326))),
}  # fmt: skip


def figures(path: Path) -> pd.DataFrame:
    """Footprint, capacity, yield and carbon of each township of a region.

    Parameters
    ----------
    path : pathlib.Path
        Region file.
    """
    region = Region(path)
    problems = check(region)
    if problems:
        raise all_of(problems)
    roofs = pv.survey(region).roofs
    by_town = roofs.groupby("township")[["footprint_m2", "capacity_kwp", "yield_kwh"]].sum()
    stock = sinks.assess(region).table.set_index("name")[["area_ha", "total_tc"]]
    return by_town.join(stock, how="inner")


def tried(twin: Twin, village: Path, true: pd.DataFrame) -> tuple[str, float, str]:
    """Verdict, largest relative difference and sentence of one twin."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "village"
        shutil.copytree(village.parent, own)
        path = own / "region.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in twin.edit(own).items():
            if old not in text:
                raise LookupError(f"the region file has no line {old!r}")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        try:
            found = figures(path)
        except InputError as told:
            return ("named" if twin.within == 0.0 else "REFUSED"), 0.0, str(told)
    worst = float((found.reindex(true.index) / true - 1).abs().to_numpy().max())
    if twin.within == 0.0:
        return "SILENT", worst, ""
    return ("equal" if worst <= twin.within else "DIFFERS"), worst, ""


def main() -> None:
    """Try every twin and print what came."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    ask.add_argument("--only", nargs="*", default=[""], help="twins whose name holds one of these")
    ask.add_argument("--csv", type=Path)
    given = ask.parse_args()
    rows: list[tuple[str, str, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        village = build(Path(folder) / "village", extent="village")
        true = figures(village)
        for name, twin in TWINS.items():
            if not any(part in name for part in given.only):
                continue
            rows.append((name, *tried(twin, village, true)))
            print(*(f"{c:.5%}" if isinstance(c, float) else c for c in rows[-1]), sep=" | ", flush=True)
    table("Twins of the village", ["twin", "verdict", "worst"], [r[:3] for r in rows])
    if given.csv:
        with given.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("twin", "verdict", "worst", "sentence"), *rows])
    sound = sum(r[1] in ("equal", "named") for r in rows)
    last_line(twins=len(rows), twins_equal_or_named=sound)


if __name__ == "__main__":
    main()
