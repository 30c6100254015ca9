"""Whether anything has changed since the last run, answered before a heavy library is imported.

After a run its account is written beside the lock: the command, the region file, every input with what the system says
of it (size, times, inode) and its hash, the folders patterns look into, the code, the packages, and every file written.
A file of which the system says the same is the same; of which it says something else is hashed. Whatever is not known
for certain is answered with "changed": then the run decides by its keys.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import platform
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from guanghui.plan.run.publish import work_folder

__all__ = ["Account", "account", "last_lines", "write_account"]

Account = dict[str, Any]
_FILE = "last.json"
_FORMAT = 1
_STILL_NS = 2_000_000_000
"""A file that changed less than this before it was looked at may change again within the clock's step [ns]."""
_ENVIRONMENT = ("TIANDITU_KEY", "SOURCE_DATE_EPOCH", "LANG", "LC_ALL")
_CODE = (".py", ".csv", ".toml", ".json", ".js", ".css", ".html", ".svg", ".ttf", ".otf", ".woff2")


def _stat(path: Path) -> list[int]:
    s = path.stat()
    return [s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seen(path: Path, sha256: Callable[[Path], str]) -> dict[str, Any]:
    now = time.time_ns()
    stat = _stat(path)
    return {"path": str(path), "stat": stat, "still": now - max(stat[1:3]) > _STILL_NS, "sha256": sha256(path)}


def _same(entry: Mapping[str, Any]) -> bool:
    path = Path(entry["path"])
    if not path.is_file():
        return False
    stat = _stat(path)
    if stat == entry["stat"] and entry["still"]:
        return True
    return bool(stat[0] == entry["stat"][0]) and _hash(path) == entry["sha256"]


def _code() -> str:
    """What the system says of every file of the package."""
    top = Path(__file__).resolve().parents[2]
    found = hashlib.sha256()
    for room in ("data", "geo", "pv", "sinks", "maps", "plan"):
        for folder, inner, names in os.walk(top / room):
            inner[:] = sorted(d for d in inner if d != "__pycache__")
            for name in sorted(names):
                if name.endswith(_CODE):
                    path = Path(folder) / name
                    s = path.stat()
                    found.update(f"{path} {s.st_size} {s.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _environment() -> str:
    """Hash of the variables that show in what is written; one of them is a key nobody should read here."""
    return hashlib.sha256(repr([os.environ.get(name) for name in _ENVIRONMENT]).encode()).hexdigest()


def _packages() -> str:
    """Every installed package by the name of its folder, which holds the version."""
    names = sorted(str(getattr(d, "_path", "")) for d in distributions())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _around(files: Iterable[Path], patterns: Iterable[str]) -> dict[str, list[str]]:
    """Names in the folders of the inputs that belong to one of them or meet a pattern."""
    folders: dict[Path, set[str]] = {}
    for path in files:
        folders.setdefault(path.parent, set()).add(path.name.split(".")[0])
    own = [Path(p).name for p in patterns]
    return {
        str(folder): sorted(
            e.name
            for e in os.scandir(folder)
            if e.name.split(".")[0] in stems or any(fnmatch.fnmatch(e.name, one) for one in own)
        )
        for folder, stems in folders.items()
    }


def account(
    command: Mapping[str, Any], region_file: Path, inputs: Iterable[Path], patterns: Iterable[str],
    outputs: Iterable[Path], lines: list[str], *, sha256: Callable[[Path], str] | None = None,
) -> Account | None:  # fmt: skip
    """Write down what a run was made of and what it left.

    Parameters
    ----------
    command : mapping
        Options of the command line, as JSON holds them.
    region_file : pathlib.Path
        It.
    inputs : iterable of pathlib.Path
        Every file that was read, with what belongs to it.
    patterns : iterable of str
        Paths with wildcards, as the region file gives them.
    outputs : iterable of pathlib.Path
        Every file that was written.
    lines : list of str
        What the run said at its end.
    sha256 : callable, optional
        Hash of a file; one that was hashed in this run already need not be read again.

    Returns
    -------
    dict or None
        None where a pattern has wildcards in a folder, or an input lies at an address: these are not followed here.
    """
    given, of = list(patterns), sha256 or _hash
    if any(c in part for p in given for part in Path(p).parts[:-1] for c in "*?["):
        return None
    files = [p.resolve() for p in inputs]
    if any(p.is_dir() or hasattr(p, "url") for p in files):  # a geodatabase, an address
        return None
    return {
        "format": _FORMAT, "command": dict(command), "region": _seen(region_file.resolve(), of),
        "inputs": [_seen(p, of) for p in files], "patterns": given, "around": _around(files, given),
        "code": _code(), "packages": _packages(), "python": platform.python_version(),
        "environment": _environment(),
        "outputs": [{"path": str(p.resolve()), "stat": _stat(p)} for p in outputs], "lines": lines,
    }  # fmt: skip


def write_account(target: Path, found: Account | None) -> None:
    """Keep the account of a run into a folder, or forget that of an earlier one.

    Parameters
    ----------
    target : pathlib.Path
        Output folder.
    found : dict or None
        From :func:`account`.
    """
    path = work_folder(target) / _FILE
    if found is None or not path.parent.is_dir():
        path.unlink(missing_ok=True)
        return
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError:  # a full disk: the results are in place, and the next run finds out by its keys
        for stale in (part, path):
            with suppress(OSError):
                stale.unlink(missing_ok=True)


def last_lines(region_file: Path, out: Path | None, command: Mapping[str, Any]) -> list[str] | None:
    """What the last run said, where the same command would only say it again; None where anything may have changed.

    Parameters
    ----------
    region_file : pathlib.Path
        It.
    out : pathlib.Path, optional
        Output folder; where none is named it is looked for below ``out``.
    command : mapping
        Options, as :func:`account` got them.
    """
    for path in _places(region_file, out):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["format"] != _FORMAT or found["region"]["path"] != str(region_file.resolve()):
                continue
            if _stands(found, command):
                return [str(line) for line in found["lines"]]
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue
    return None


def _places(region_file: Path, out: Path | None) -> list[Path]:
    if out is None:
        try:
            given = tomllib.loads(region_file.read_text(encoding="utf-8-sig")).get("run", {}).get("out")
        except (OSError, ValueError, AttributeError):
            return []
        out = region_file.parent / given if isinstance(given, str) else None
    return [work_folder(out) / _FILE] if out is not None else sorted(Path("out").glob(f".*.work/{_FILE}"))


def _stands(found: Account, command: Mapping[str, Any]) -> bool:
    return (
        found["command"] == json.loads(json.dumps(dict(command)))
        and found["python"] == platform.python_version()
        and found["environment"] == _environment()
        and all(_stat(Path(o["path"]))[:2] == o["stat"][:2] for o in found["outputs"])
        and found["code"] == _code()
        and found["packages"] == _packages()
        and all(_same(entry) for entry in [found["region"], *found["inputs"]])
        and _around([Path(e["path"]) for e in found["inputs"]], found["patterns"]) == found["around"]
    )
