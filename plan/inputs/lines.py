"""Lines of a region file, and what is said in Chinese of a value that does not fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ["ASKED", "KINDS_ZH", "LIMITS", "find_line", "still_asked"]

ASKED = "# ? "
"""Begin of a line that asks for what no file says."""
LIMITS = {
    "greater_than": ("gt", "必须大于"),
    "greater_than_equal": ("ge", "不能小于"),
    "less_than": ("lt", "必须小于"),
    "less_than_equal": ("le", "不能大于"),
    "literal_error": ("expected", "只能是"),
}
"""Kind of a fault -> name of its limit, and the words before it in Chinese."""
KINDS_ZH = {
    "int": "应为整数", "float": "应为数字", "string": "应为文字", "bool": "应为 true 或 false", "tuple": "应为列表",
    "dict": "应为键值表", "model": "应为一段设置", "too": "数量不符", "date": "应为日期",
}  # fmt: skip
"""Kind of a fault, up to its first underline -> what should stand there."""


def find_line(text: str, keys: list[Any]) -> int | None:
    """Line of a key in TOML text, or of the nearest thing around it.

    Parameters
    ----------
    text : str
        TOML.
    keys : list
        Path of the key; numbers count tables of an array.

    Returns
    -------
    int or None
        From 1.
    """
    wanted = [str(k) for k in keys if not isinstance(k, int)]
    table: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            found = table
        else:
            key = re.match(r"\s*([\w\"'.-]+)\s*=", line)
            if not key:
                continue
            found = table + [part.strip("\"'") for part in key[1].split(".")]
        depth = len(found)
        if found == wanted[:depth] and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def still_asked(path: Path) -> list[str]:
    """Questions that a region file still asks of whoever fills it in.

    Parameters
    ----------
    path : pathlib.Path
        Region file, as :func:`plan.inputs.filled.fill_from` writes it.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(ASKED) for line in lines if line.startswith(ASKED)]
