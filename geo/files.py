"""File names that are safe, files that are either whole or absent, and what files hold, as a hash."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from guanghui.geo.remote import RemoteFile

__all__ = ["atomic", "fix_zip_dates", "link", "safe_name", "sha256", "tree_digest"]

_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{i}" for i in range(1, 10)),
    *(f"lpt{i}" for i in range(1, 10)),
}
_MAX_BYTES = 120
_FULL_BYTES = 1 << 14
"""A disk with less to give is full [bytes]."""
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def safe_name(text: object, fallback: str = "unnamed") -> str:
    """Turn an untrusted name into one file name that stays in its folder on any system.

    Letters and digits of any script are kept; everything else becomes ``_``; names reserved on Windows get a
    trailing ``_``; the UTF-8 form is at most 120 bytes.

    Parameters
    ----------
    text : object
        Name as found in the data.
    fallback : str
        Used when nothing printable is left.

    Returns
    -------
    str

    Examples
    --------
    >>> safe_name("../甘露镇 <b>")
    '甘露镇_b'
    >>> safe_name("con")
    'con_'
    """
    name = unicodedata.normalize("NFC", str(text))
    name = re.sub(r"[^\w.-]+", "_", name, flags=re.UNICODE).strip("._-")
    while len(name.encode("utf-8")) > _MAX_BYTES:
        name = name[:-1]
    if not name:
        return fallback
    return f"{name}_" if name.split(".")[0].lower() in _RESERVED else name


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it at the end, remove it on any error.

    The temporary name keeps the suffix, because many writers choose their format by it. A file that was written while
    the disk ran full is never taken: some libraries (GDAL at its close) do not tell.

    Parameters
    ----------
    path : pathlib.Path
        Where the finished file belongs; its folder is made when absent.

    Yields
    ------
    pathlib.Path
        Write here.

    Raises
    ------
    OSError
        The disk is full, whatever the library that wrote made of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        yield part
        _room_left(path.parent)
        part.replace(path)
    except OSError as error:
        if error.errno is None:
            _room_left(path.parent, error)
        raise
    except Exception as error:
        _room_left(path.parent, error)
        raise
    finally:
        part.unlink(missing_ok=True)


def _room_left(folder: Path, error: Exception | None = None) -> None:
    """Raise what the system would have said, where the disk of a folder is full."""
    if shutil.disk_usage(folder).free < _FULL_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from error


def link(source: Path, target: Path) -> None:
    """Give a file a second name; a copy where the disk knows no links.

    Parameters
    ----------
    source : pathlib.Path
        The file.
    target : pathlib.Path
        Its other name; the folder is made when absent.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def fix_zip_dates(path: Path, changes: Mapping[str, Callable[[bytes], bytes]] | None = None) -> None:
    """Rewrite a zip-based document (.xlsx, .docx) with one fixed date: the same content gives the same bytes.

    Parameters
    ----------
    path : pathlib.Path
        The document.
    changes : mapping, optional
        Name of a member -> what makes its new content of the old.
    """
    with zipfile.ZipFile(path) as source:
        parts = [(info.filename, source.read(info)) for info in source.infolist()]
    parts = [(name, _DATES.sub(rb"\g<1>2000-01-01T00:00:00Z", content)) for name, content in parts]
    for name, change in (changes or {}).items():
        parts = [(one, change(content) if one == name else content) for one, content in parts]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts:
            info = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)


def sha256(path: Path) -> str:
    """Hash of a file; one that has not changed since is not read again. Of an address, that of its version.

    Parameters
    ----------
    path : pathlib.Path
        File, or address.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    if isinstance(path, RemoteFile):
        return hashlib.sha256(path.fingerprint().encode()).hexdigest()
    stat = path.stat()
    return _sha256(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_digest(top: Path, folders: Iterable[str], suffixes: Collection[str], *, without: str = "") -> str:
    """Hash of the names and contents of files, the same wherever the tree lies.

    Parameters
    ----------
    top : pathlib.Path
        Folder the names are relative to.
    folders : iterable of str
        Folders below it, walked whole.
    suffixes : collection of str
        Which files count.
    without : str, optional
        Name of a folder that is passed over.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((top / folder).rglob("*")):
            if path.suffix in suffixes and without not in path.parts:
                digest.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
