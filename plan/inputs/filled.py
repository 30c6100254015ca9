"""A region file filled from a folder: each line with the reason it was chosen for, open questions in their place."""

from __future__ import annotations

import datetime as dt
import json
import os
import tomllib
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.text import plain_text
from guanghui.plan.inputs.config import RegionFile
from guanghui.plan.inputs.guess import Guess, Line, Question, guess
from guanghui.plan.inputs.lines import ASKED
from guanghui.plan.inputs.seen import look

__all__ = ["fill_from", "toml_value"]

_HEAD = """\
# 光汇 region file, filled from {folder}.
# Read each line, then `guanghui check`. 由文件夹自动填写，请逐行核对后再检查。
# `guanghui new NAME` shows all other sections: [coverage] [economics] [planting] [works] [sinks] [maps]. 其他段见模板。
"""
_SEAL = "# Unchanged since `guanghui new`, which may then write it again 未改动时可由 guanghui new 重写: "
_NEEDED = {"landcover": ("legend", "year"), "landcover_before": ("legend", "year"), "townships": ("path", "name")}


def fill_from(path: Path, name: str, folder: Path, answers: Collection[str] = ()) -> Guess:
    """Write a region file from what lies in a folder.

    Parameters
    ----------
    path : pathlib.Path
        Region file to write; what a person has changed is never overwritten.
    name : str
        Name of the region.
    folder : pathlib.Path
        Folder with the layers.
    answers : collection of str, optional
        What no file says, as ``section.key=value``: ``weather.normals=nanchang``, ``landcover.year=2023``,
        ``sinks.cropland.rice_seasons=single``.

    Returns
    -------
    Guess
        What was found; its questions stand in the file too.

    Raises
    ------
    InputError
        If the file exists with words of somebody else's, there is no such folder, or an answer is none.
    """
    if path.exists() and not _as_written(path):
        raise InputError(
            f"{path}: the file exists and was changed by hand; write the answers into it, or choose another name.",
            f"{path}：文件已存在且经人工修改；请直接在文件中填写，或换一个名称。",
        )
    given = [_answer(text) for text in answers]
    found = guess(look(folder))
    for section, line in given:
        found.answer(section, line)
    start = os.path.relpath(folder.resolve(), path.resolve().parent)
    with atomic(path) as part:
        part.write_text(_text(name, found, Path(start), folder), encoding="utf-8")
    return found


def _answer(text: str) -> tuple[str, Line]:
    """Section and line of an answer; its value as TOML has it, else as text."""
    key, equals, value = text.partition("=")
    section, dot, key = key.strip().partition(".")
    named = all(part.isidentifier() for part in key.split("."))
    if not (equals and dot and named and section in RegionFile.model_fields):
        raise InputError(
            f"--set {text}: write section.key=value, such as weather.normals=nanchang or landcover.year=2023.",
            f"--set {text}：请写作 段.键=值，如 weather.normals=nanchang 或 landcover.year=2023。",
        )
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    return section, Line(key, parsed, "as answered", "按所答填写", answered=True)


def _text(name: str, found: Guess, start: Path, folder: Path) -> str:
    out = [_HEAD.format(folder=toml_value(str(folder))), "[region]", f"name = {toml_value(name)}", ""]
    for section in RegionFile.model_fields:
        lines = found.sections.get(section)
        asked = [q for q in found.questions if q.en.startswith(f"[{section}]")]
        if lines is None:
            out += [*map(_ask, asked), ""] if asked else []
            continue
        keys = {line.key for line in lines}
        whole = all(k in keys for k in _needed(section, keys))
        mark = "" if whole else "# "
        out += [f"{mark}[{section}]", *(mark + _line(line, start) for line in lines), *map(_ask, asked), ""]
    asked = [q for q in found.questions if not q.en.startswith("[")]
    out += [*map(_ask, asked), ""] if asked else []
    if found.left:
        out.append("# Not used 未使用:")
        out += [f"#   {plain_text(n)}: {plain_text(en)} {plain_text(zh)}" for n, (en, zh) in found.left.items()]
    text = "\n".join(out).rstrip() + "\n\n"
    return f"{text}{_SEAL}{_digest(text)}\n"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _as_written(path: Path) -> bool:
    """Whether a file is as it was written from a folder: nobody has changed a line since."""
    text, seal, digest = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").rpartition(_SEAL)
    return bool(seal) and digest.strip() == _digest(text)


def _needed(section: str, keys: set[str]) -> tuple[str, ...]:
    return ("year",) if section == "landcover" and "code" in keys else _NEEDED.get(section, ())


def _line(line: Line, start: Path) -> str:
    value = line.value
    if line.key in ("path", "terrain", "canopy") and not line.answered:
        value = (start / str(value)).as_posix()
    elif line.key == "stations":
        value = [(start / v).as_posix() for v in value]
    text = f"{line.key} = {toml_value(value)}"
    why = line.why if line.why == line.why_zh else f"{line.why} {line.why_zh}"
    return f"{text:<44} # {plain_text(why)}" if why else text


def _ask(question: Question) -> str:
    return f"{ASKED}{plain_text(question.en)} {plain_text(question.zh)}"


def toml_value(value: Any) -> str:
    """A value as TOML has it, on one line.

    Parameters
    ----------
    value : object
        What a TOML file may hold.

    Examples
    --------
    >>> toml_value([{"year": 2026, "share": 0.3}])
    '[{ year = 2026, share = 0.3 }]'
    """
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {toml_value(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, dt.date | dt.time):  # also a date with a time
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").replace("-", "a").isalnum() else toml_value(key)
