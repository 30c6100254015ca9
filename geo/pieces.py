"""Finished pieces of work on disk, each under a key of all it was made from.

A piece is a file ``KIND/ab/KEY.piece`` that opens with the hash of its own bytes: it is there whole or not at all,
and a bit that was lost is noticed. Files that belong to it, such as a raster, lie beside it so that they can be linked
into a result folder. Nothing is unpickled. Two makers of one piece write the same bytes, so nobody needs a lock.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import itertools
import json
import secrets
import struct
import time
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from guanghui.geo.files import link

__all__ = ["Cleaned", "Piece", "Store", "digest"]

_HEAD = b"guanghui piece 1 "
_DIGEST_BYTES = 20
_STALE_S = 3600.0


def digest(*parts: Any) -> str:
    """One name for any mixture of plain values, arrays, dataclasses and settings; what has no settled bytes is refused.

    Every value counts with its type and length: ("ab", "c") and ("a", "bc") differ, as do 1, 1.0 and True. A path is
    refused, since its content counts and not its name.

    Parameters
    ----------
    *parts : Any
        In order.

    Returns
    -------
    str
        40 hexadecimal digits.

    Raises
    ------
    TypeError
        For a value of another kind.

    Examples
    --------
    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    found = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    _feed(found, parts)
    return found.hexdigest()


def _feed(into: Any, x: Any) -> None:
    def put(tag: bytes, data: bytes) -> None:
        into.update(tag + struct.pack("<q", len(data)))
        into.update(data)

    if x is None or isinstance(x, bool | np.bool_):
        put(b"b", repr(None if x is None else bool(x)).encode())
    elif isinstance(x, int | np.integer):
        put(b"i", str(int(x)).encode())
    elif isinstance(x, float | np.floating):
        put(b"f", struct.pack("<d", float(x)))
    elif isinstance(x, str):
        put(b"s", x.encode())
    elif isinstance(x, bytes):
        put(b"y", x)
    elif isinstance(x, slice):
        _feed(into, ("slice", x.start, x.stop, x.step))
    elif isinstance(x, np.ndarray):
        if x.dtype == object:
            _feed(into, ("objects", x.shape, list(x.ravel())))
        else:
            put(b"a", f"{x.dtype.str}{x.shape}".encode())
            into.update(np.ascontiguousarray(x).tobytes())
    elif hasattr(type(x), "model_fields"):
        _feed(into, (type(x).__name__, {k: getattr(x, k) for k in type(x).model_fields}))
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        _feed(into, (type(x).__name__, {f.name: getattr(x, f.name) for f in dataclasses.fields(x)}))
    elif isinstance(x, Mapping):
        put(b"d", str(len(x)).encode())
        for k in sorted(x, key=str):
            _feed(into, k)
            _feed(into, x[k])
    elif isinstance(x, list | tuple):
        put(b"l", str(len(x)).encode())
        for v in x:
            _feed(into, v)
    elif isinstance(x, set | frozenset):
        _feed(into, ["set", *sorted(digest(v) for v in x)])
    elif type(x).__name__ == "Affine":
        _feed(into, ("affine", *(float(v) for v in tuple(x)[:6])))
    elif type(x).__name__ == "CRS":
        _feed(into, ("crs", str(x.to_wkt())))
    else:
        raise TypeError(f"{type(x).__module__}.{type(x).__name__} has no settled bytes; give its parts")


@dataclasses.dataclass(frozen=True)
class Piece:
    """What a task leaves."""

    tables: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)
    about: dict[str, Any] = dataclasses.field(default_factory=dict)
    """A few words and numbers, as JSON holds them."""
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    """Name -> content; empty when read back, see :meth:`Store.take`."""

    def packed(self) -> bytes:
        """Bytes of tables and words, the same for the same piece; the files are only named with their hashes."""
        members: list[tuple[str, bytes]] = []
        tables: dict[str, Any] = {}
        for name, table in self.tables.items():
            columns = []
            for k, column in enumerate(table.columns):
                array, kind = _array(table[column])
                out = io.BytesIO()
                np.lib.format.write_array(out, array, allow_pickle=False)
                members.append((f"{name}/{k}.npy", out.getvalue()))
                columns.append([str(column), kind])
            tables[name] = {"columns": columns, "rows": len(table)}
        files = {name: [len(data), _hash(data)] for name, data in sorted(self.files.items())}
        shape = {"about": self.about, "tables": tables, "files": files}
        members.append(("piece.json", json.dumps(shape, ensure_ascii=False, sort_keys=True).encode()))
        box_bytes = io.BytesIO()
        with zipfile.ZipFile(box_bytes, "w") as box:
            for name, data in members:
                info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
                box.writestr(info, data, zipfile.ZIP_DEFLATED, compresslevel=1)
        content = box_bytes.getvalue()
        return _HEAD + _hash(content).encode() + b"\n" + content


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def _content(data: bytes) -> bytes:
    """What stands behind the head, once its hash is found right."""
    head = len(_HEAD) + 2 * _DIGEST_BYTES + 1
    if data[: len(_HEAD)] != _HEAD or _hash(data[head:]).encode() != data[len(_HEAD) : head - 1]:
        raise ValueError("the bytes of this piece are not those that were written")
    return data[head:]


def _unpacked(data: bytes) -> tuple[Piece, dict[str, list[Any]]]:
    with zipfile.ZipFile(io.BytesIO(_content(data))) as box:
        shape = json.loads(box.read("piece.json"))
        tables = {}
        for name, table in shape["tables"].items():
            columns = {}
            for k, (column, kind) in enumerate(table["columns"]):
                array = np.lib.format.read_array(io.BytesIO(box.read(f"{name}/{k}.npy")), allow_pickle=False)
                columns[column] = _column(array, kind)
            tables[name] = pd.DataFrame(columns, index=pd.RangeIndex(table["rows"]))
    return Piece(tables, shape["about"]), shape["files"]


def _array(column: pd.Series) -> tuple[np.ndarray, str]:
    """Plain array of a column, and how it is to be read."""
    values = column.to_numpy()
    if values.dtype != object:
        if values.dtype.kind not in "biuf":
            raise TypeError(f"{column.name}: {values.dtype} cannot be kept in a piece")
        return values, "plain"
    first = next((v for v in values if v is not None), None)
    if first is None:
        return np.zeros(len(values), np.uint8), "none"
    if isinstance(first, np.ndarray):
        return np.stack(list(values)), "rows"
    if isinstance(first, shapely.Geometry):
        return _joined([b"" if g is None else shapely.to_wkb(g) for g in values]), "wkb"
    if isinstance(first, str):
        return _joined([str(v).encode() for v in values]), "text"
    raise TypeError(f"{column.name}: {type(first).__name__} cannot be kept in a piece")


def _joined(parts: list[bytes]) -> np.ndarray:
    """Strings of bytes end to end, their number and lengths first."""
    head = np.array([len(parts), *(len(p) for p in parts)], "<i8").tobytes()
    return np.frombuffer(head + b"".join(parts), np.uint8)


def _column(array: np.ndarray, kind: str) -> Any:
    if kind == "plain":
        return array
    if kind == "none":
        return np.full(len(array), None, object)
    if kind == "rows":
        return pd.Series(list(array), dtype=object)
    data = array.tobytes()
    count = int(np.frombuffer(data[:8], "<i8")[0])
    ends = np.cumsum([8 + 8 * count, *np.frombuffer(data[8 : 8 + 8 * count], "<i8")])
    parts = [data[a:b] for a, b in itertools.pairwise(ends)]
    values = [p.decode() if kind == "text" else (shapely.from_wkb(p) if p else None) for p in parts]
    return pd.Series(values, dtype=object)


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """What :meth:`Store.clean` found."""

    pieces: int
    """That stay."""
    damaged: int
    unused: int
    freed_bytes: int


class Store:
    """Pieces in a folder.

    Parameters
    ----------
    root : pathlib.Path
        Folder; it is made with the first piece.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.used: set[tuple[str, str]] = set()
        """Kind and key of the pieces that went into what is being made."""

    def path(self, kind: str, key: str) -> Path:
        """Place of a piece.

        Parameters
        ----------
        kind, key : str
            Which piece.
        """
        return self.root / kind / key[:2] / f"{key}.piece"

    def keys(self, kind: str) -> frozenset[str]:
        """Keys of the pieces of a kind.

        Parameters
        ----------
        kind : str
            Kind, a folder below ``root``.
        """
        return frozenset(p.stem for p in (self.root / kind).glob("??/*.piece"))

    def get(self, kind: str, key: str) -> Piece | None:
        """Read a piece; None where there is none. A damaged one is removed, so that it is made again.

        Parameters
        ----------
        kind, key : str
            Which piece.
        """
        path = self.path(kind, key)
        try:
            piece, files = _unpacked(path.read_bytes())
            if any(self._beside(path, name).stat().st_size != size for name, (size, _) in files.items()):
                raise ValueError("a file of this piece is cut")
        except FileNotFoundError:
            path.unlink(missing_ok=True)  # a piece without its file
            return None
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None
        return piece

    def take(self, kind: str, key: str, folder: Path, names: Mapping[str, str] | None = None) -> list[Path] | None:
        """Link the files of a piece into a folder; None, and the piece gone, where one is damaged.

        Parameters
        ----------
        kind, key : str
            Which piece.
        folder : pathlib.Path
            Made when absent.
        names : mapping, optional
            Name in the piece -> name in the folder; the same by default.
        """
        path = self.path(kind, key)
        try:
            _, files = _unpacked(path.read_bytes())
            for name, (_, right) in files.items():
                if _hash(self._beside(path, name).read_bytes()) != right:
                    raise ValueError("a file of this piece is damaged")
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None
        out = []
        for name in files:
            target = folder / (names or {}).get(name, name)
            target.unlink(missing_ok=True)
            link(self._beside(path, name), target)
            out.append(target)
        return out

    def put(self, kind: str, key: str, packed: bytes, files: Mapping[str, bytes] | None = None) -> None:
        """Keep a piece; its files are in place before it.

        Parameters
        ----------
        kind, key : str
            Its name.
        packed : bytes
            From :meth:`Piece.packed`.
        files : mapping, optional
            ``Piece.files``.
        """
        path = self.path(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        for name, data in (files or {}).items():
            self._write(self._beside(path, name), data)
        self._write(path, packed)

    def drop(self, kinds: Collection[str], keep: Collection[tuple[str, str]]) -> None:
        """Remove the pieces of some kinds but those named: they were of a state that is gone.

        Parameters
        ----------
        kinds : collection of str
            Which kinds.
        keep : collection of (kind, key)
            Pieces that stay.
        """
        wanted = set(keep)
        for kind in kinds:
            for path in (self.root / kind).glob("??/*"):
                if not path.name.startswith(".") and (kind, path.name.split(".")[0]) not in wanted:
                    path.unlink(missing_ok=True)

    def clean(self, keep: Collection[tuple[str, str]] | None = None) -> Cleaned:
        """Remove damaged pieces, those not named, and what a killed run left unfinished.

        Parameters
        ----------
        keep : collection of (kind, key), optional
            Pieces that stay; all sound ones by default.
        """
        damaged = unused = freed = sound = 0
        wanted = None if keep is None else set(keep)
        held: set[Path] = set()
        for path in sorted(self.root.glob("*/??/*.piece")):
            kind, key = path.parents[1].name, path.stem
            if wanted is not None and (kind, key) not in wanted:
                unused += 1
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
            elif not self._sound(path):
                damaged += 1
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
            else:
                sound += 1
                held |= {path, *(self._beside(path, name) for name in _unpacked(path.read_bytes())[1])}
        for path in self.root.glob("*/??/*"):
            fresh = path.name.startswith(".") and time.time() - path.stat().st_mtime < _STALE_S
            if path not in held and not fresh:
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
        for folder in sorted(self.root.glob("*/??"), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        return Cleaned(sound, damaged, unused, freed)

    def _sound(self, path: Path) -> bool:
        try:
            files = _unpacked(path.read_bytes())[1]
            return all(_hash(self._beside(path, n).read_bytes()) == right for n, (_, right) in files.items())
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return False

    @staticmethod
    def _beside(path: Path, name: str) -> Path:
        return path.with_name(f"{path.stem}.{Path(name).name}")

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        part = path.with_name(f".{secrets.token_hex(6)}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
