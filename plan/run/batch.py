"""Many counties in a night: each run in a process of its own, so that none can harm another; one report at the end."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["County", "counties", "demo_counties", "read_end", "run_all", "write_report"]

_STATUS = {0: "done", 1: "partial", 2: "refused"}
WORDS = {
    "done": ("完成", "done"),
    "partial": ("部分完成", "partial"),
    "refused": ("输入有误，未计算", "refused"),
    "failed": ("程序出错", "failed"),
    "killed": ("被终止", "killed"),
    "waiting": ("未开始", "not begun"),
}
"""Status -> Chinese, English."""
_COLUMNS = ("region_file", "name", "name_en", "status", "exit_code", "seconds", "memory_mb", "reason_zh", "reason_en",
            "folder")  # fmt: skip
_POLL_S = 0.1
_PATIENCE_S = 60.0


@dataclass
class County:
    """A region file of the night, and what became of it."""

    path: Path
    name: str = ""
    name_en: str = ""
    folder: Path = Path()
    status: str = "waiting"
    code: int | None = None
    seconds: float = 0.0
    memory: int = 0
    """Most memory of its process [bytes]."""
    reason: tuple[str, str] = ("", "")
    """Why it is not done: Chinese, English."""
    stages: dict[str, float] = field(default_factory=dict)
    """Stage -> wall time [s]."""


def counties(places: Iterable[Path], out: Path) -> list[County]:
    """Region files of a list of files and folders, each once.

    Parameters
    ----------
    places : iterable of pathlib.Path
        Region files, or folders whose ``*.toml`` with a ``[region]`` are taken in order of their names.
    out : pathlib.Path
        Folder below which each gets a folder of its own, unless it names one.

    Returns
    -------
    list of County
        One that shares its output folder with an earlier one is refused already.
    """
    found: list[County] = []
    taken: dict[Path, Path] = {}
    for path in _files(places):
        if any(path.resolve() == c.path.resolve() for c in found):
            continue
        county = _county(path, out)
        found.append(county)
        first = taken.setdefault(county.folder.resolve(), path)
        if first != path and county.status == "waiting":
            county.status, county.code = "refused", 2
            county.reason = (
                f"输出文件夹 {county.folder} 与 {first} 相同；请在 [region] name_en 或 [run] out 中加以区分。",
                f"the output folder {county.folder} is that of {first} too; tell them apart by [region] name_en or "
                "[run] out.",
            )
    return found


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from (p for p in sorted(place.glob("*.toml")) if _read(p).get("region") is not None)
        else:
            yield place


def _read(path: Path) -> dict[str, Any]:
    """What a file says, as far as it can be read; the run itself names what is wrong."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {"region": {}} if path.suffix == ".toml" else {}


def _county(path: Path, out: Path) -> County:
    from guanghui.geo.files import safe_name

    given = _read(path)
    region = given.get("region")
    region = region if isinstance(region, dict) else {}
    name = str(region.get("name", path.stem))
    name_en = str(region.get("name_en") or name)
    section = given.get("run")
    own = section.get("out") if isinstance(section, dict) else None
    folder = (path.parent / own).resolve() if isinstance(own, str) else out / safe_name(name_en.lower(), "region")
    return County(path, name, name_en, folder)


def demo_counties(folder: Path, count: int, *, seed: int, extent: str) -> tuple[Path, ...]:
    """Build demo cities of different seeds and names, one below the other in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Each gets a folder below it.
    count : int
        How many.
    seed : int
        Of the first; the next have the next numbers.
    extent : {"city", "village"}
        How much of each.

    Returns
    -------
    tuple of pathlib.Path
        Their region files.
    """
    from guanghui.data.demo import build

    out = []
    for number in range(1, count + 1):
        path = build(folder / f"county{number}", seed=seed + number - 1, extent=extent)  # type: ignore[arg-type]
        text = path.read_text(encoding="utf-8")
        for key in ("name", "name_en"):  # the first of each is that of [region]
            text = re.sub(rf'^({key} = "[^"]*)"', rf'\g<1> {number}"', text, count=1, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")
        out.append(path)
    return tuple(out)


def run_all(
    found: Sequence[County], *, jobs: int, words: Sequence[str] = (), told: Callable[[County], None] | None = None,
    beat: Callable[[int, int], None] | None = None,
) -> None:  # fmt: skip
    """Run counties, some at a time.

    Parameters
    ----------
    found : sequence of County
        From :func:`counties`; gets what becomes of each.
    jobs : int
        How many at a time.
    words : sequence of str
        Options handed to each ``guanghui run``.
    told : callable, optional
        Told each county that has ended.
    beat : callable, optional
        Told how many have ended, and of how many.
    """
    todo = [c for c in found if c.status == "waiting"]
    flying: list[_Flight] = []
    try:
        while todo or flying:
            while todo and len(flying) < jobs:
                flying.append(_Flight(todo.pop(0), words))
            for flight in [f for f in flying if f.ended()]:
                flying.remove(flight)
                if told is not None:
                    told(flight.county)
            if beat is not None:
                beat(sum(c.status not in ("waiting", "running") for c in found), len(found))
            time.sleep(_POLL_S)
    finally:
        for flight in flying:
            flight.stop()


class _Flight:
    """A run under way."""

    def __init__(self, county: County, words: Sequence[str]) -> None:
        self.county, self.start = county, time.monotonic()
        self.folder = tempfile.TemporaryDirectory(prefix="guanghui-batch-")
        self.log = Path(self.folder.name) / "log.jsonl"
        self.errors = (Path(self.folder.name) / "stderr").open("wb")
        county.status = "running"
        line = [sys.executable, "-m", "guanghui", "run", str(county.path), "--out", str(county.folder), "--quiet",
                "--log-json", str(self.log), *words]  # fmt: skip
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)

    def ended(self) -> bool:
        """Whether it has ended; then the county knows how."""
        code = self.process.poll()
        if code is None:
            return False
        self.errors.close()
        c = self.county
        c.seconds, c.code = time.monotonic() - self.start, code
        c.status = _STATUS.get(code, "failed" if code > 0 else "killed")
        end = read_end(self.log)
        c.memory, c.stages = int(end.get("memory", 0)), dict(end.get("seconds", {}))
        if code < 0:
            c.reason = (f"进程被信号 {-code} 终止；再次运行同一命令即可接着做。",
                        f"the process was ended by signal {-code}; the same command goes on from there.")  # fmt: skip
        elif code:
            last = (Path(self.folder.name) / "stderr").read_text(encoding="utf-8", errors="replace").strip()
            c.reason = (str(end.get("zh") or last[-500:]), str(end.get("en") or last[-500:]))
        self.folder.cleanup()
        return True

    def stop(self) -> None:
        """Ask it to end and wait until it has cleaned up."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ended()


def read_end(log: Path) -> dict[str, Any]:
    """Last words of a run: memory, seconds by stage, and why it is not done.

    Parameters
    ----------
    log : pathlib.Path
        JSON lines of :class:`~guanghui.plan.run.progress.Progress`.

    Returns
    -------
    dict
        ``memory`` [bytes], ``seconds`` by stage, and ``code``, ``en``, ``zh`` of the end; what was not written is
        absent.
    """
    out: dict[str, Any] = {}
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except OSError:
        return out
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # cut by a kill
            continue
        if entry.get("event") == "seconds":
            out["seconds"] = {k: v for k, v in entry.items() if k not in ("time", "event")}
        elif entry.get("event") == "end":
            out |= entry
        elif entry.get("memory"):
            out["memory"] = max(int(entry["memory"]), int(out.get("memory", 0)))
    return out


def write_report(found: Sequence[County], folder: Path, *, lang: str = "zh") -> tuple[Path, Path]:
    """Write ``batch.html`` and ``batch.csv``.

    Parameters
    ----------
    found : sequence of County
        After :func:`run_all`.
    folder : pathlib.Path
        Where; made when absent.
    lang : {"zh", "en"}
        Language that comes first; the page holds both.

    Returns
    -------
    tuple of pathlib.Path
        Page and table.
    """
    from guanghui.geo.files import atomic

    folder.mkdir(parents=True, exist_ok=True)
    page, table = folder / "batch.html", folder / "batch.csv"
    with atomic(table) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for c in found:
            row = [c.path, c.name, c.name_en, c.status, "" if c.code is None else c.code, f"{c.seconds:.1f}",
                   f"{c.memory / 1e6:.0f}", *c.reason, c.folder]  # fmt: skip
            writer.writerow([_plain(str(v)) for v in row])
    with atomic(page) as part:
        part.write_text(_html(found, folder, lang), encoding="utf-8")
    return page, table


def _plain(text: str) -> str:
    """Text that a spreadsheet would run as a formula stays text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else " ".join(text.split())


def _html(found: Sequence[County], folder: Path, lang: str) -> str:
    def both(zh: str, en: str) -> str:
        first, second = (zh, en) if lang == "zh" else (en, zh)
        return f"{html.escape(first)} <span class=other>{html.escape(second)}</span>"

    counts = {s: sum(c.status == s for c in found) for s in WORDS}
    head = " · ".join(f"{both(*WORDS[s])}: {n}" for s, n in counts.items() if n)
    rows = []
    for c in found:
        index = c.folder / "index.html"
        name = both(c.name, c.name_en if c.name_en != c.name else "")
        if index.is_file():
            name = f'<a href="{html.escape(os.path.relpath(index, folder).replace(os.sep, "/"))}">{name}</a>'
        stages = " · ".join(f"{html.escape(k)} {v:.1f}" for k, v in c.stages.items() if v >= 0.05)
        why = both(*c.reason) if any(c.reason) else ""
        rows.append(
            f"<tr class={c.status}><td>{name}<td>{both(*WORDS[c.status])}<td class=n>{c.seconds:.1f}"
            f"<td class=n>{c.memory / 1e6:.0f}<td>{why}<td class=small>{stages}"
            f"<td class=small>{html.escape(str(c.path))}"
        )
    title = both("批量运行报告", "batch report")
    heads = "".join(f"<th>{both(*w)}" for w in (
        ("县区", "county"), ("结果", "status"), ("用时 s", "seconds"), ("内存 MB", "memory MB"), ("原因", "why"),
        ("各步用时 s", "stages s"), ("区域文件", "region file")))  # fmt: skip
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>光汇 Guanghui · 批量运行报告 batch report</title>'
        "<style>body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem;color:#1c2b2d}"
        "table{border-collapse:collapse}th,td{padding:.35rem .7rem;border-bottom:1px solid #cfd8da;text-align:left;"
        "vertical-align:top}.n{text-align:right;font-variant-numeric:tabular-nums}.other,.small{color:#52666a;"
        "font-size:.85em}tr.done td:nth-child(2){color:#1d6b3a}tr.partial td:nth-child(2){color:#8a5a00}"
        "tr.refused td:nth-child(2),tr.failed td:nth-child(2),tr.killed td:nth-child(2){color:#a32020}</style>"
        f"<h1>{title}</h1><p>{head}</p><table><thead><tr>{heads}</thead><tbody>{''.join(rows)}</tbody></table></html>\n"
    )
