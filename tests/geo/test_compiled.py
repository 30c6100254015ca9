"""Cached kernels belong to one state of the code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from guanghui.geo.compiled import cache_folder

LOW, HIGH = (
    "from numba import njit\n@njit(inline='always')\ndef one(x):\n    return x + {n}\n",
    ("from numba import njit\nfrom {low} import one\n@njit(cache=True)\ndef two(x):\n    return one(x)\n"),
)


def rooms(folder: Path, n: int) -> Path:
    for room in ("geo", "pv"):
        (folder / room).mkdir(parents=True, exist_ok=True)
    (folder / "geo" / "low.py").write_text(LOW.format(n=n), encoding="utf-8")
    (folder / "pv" / "high.py").write_text(HIGH.format(low="low"), encoding="utf-8")
    return folder


def test_the_folder_is_that_of_the_code(tmp_path: Path) -> None:
    first = cache_folder(rooms(tmp_path, 1))
    assert cache_folder(tmp_path) == first
    assert cache_folder(rooms(tmp_path, 2)) != first
    assert first.parent == tmp_path / "geo" / "__pycache__"
    assert cache_folder(rooms(tmp_path / "elsewhere", 1)).name == first.name, "wherever it lies"


def test_a_kernel_taken_in_from_a_changed_file_is_compiled_anew(tmp_path: Path) -> None:
    def result(own: bool) -> str:
        folder = str(cache_folder(tmp_path)) if own else str(tmp_path / "shared")
        env = {**os.environ, "NUMBA_CACHE_DIR": folder, "PYTHONPATH": f"{tmp_path / 'geo'}:{tmp_path / 'pv'}"}
        done = subprocess.run([sys.executable, "-c", "import high; print(high.two(10))"], env=env, check=True,
                              capture_output=True, text=True)  # fmt: skip
        return done.stdout.strip()

    rooms(tmp_path, 1)
    assert (result(True), result(False)) == ("11", "11")
    path = tmp_path / "pv" / "high.py"
    stamp = path.stat()
    rooms(tmp_path, 2)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert result(True) == "12"
    assert result(False) == "11", "numba alone goes on with the old one: this file can go"
