"""What a run was made of: inputs with hash, parameters, versions, doubts, seconds, outputs with hash."""

from __future__ import annotations

import json
import platform
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyproj
import rasterio

from guanghui import __version__
from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic, sha256
from guanghui.plan.inputs.region import Region
from guanghui.plan.inputs.registry import INPUTS, Input, with_sidecars

__all__ = ["add_outputs", "changed_since", "inputs_of", "no_results", "write_manifest"]

_PACKAGES = (
    "numpy", "pandas", "xarray", "dask", "geopandas", "shapely", "pyproj", "rasterio", "pvlib", "numba",
    "folium",
)  # fmt: skip


def _file_entry(path: Path, base: Path | None = None) -> dict[str, Any]:
    """Name, size and hash of a file, relative to ``base`` when given."""
    name = path.relative_to(base).as_posix() if base else path.name
    return {"path": name, "bytes": path.stat().st_size, "sha256": sha256(path)}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write_manifest(
    region: Region, folder: Path, *, seconds: dict[str, float], outputs: Iterable[Path], failures: dict[str, str]
) -> Path:
    """Write ``manifest.json`` beside the results.

    Parameters
    ----------
    region : Region
        What was run.
    folder : pathlib.Path
        Results.
    seconds : dict
        Step -> wall time [s].
    outputs : iterable of path
        Files to list with their hash.
    failures : dict
        Township -> sentence.

    Returns
    -------
    pathlib.Path
    """
    inputs = [{**_file_entry(p), "crs": crs} for p, crs in inputs_of(region)]
    content = {
        "region": {"name": region.name, "name_en": region.name_en, "code": region.code},
        "illustrative": region.illustrative,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "bbox": list(region.bounds_deg),
        "proj:epsg": region.crs.to_epsg(),
        "region_file": _file_entry(region.path),
        "parameters": region.file.model_dump(mode="json"),
        "inputs": inputs,
        "outputs": [_file_entry(p, folder) for p in sorted(set(outputs)) if p.is_file()],
        "notes": [{"source": n.source, "text": n.text, "text_zh": n.text_zh} for n in region.notes],
        "failures": failures,
        "partial": bool(failures),
        "seconds": {k: round(v, 2) for k, v in seconds.items()},
        "versions": {
            "python": platform.python_version(), "proj": pyproj.proj_version_str, "gdal": rasterio.__gdal_version__,
            "guanghui": __version__, **{p: _version(p) for p in _PACKAGES},
        },
    }  # fmt: skip
    target = folder / "manifest.json"
    with atomic(target) as part:
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def add_outputs(folder: Path, outputs: Iterable[Path]) -> None:
    """List files written after a run in its ``manifest.json``; a folder without one is left as it is.

    Parameters
    ----------
    folder : pathlib.Path
        Results of the run.
    outputs : iterable of path
        Files inside it.
    """
    target = folder / "manifest.json"
    if not target.is_file():
        return
    content = json.loads(target.read_text(encoding="utf-8"))
    entries = {entry["path"]: entry for entry in content["outputs"]}
    entries |= {entry["path"]: entry for entry in (_file_entry(p, folder) for p in set(outputs) if p.is_file())}
    content["outputs"] = [entries[name] for name in sorted(entries)]
    with atomic(target) as part:
        part.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def no_results(path: Path) -> InputError:
    """Say that a file every run leaves behind is not there.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """
    return InputError(
        f"{path}: there are no results of an earlier run; run `guanghui run` first.",
        f"{path}：没有以前的结果；请先运行 guanghui run。",
    )


def changed_since(region: Region, folder: Path) -> list[InputError]:
    """Say what differs between a region now and what results in a folder were made from.

    Parameters
    ----------
    region : Region
        Opened region.
    folder : pathlib.Path
        Results of an earlier run.

    Returns
    -------
    list of InputError
        One for each key and file; empty where all is the same. A key that a newer version of the program brought, and
        that the region file does not give, is no change.

    Raises
    ------
    InputError
        If the folder holds no manifest.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise no_results(path)
    try:
        then = json.loads(path.read_text(encoding="utf-8"))
        before, files = _flat(then["parameters"]), [(e["path"], e["bytes"], e["sha256"]) for e in then["inputs"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: this is no manifest of a run ({error}); run `guanghui run` again.",
            f"{path}：不是运行清单（{error}）；请重新运行 guanghui run。",
        ) from error
    now = _flat(json.loads(json.dumps(region.file.model_dump(mode="json"))))
    given = _flat(json.loads(json.dumps(region.file.model_dump(mode="json", exclude_unset=True))))
    mend = "run `guanghui run` again; it surveys the roofs anew only where it must"
    mend_zh = "请重新运行 guanghui run；不必重做的屋顶调查会沿用"
    out = [
        InputError(
            f"{region.path}: key `{key}` is {_said(now.get(key))} and was {_said(before.get(key))} when the results in "
            f"{folder} were made; {mend}.",
            f"{region.path}：键 `{key}` 现为 {_said(now.get(key))}，而 {folder} 的结果所用为 {_said(before.get(key))}；"
            f"{mend_zh}。",
        )
        for key in sorted({*now, *before})
        if now.get(key) != before.get(key) and (key in before or key in given)
    ]
    if out:
        return out
    have = [(p.name, p) for p, _ in inputs_of(region)]
    if [name for name, _ in have] != [name for name, _, _ in files]:
        return [
            InputError(
                f"{region.path}: the list of input files is another than in {path}; {mend}.",
                f"{region.path}：输入文件清单与 {path} 不同；{mend_zh}。",
            )
        ]
    return [
        InputError(
            f"{p}: the file has changed since the results in {folder} were made; {mend}.",
            f"{p}：文件在 {folder} 的结果生成后已改动；{mend_zh}。",
        )
        for (_, p), (_, size, digest) in zip(have, files, strict=True)
        if p.stat().st_size != size or sha256(p) != digest
    ]


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    """Settings by their dotted key."""
    if isinstance(value, dict) and value:
        return {k: v for name, part in value.items() for k, v in _flat(part, f"{key}.{name}" if key else name).items()}
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return {k: v for n, part in enumerate(value, 1) for k, v in _flat(part, f"{key}[{n}]").items()}
    return {key: value}


def _said(value: Any) -> str:
    return "not given" if value is None else json.dumps(value, ensure_ascii=False)


def inputs_of(region: Region, sections: Collection[str] = ()) -> list[tuple[Path, str | None]]:
    """Files the run read, with all that belongs to them and the CRS of rasters; of some sections only where named.

    Parameters
    ----------
    region : Region
        Region; what it names is found once and kept with it.
    sections : collection of str, default ()
        Names of top sections of the region file; all without one.

    Returns
    -------
    list
        Path, and CRS as text of a raster, else None; each path once.

    Raises
    ------
    InputError
        If what the region file names cannot be found or read.
    """
    known: dict[str, list[tuple[Path, str | None]]] = region.__dict__.setdefault("_inputs_of", {})
    found: dict[Path, str | None] = {}
    for entry in INPUTS:
        if sections and entry.section.split(".")[0] not in sections:
            continue
        if entry.name not in known:
            known[entry.name] = _inputs_of(region, entry)
        for path, crs in known[entry.name]:
            found.setdefault(path, crs)
    return list(found.items())


def _inputs_of(region: Region, entry: Input) -> list[tuple[Path, str | None]]:
    files = region.files_of(entry)
    crs = None
    if files and entry.kind in ("raster", "codes"):
        read = entry.read(region)
        crs = getattr(read, "source", read).grid.crs.to_string()
    return [(part, crs) for path in files for part in with_sidecars(path, entry.kind)]
