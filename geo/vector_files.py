"""Vector files as handed over: their parts, their layers, which bytes are text, drawings and lists of roofs."""

from __future__ import annotations

import codecs
import itertools
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely.errors import ShapelyError

from guanghui.geo.errors import InputError, listing
from guanghui.geo.formats import closed_lines, squares
from guanghui.geo.notes import Notes
from guanghui.geo.side_table import read_side_table

__all__ = ["read_vector_file", "shapefile_encoding"]

_PARQUET = (".parquet", ".geoparquet")
_SHEETS = (".xlsx", ".xls", ".xlsm", ".csv")
_FOLDERS = (".kml", ".kmz")
"""Files whose layers are folders of one drawing."""
_ROWS_LOOKED_AT = 2000
_HANZI, _TWO_HANZI = re.compile("[\u4e00-\u9fff]"), re.compile("[\u4e00-\u9fff]{2}")
_MOST = 0.5
"""Share of the cells with other than ASCII bytes that a text encoding must explain."""


def read_vector_file(path: Path, layer: str | None, encoding: str | None, notes: Notes) -> gpd.GeoDataFrame:
    """Read a file as it is, its geometry column named ``geometry``.

    Parameters
    ----------
    path : pathlib.Path
        Anything GDAL reads, GeoParquet, or a list of roofs in Excel or CSV.
    layer : str, optional
        Layer of a file that holds several; of a drawing, the layer its draughtsman named.
    encoding : str, optional
        Of a Shapefile's texts; told by its bytes without it.
    notes : Notes
        Told what was decided.

    Returns
    -------
    geopandas.GeoDataFrame

    Raises
    ------
    InputError
        Missing or unreadable file, a Shapefile without a part, unknown layer, several layers and none named.
    """
    if not path.exists():
        raise InputError(
            f"{path}: there is no such file; check the path in the region file.",
            f"{path}：没有此文件；请检查区域文件中的路径。",
        )
    kind = path.suffix.lower()
    try:
        if kind in _PARQUET:
            return _named(_from_parquet(path))
        if kind in _SHEETS:
            return squares(path, read_side_table(path), notes)
        if kind == ".dxf":
            return _closed(path, _drawing(path, layer), notes)
        if kind == ".shp":
            _check_parts(path, notes)
        if kind in (".shp", ".zip") and encoding is None:
            encoding = shapefile_encoding(path, notes)
        with _readable_crs(path) as file:
            return _layers(path, file, layer, encoding, notes)
    except (UnicodeDecodeError, LookupError) as error:
        if isinstance(error, IndexError | KeyError):  # GDAL that opens a file and finds no layer in it
            raise _unreadable(path, "no layer in it") from error
        raise InputError(
            f'{path}: the text cannot be decoded ({error}); set `encoding = "gbk"` or "utf-8".',
            f'{path}：文本无法解码（{error}）；请设置 encoding = "gbk" 或 "utf-8"。',
        ) from error
    except UnboundLocalError as error:  # pyogrio's, of a CRS that GDAL opens and cannot write down
        raise _unreadable(path, "its CRS is broken: mend the .prj, or leave it out and set crs") from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ShapelyError, ValueError, OSError) as error:
        if isinstance(error, InputError):
            raise
        raise _unreadable(path, str(error).splitlines()[0][:160] if str(error) else type(error).__name__) from error


@contextmanager
def _readable_crs(path: Path) -> Iterator[Path]:
    """The file itself, or the parts of a Shapefile beside a ``.prj`` whose names are ASCII.

    Tools in Chinese write names of CRS in GBK, over which the reader breaks; only its numbers matter.
    """
    written = _part(path, ".prj") if path.suffix.lower() == ".shp" else None
    data = b"" if written is None else written.read_bytes()
    if written is None or _is_utf8(data):
        yield path
        return
    text = data.decode("gb18030", errors="replace")
    with tempfile.TemporaryDirectory() as folder:
        for part in path.parent.glob(f"{_escaped(path.stem)}.*"):
            if part != written:
                (Path(folder) / part.name).symlink_to(part.resolve())
        plain = text.encode("ascii", errors="replace").replace(b"?", b"_")
        (Path(folder) / written.name).write_bytes(plain)
        yield Path(folder) / path.name


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _from_parquet(path: Path) -> gpd.GeoDataFrame:
    """GeoParquet; broken bytes make its readers raise whatever their parts raise."""
    try:
        return gpd.read_parquet(path)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: this cannot be read as a vector layer ({why}); give a GeoPackage, GeoParquet or GeoJSON.",
        f"{path}：无法作为矢量图层读取（{why}）；请提供 GeoPackage、GeoParquet 或 GeoJSON。",
    )


def _layers(path: Path, file: Path, layer: str | None, encoding: str | None, notes: Notes) -> gpd.GeoDataFrame:
    """Read the layer that is meant from a file that stands for ``path``; folders of a KML are one."""
    source = _inner(file)
    table = pyogrio.list_layers(source)
    layers = table[:, 0].tolist()
    if layer is not None and layer not in layers:
        raise _no_layer(path, layer, layers)
    wanted: list[str | None] = [layer]
    folders = path.suffix.lower() in _FOLDERS
    if layer is None and len(layers) > 1:
        if not folders:
            raise InputError(
                f'{path}: the file has {len(layers)} layers ({listing(layers)}); name one with `layer = "…"`.',
                f'{path}：文件有 {len(layers)} 个图层（{listing(layers)}）；请用 layer = "…" 指定其一。',
            )
        wanted = list(layers)
        notes.add(path.name, f"{len(layers)} folders were read as one layer ({listing(layers)})",
                  f"{len(layers)} 个文件夹已合并为一个图层读取（{listing(layers)}）")  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # repeated feature ids of a GeoJSON; ours are checked later
        warnings.simplefilter("ignore", UserWarning)  # a cell that looks like JSON and is none stays text
        parts = [gpd.read_file(source, layer=name, encoding=encoding) for name in wanted]
    shown = [part for part in parts if isinstance(part, gpd.GeoDataFrame) and len(part)]
    if not shown:
        if not any(isinstance(part, gpd.GeoDataFrame) for part in parts):
            raise InputError(
                f"{path}: the layer is a table without geometry; give the layer of outlines or areas.",
                f"{path}：图层是没有图形的表；请提供轮廓或面图层。",
            )
        return _named(next(part for part in parts if isinstance(part, gpd.GeoDataFrame)))
    frame = _named(shown[0] if len(shown) == 1 else pd.concat(shown, ignore_index=True))
    return _closed(path, frame, notes) if folders else frame


def _inner(path: Path) -> Path | str:
    """What GDAL opens: of a KMZ the drawing inside it, since GDAL leaves out its data when it opens the pack."""
    if path.suffix.lower() != ".kmz":
        return path
    try:
        with ZipFile(path) as pack:
            inner = next((n for n in pack.namelist() if n.lower().endswith(".kml")), None)
    except BadZipFile:
        return path
    return path if inner is None else f"/vsizip/{path.resolve()}/{inner}"


def _no_layer(path: Path, layer: str, layers: list[str]) -> InputError:
    return InputError(
        f"{path}: there is no layer {layer!r}; it has {listing(layers)}.",
        f"{path}：没有图层 {layer!r}；现有 {listing(layers)}。",
    )


def _named(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.geometry.name == "geometry":
        return frame
    return frame.drop(columns="geometry", errors="ignore").rename_geometry("geometry")


def _drawing(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read the layer of a drawing that its draughtsman named; GDAL puts all of them into one table."""
    frame = gpd.read_file(path)
    if not len(frame) or "Layer" not in frame or layer == "entities":
        return frame
    names = frame["Layer"].astype(str)
    if layer is not None:
        if not (names == layer).any():
            raise _no_layer(path, layer, sorted(names.unique()))
        return frame[names == layer].reset_index(drop=True)
    shapes = frame.geometry.to_numpy()
    flat = shapely.get_dimensions(shapes)
    drawn = sorted(names[(flat == 2) | ((flat == 1) & shapely.is_closed(shapes))].unique())
    if len(drawn) > 1:
        raise InputError(
            f"{path}: {len(drawn)} layers of the drawing have closed lines ({listing(drawn)}); name that of the "
            'outlines with `layer = "…"`.',
            f'{path}：图中有 {len(drawn)} 个图层含闭合线（{listing(drawn)}）；请用 layer = "…" 指定轮廓所在图层。',
        )
    return frame


def _closed(path: Path, frame: gpd.GeoDataFrame, notes: Notes) -> gpd.GeoDataFrame:
    """Polygons of closed lines, without the rings that went into another as its courtyard."""
    found = closed_lines(path, frame, notes)
    return found[~(found.geometry.is_empty & ~frame.geometry.is_empty)].reset_index(drop=True)


def _part(path: Path, suffix: str) -> Path | None:
    """File beside a Shapefile, whatever the case of its suffix."""
    return next((p for p in path.parent.glob(f"{_escaped(path.stem)}.*") if p.suffix.lower() == suffix), None)


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "[]*?" else c for c in text)


def _lacks_table(path: Path) -> bool:
    """Whether a path is a Shapefile that came without its ``.dbf``."""
    return path.suffix.lower() == ".shp" and path.exists() and _part(path, ".dbf") is None


def _check_parts(path: Path, notes: Notes) -> None:
    """A Shapefile is several files of one name; say which is not there."""
    if _part(path, ".shx") is None:
        raise InputError(
            f"{path}: {path.stem}.shx is not beside it; copy every file of this name ({path.stem}.*) together, or save "
            "the layer as a GeoPackage.",
            f"{path}：缺少同名的 {path.stem}.shx；请把 {path.stem}.* 的所有文件一起复制，或另存为 GeoPackage。",
        )
    if _lacks_table(path):
        notes.add(path.name, f"{path.stem}.dbf is not beside it: the layer has no ids, names, uses or heights",
                  f"缺少同名的 {path.stem}.dbf：图层没有编号、名称、用途和高度")  # fmt: skip


def shapefile_encoding(path: Path, notes: Notes) -> str | None:
    """Encoding of a Shapefile's texts by their bytes, cell by cell: UTF-8, else GB18030; None where all is ASCII.

    A character that the width of its field cuts off does no harm.

    Parameters
    ----------
    path : pathlib.Path
        The ``.shp``, or a ``.zip`` that holds one; the ``.dbf`` is looked at.
    notes : Notes
        Told when GB18030 is taken.
    """
    data = _table_bytes(path)
    if len(data) < 33:
        return None
    head, size = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    fields = [k for k in range(32, min(head, len(data)) - 32, 32) if data[k] != 0x0D]
    cells = [data[k : k + 11].split(b"\0")[0] for k in fields]
    begins = np.cumsum([1, *(data[k + 16] for k in fields)])
    if size:
        for row in range(head, min(len(data), head + _ROWS_LOOKED_AT * size), size):
            cells += [data[row + a : row + b] for a, b in itertools.pairwise(begins)]
    written = {cell.rstrip(b" \0") for cell in cells if not cell.isascii()}
    if not written:
        return None
    if all(_text(cell, "utf-8") is not None for cell in written) and not _short_chinese(written):
        return "utf-8"
    if sum(_is_chinese(cell) for cell in written) > _MOST * len(written):
        notes.add(path.name, "text is no UTF-8 and was read as GB18030", "文字不是 UTF-8，按 GB18030 读取")
        return "gb18030"
    return None


def _is_chinese(cell: bytes) -> bool:
    """Whether bytes are GB18030: every character of theirs that is not ASCII ends, but for a few, beyond ASCII too.

    So it is in Chinese text; an accented letter of Latin-1 before a plain one would read as a rare character.
    """
    text = _text(cell, "gb18030")
    if text is None:
        return False
    ends = [c.encode("gb18030")[-1] for c in text if not c.isascii()]
    return 2 * sum(end >= 0x80 for end in ends) > len(ends)


def _short_chinese(cells: set[bytes]) -> bool:
    """Whether cells are Chinese words whose bytes happen to be UTF-8 of other scripts (学校, 住宅)."""
    words = [_text(cell, "gb2312") for cell in cells]
    other = "".join(_text(cell, "utf-8") or "" for cell in cells)
    if None in words or _HANZI.search(other):
        return False
    return any(_TWO_HANZI.search(word) for word in words if word)


def _table_bytes(path: Path) -> bytes:
    if path.suffix.lower() != ".zip":
        table = _part(path, ".dbf")
        return b"" if table is None else table.read_bytes()
    try:
        with ZipFile(path) as pack:
            inner = next((n for n in pack.namelist() if n.lower().endswith(".dbf")), None)
            return b"" if inner is None else pack.read(inner)
    except BadZipFile:
        return b""


def _text(cell: bytes, encoding: str) -> str | None:
    """Text of bytes, None where they are none; a character cut off by the width of the field is left out."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(cell, final=False)
    except UnicodeDecodeError:
        return None
