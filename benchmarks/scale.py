"""A night's batch: seconds by stage, resume, two workers, one county against four, memory.

Four counties go two at a time, each on one worker and with half of 3 GB, as ``guanghui batch`` has it on two cores.
``python -m benchmarks.scale`` takes the demo village, ``--extent city`` the whole demo city (the figures of
docs/scale.md). CPU seconds are those of the processes themselves, so that neighbours on the machine count little; wall
seconds stand beside them in the table.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import clock
from guanghui.plan.run.batch import demo_counties, read_end

ROOT = Path(__file__).resolve().parents[1]
_MEMORY_GB = 3


def guanghui(*words: str | Path) -> tuple[float, float, dict[str, Any]]:
    """CPU and wall seconds of a command, and its last words."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        with clock() as spent:
            line = [sys.executable, "-m", "guanghui", *map(str, words), "--quiet", "--log-json", str(log)]
            subprocess.run(line, check=True, env={**os.environ, "PYTHONPATH": path})
        return spent.cpu, spent.wall, read_end(log)


def content(folder: Path) -> str:
    """Hash of all files of a finished folder but the manifest."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def tell(name: str, cpu: float, wall: float, end: dict[str, Any]) -> None:
    """Print a line of the table as soon as it is known."""
    stages = " ".join(f"{k} {v:.1f}" for k, v in end.get("seconds", {}).items() if v >= 0.05)
    print(f"{name:<22}{cpu:>8.1f}{wall:>8.1f}{end.get('memory', 0) / 1e9:>6.2f}  {stages}", flush=True)


def main() -> None:
    """Print the table and the last line of JSON."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--extent", choices=["city", "village"], default="village")
    asked.add_argument("--counties", type=int, default=4)
    how = asked.parse_args()
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        files = demo_counties(base / "in", how.counties, seed=360482, extent=how.extent)
        first, out = files[0], base / "out"
        print(f"{'':<22}{'CPU s':>8}{'wall s':>8}{'GB':>6}  stages, wall s", flush=True)

        def run(name: str, *words: str | Path) -> tuple[float, float, dict[str, Any]]:
            found = guanghui("run", first, "--out", out / "one", *words)
            tell(name, *found)
            return found

        village = demo_counties(base / "village", 1, seed=360482, extent="village")[0]
        tell("compile, a village", *guanghui("run", village, "--out", out / "village", "--fresh"))
        whole = run("everything", "--fresh", "--workers", "2")
        undisturbed = content(out / "one")
        nothing = run("nothing changed")
        text = first.read_text(encoding="utf-8")
        changed = re.sub(r"^(\[economics\].*)$", r"\1\ndiscount_rate = 0.09", text, flags=re.MULTILINE)
        first.write_text(changed if changed != text else f"{text}\n[economics]\ndiscount_rate = 0.09\n", "utf-8")
        price = run("price changed")
        first.write_text(text, encoding="utf-8")
        shutil.rmtree(out / "one")
        run("resumed from pieces")
        same = content(out / "one") == undisturbed
        alone = run("one worker", "--fresh", "--workers", "1")
        book = next((out / "one" / "tables").glob("*.xlsx")).stat().st_size / 1e6
        some = guanghui("batch", *files, "--out", out / "many", "--jobs", "2", "--workers", "1", "--fresh",
                        "--memory", f"{_MEMORY_GB}GB")  # fmt: skip
        with (out / "many" / "batch.csv").open(encoding="utf-8-sig", newline="") as file:
            peaks = sorted(float(row["memory_mb"]) for row in csv.DictReader(file))
        tell(f"{how.counties} counties, 2 jobs", some[0], some[1], {"memory": sum(peaks[-2:]) * 1e6})
        print(json.dumps({
            "speedup_2_workers": round(alone[1] * how.counties / some[1], 2),
            "speedup_2_threads": round(alone[1] / whole[1], 2),
            "flatness_1_to_4": round(some[0] / how.counties / alone[0], 2),
            "counties_gb": round(sum(peaks[-2:]) / 1e3, 2),
            "peak_gib": round(whole[2]["memory"] / 2**30, 2), "resume_identical": same,
            "demo_city_s": round(whole[1], 1), "demo_city_cpu_s": round(whole[0], 1),
            "nothing_changed_s": round(nothing[1], 2), "nothing_changed_cpu_s": round(nothing[0], 2),
            "price_changed_s": round(price[1], 1), "price_changed_cpu_s": round(price[0], 1),
            "workbook_s": round(whole[2]["seconds"]["tables"], 1), "workbook_mb": round(book, 2), "extent": how.extent,
        }))  # fmt: skip


if __name__ == "__main__":
    main()
