"""A region file filled from a folder: each line with the reason it was chosen for, open questions in their place."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from guanghui.geo.errors import InputError
from guanghui.geo.files import atomic
from guanghui.geo.text import plain_text
from guanghui.plan.inputs.config import RegionFile
from guanghui.plan.inputs.guess import Guess, Line, Question, guess
from guanghui.plan.inputs.lines import ASKED
from guanghui.plan.inputs.seen import look

__all__ = ["fill_from"]

_HEAD = """\
# 光汇 region file, filled from {folder}.
# Read each line, then `guanghui check`. 由文件夹自动填写，请逐行核对后再检查。
# `guanghui new NAME` shows all other sections: [coverage] [economics] [planting] [works] [sinks] [maps]. 其他段见模板。
"""
_NEEDED = {"landcover": ("legend", "year"), "landcover_before": ("legend", "year"), "townships": ("path", "name")}


def fill_from(path: Path, name: str, folder: Path, answers: Collection[str] = ()) -> Guess:
    """Write a region file from what lies in a folder.

    Parameters
    ----------
    path : pathlib.Path
        Region file to write; never overwritten.
    name : str
        Name of the region.
    folder : pathlib.Path
        Folder with the layers.
    answers : collection of str, optional
        What no file says, as ``section.key=value``: ``weather.normals=nanchang``, ``landcover.year=2023``.

    Returns
    -------
    Guess
        What was found; its questions stand in the file too.

    Raises
    ------
    InputError
        If the file exists, there is no such folder, or an answer is none.
    """
    if path.exists():
        raise InputError(
            f"{path}: the file exists; choose another name or remove it.", f"{path}：文件已存在；请换名或先删除。"
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
    if not (equals and dot and key.isidentifier() and section in RegionFile.model_fields):
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
    out = [_HEAD.format(folder=json.dumps(str(folder), ensure_ascii=False)), "[region]", f"name = {_value(name)}", ""]
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
    return "\n".join(out).rstrip() + "\n"


def _needed(section: str, keys: set[str]) -> tuple[str, ...]:
    return ("year",) if section == "landcover" and "code" in keys else _NEEDED.get(section, ())


def _line(line: Line, start: Path) -> str:
    value = line.value
    if line.key in ("path", "terrain", "canopy") and not line.answered:
        value = (start / str(value)).as_posix()
    elif line.key == "stations":
        value = [(start / v).as_posix() for v in value]
    text = f"{line.key} = {_value(value)}"
    why = line.why if line.why == line.why_zh else f"{line.why} {line.why_zh}"
    return f"{text:<44} # {plain_text(why)}" if why else text


def _ask(question: Question) -> str:
    return f"{ASKED}{plain_text(question.en)} {plain_text(question.zh)}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
