"""The same 50 roofs in every format a bureau hands over: roofs, worst distance, MWh, as the table of docs/formats.md.

``python -m benchmarks.formats`` prints the table; ``--write`` puts it into the document.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import geopandas as gpd
import shapely

from guanghui import pv
from guanghui.geo.notes import Notes
from guanghui.geo.vector import read_layer
from guanghui.plan.inputs.region import Region
from tests.geo.test_formats import CASES, FRAME, TRUTH

__all__ = ["DOCUMENT", "rows", "table"]

DOCUMENT = Path(__file__).parents[1] / "docs" / "formats.md"
WORDS = {
    "gbk.shp": "Shapefile in GBK, with `.cpg`",
    "no_cpg.shp": "Shapefile in GBK, without `.cpg` (GB18030 by its bytes, noted)",
    "r.gdb": "File geodatabase `.gdb` (the reader)",
    "r.parquet": "GeoParquet, geometry column `shape`",
    "r.kml": "KML with two folders",
    "r.kmz": "KMZ with two folders",
    "r.dxf": "DXF, closed polylines, `crs` given",
    "r.xlsx": "Excel: 经度, 纬度, 面积",
    "r.csv": "CSV in GB18030: 经度, 纬度, 面积",
    "prefix_under_bare.gpkg": "eastings with zone prefix under a CRS without",
    "bare_under_prefix.gpkg": "eastings without zone prefix under a CRS with",
    "metres.geojson": "GeoJSON in metres with zone prefix, no CRS",
    "wrong.gpkg": "GeoPackage with a wrong CRS, `crs` given",
}
REGION = """[region]
name = "格式"
crs = "EPSG:4548"
[townships]
path = "towns.gpkg"
[buildings]
path = "{}"
{}
[weather]
normals = "jiujiang"
"""


def rows(names: tuple[str, ...] = tuple(CASES)) -> dict[str, tuple[int, float, float]]:
    """Roofs, worst distance from the truth [m] and yield of a year [MWh] of each format.

    Parameters
    ----------
    names : tuple of str
        Keys of ``tests.geo.test_formats.CASES``.
    """
    out = {}
    for name in names:
        write, crs = CASES[name]
        with tempfile.TemporaryDirectory() as given:
            folder = Path(given)
            write(folder / name)
            found = read_layer(folder / name, crs=crs, notes=Notes()).to_crs(4548).geometry.to_numpy()
            worst = shapely.hausdorff_distance(shapely.normalize(found), shapely.normalize(TRUTH)).max()
            town = gpd.GeoDataFrame({"name": ["镇"]}, geometry=[shapely.box(*FRAME.total_bounds).buffer(200)], crs=4548)
            town.to_file(folder / "towns.gpkg")
            (folder / "region.toml").write_text(REGION.format(name, f'crs = "{crs}"' if crs else ""), "utf-8")
            roofs = pv.survey(Region(folder / "region.toml")).roofs
            out[name] = (len(roofs), float(worst), float(roofs["yield_kwh"].sum()) / 1000)
    return out


def table(found: dict[str, tuple[int, float, float]]) -> str:
    """Rows as the Markdown table of the document."""
    lines = ["| format | roofs | worst distance [m] | MWh |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {WORDS[n]} | {count} | {worst:.2f} | {mwh:,.1f} |" for n, (count, worst, mwh) in found.items()]
    return "\n".join(lines)


def main() -> None:
    """Print the table, and write it into the document where asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--write", action="store_true")
    text = table(rows())
    print(text)
    if asked.parse_args().write:
        old = DOCUMENT.read_text(encoding="utf-8")
        start = old.index("| format |")
        DOCUMENT.write_text(old[:start] + text + old[old.index("\n\n", start) :], encoding="utf-8")


if __name__ == "__main__":
    main()
