"""How a command ends, tried from outside: exit code, one sentence, log, and what is left on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guanghui.plan.run.exits import language_of
from tests.night.server import Runs, runs
from tests.twins import place
from tests.twins.place import some

PAGES, PIPELINE = "import guanghui.plan.run.pages as m; ", "import guanghui.plan.run.pipeline as m; "
_PRELUDE = """
import errno, os, sys
def broken(*a, **k):
    raise {error}
{patch}
from guanghui.plan.run.cli import main
sys.argv = ["guanghui", *sys.argv[1:]]
main()
"""


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def guanghui(*words: str | Path, patch: str = "", error: str = "RuntimeError('torn')", **env: str) -> Told:
    """Run the command line in a process of its own, with a part of the house broken."""
    code = _PRELUDE.format(patch=patch, error=error)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, env={**os.environ, **env},
        check=False,
    )  # fmt: skip
    return Told(done.returncode, done.stdout, done.stderr)


def ended(server: Runs, *words: str | Path, patch: str = "", error: str = "RuntimeError('torn')") -> Told:
    """The same in a fork of a process that has imported all: a run of the tiny place is then a second."""
    breaks = f"import errno\ndef broken(*a, **k):\n    raise {error}\n"
    code = server.run(*words, patch=breaks + patch)
    return Told(code, *((server.folder / name).read_text() for name in ("stdout", "stderr")))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine outlines in two townships: the shortest run there is."""
    sections = place.TOWNSHIPS + place.BUILDINGS + place.WEATHER
    text = (
        place.REGION[: place.REGION.index("[townships]")] + sections + place.REGION[place.REGION.index("[coverage]") :]
    )
    return place.build(tmp_path_factory.mktemp("small"), surface=False, land=False, text=text)


@pytest.fixture(scope="module")
def server(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Runs of the command line, each a fork."""
    with runs(tmp_path_factory.mktemp("server"), small) as found:
        yield found


def one_sentence(told: Told) -> str:
    assert "Traceback" not in told.stderr, told.stderr
    lines = [line for line in told.stderr.splitlines() if line.startswith("✗")]
    assert len(lines) == 1, told.stderr
    return lines[0]


def only_pieces(folder: Path) -> None:
    """Nothing of a run is there but its finished pieces, from which the same command goes on."""
    assert [p.name for p in folder.iterdir()] == [".out.work"]
    assert sorted(p.name for p in (folder / ".out.work").iterdir()) == ["lock", "pieces"]
    assert list((folder / ".out.work" / "pieces" / "roofs").rglob("*.piece"))


def test_done_is_0_and_leaves_no_log(server: Runs, small: Path, tmp_path: Path) -> None:
    told = ended(server, "run", small, "--out", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out" / "tables" / "roofs.csv").exists()
    assert not (tmp_path / "out" / "run.log").exists()


@pytest.mark.parametrize(
    ("broken", "gone"),
    some([
        ("import guanghui.plan.run.pages as m; m.township_page = broken", "maps/[0-9]*.html"),
        ("import guanghui.plan.run.pages as m; m.index_page = broken", "index.html"),
        ("import guanghui.plan.run.pages as m; m.compare_page = broken", "maps/compare.html"),
        ("import guanghui.plan.run.writing as m; m.township_pages = broken", "maps/*"),
        ("import guanghui.plan.run.pipeline as m; m.write_manifest = broken", "manifest.json"),
    ], 2),
)  # fmt: skip
def test_a_page_that_fails_is_1_and_the_tables_are_there(
    server: Runs, small: Path, tmp_path: Path, broken: str, gone: str
) -> None:
    out = tmp_path / "out"
    told = ended(server, "run", small, "--out", out, patch=broken)
    assert told.returncode == 1, told.stderr
    assert "torn" in told.stderr
    assert "Traceback" not in told.stderr
    assert (out / "tables" / "roofs.csv").exists()
    assert (out / "vectors" / "roofs.parquet").exists()
    assert not list(out.glob(gone))
    assert "RuntimeError: torn" in (out / "run.log").read_text(encoding="utf-8")


def test_a_disk_that_fills_during_the_pages_keeps_the_tables(server: Runs, small: Path, tmp_path: Path) -> None:
    told = ended(server, "run", small, "--out", tmp_path / "out", patch=PAGES + "m.save = broken",
                    error="OSError(errno.ENOSPC, 'No space left on device')")  # fmt: skip
    assert told.returncode == 1, told.stderr
    assert (tmp_path / "out" / "tables" / "roofs.csv").exists()


def test_our_own_fault_is_3_with_the_traceback_in_the_log(server: Runs, small: Path, tmp_path: Path) -> None:
    told = ended(server, "run", small, "--out", tmp_path / "out", patch=PIPELINE + "m.assemble = broken")
    assert told.returncode == 3, told.stderr
    assert "run.log" in one_sentence(told)
    assert "RuntimeError: torn" in (tmp_path / "out" / "run.log").read_text(encoding="utf-8")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["run.log"]


@pytest.mark.parametrize(
    ("error", "words"),
    some([
        ("OSError(errno.ENOSPC, 'No space left on device')", "磁盘已满"),
        ("RuntimeError('sqlite: database or disk is full')", "磁盘已满"),
        ("OSError(errno.EROFS, 'Read-only file system', '/somewhere/x.gpkg')", "/somewhere/x.gpkg：文件夹只读"),
        ("MemoryError()", "内存不足"),
    ], 2),
)  # fmt: skip
def test_what_the_system_refuses_is_2_and_leaves_what_was_finished(
    server: Runs, small: Path, tmp_path: Path, error: str, words: str
) -> None:
    told = ended(server, "run", small, "--out", tmp_path / "deep" / "out", error=error,
                    patch="import guanghui.plan.run.writing as m; m.write_workbook = broken")  # fmt: skip
    assert told.returncode == 2, told.stderr
    assert words in one_sentence(told)
    only_pieces(tmp_path / "deep")


def test_an_output_folder_that_cannot_be_written_is_refused_before_the_work(
    server: Runs, small: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "out", Path("/proc/guanghui/out")):
        told = ended(server, "run", small, "--out", out)
        assert told.returncode == 2, told.stderr
        assert "--out" in one_sentence(told)
        assert "roofs" not in told.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_without_a_home_that_can_be_written_the_caches_go_elsewhere(tmp_path: Path) -> None:
    """Kernels look for the folder of their cache where they are decorated, so none needs to be compiled here."""
    text = place.REGION[: place.REGION.index("[townships]")] + place.TOWNSHIPS
    text += "[sinks]\nstanding_volume_m3 = 20.0\n"
    small = place.build(tmp_path / "totals", roofs=False, surface=False, land=False, text=text)
    kernel = "import guanghui.geo.zonal_kernels as m, guanghui.pv.roofs.planes; m = m.mark_codes"
    where = f"import atexit; atexit.register(exec, {kernel!r} + '; print(\"kept in\", m._cache.cache_path)', {{}})"
    told = guanghui("check", small, HOME="/proc/nobody", XDG_CACHE_HOME="/proc/nobody/cache", patch=where)
    assert told.returncode == 0, told.stderr
    assert f"kept in {tempfile.gettempdir()}" in told.stdout
    told = guanghui("check", small, HOME="/proc/nobody", XDG_CACHE_HOME="/proc/nobody/cache", error="OSError(30, 'ro')",
                    patch="import tempfile; tempfile.gettempdir = broken")  # fmt: skip
    assert told.returncode == 2, told.stderr
    assert "TMPDIR" in one_sentence(told)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interrupted_is_130_and_leaves_what_was_finished(server: Runs, small: Path, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    patch = (
        PIPELINE
        + f"""
import pathlib, signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background has it ignored
def slow(*a, **k):
    pathlib.Path({str(reached)!r}).touch()
    time.sleep(60)
m.assemble = slow
"""
    )
    pid = server.start("run", small, "--out", tmp_path / "deep" / "out", patch=patch)
    until = time.monotonic() + 60
    while not reached.exists():
        assert time.monotonic() < until, server.said()
        time.sleep(0.05)
    os.kill(pid, signal.SIGINT)
    assert server.end() == 130, server.said()
    assert "Traceback" not in server.said()
    only_pieces(tmp_path / "deep")


def test_the_language_is_found_in_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    for text, lang in (
        ('[maps]\nlang = "en"\n[x', "en"),
        ("[maps]\ntiles = 1\n[other]\nlang = 'en'", "zh"),
        ('maps.lang = "en"', "en"),
        ("", "zh"),
    ):
        path.write_text(text, encoding="utf-8")
        assert language_of(path) == lang
    assert language_of(tmp_path / "none.toml") == "zh"
