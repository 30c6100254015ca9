"""Disks that are full or read-only, and two runs at once: a sentence, a true exit code, and nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from guanghui.geo.files import atomic
from guanghui.plan.run.cli import cli
from tests.night.server import Runs, content, is_whole

Disk = Callable[[int], Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Small disks of their own in memory; skipped where none can be mounted."""
    mounted: list[Path] = []

    def made(size: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        line = ["mount", "-t", "tmpfs", "-o", f"size={size}", "guanghui-test", str(place)]
        if shutil.which("mount") is None or subprocess.run(line, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here (needs root)")
        mounted.append(place)
        return place

    yield made
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def sentence(server: Runs) -> str:
    lines = [line for line in server.said().splitlines() if line.startswith("✗")]
    assert len(lines) == 1, server.said()
    assert "Traceback" not in server.said()
    return lines[0]


def stays(out: Path, before: dict[str, bytes]) -> None:
    """The finished folder is the one it was, and nothing half done lies beside it."""
    assert content(out) == before
    assert is_whole(out)
    work = out.parent / f".{out.name}.work"
    assert {p.name for p in work.iterdir()} <= {"last.json", "lock", "pieces"}
    assert not list(work.rglob("*.part"))


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_disk_that_fills_leaves_the_finished_folder_as_it_was(
    server: Runs, small: Path, whole: Path, disk: Disk, share: float
) -> None:
    before, size = content(whole), sum(p.stat().st_size for p in whole.rglob("*"))
    place = disk(40 * size)
    out = place / "deep" / "out"
    shutil.copytree(whole.parent, out.parent)
    ballast = place / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(place).free - int(share * size)))
    assert server.run("run", small, "--out", out, "--date", "another") == 2, server.said()
    assert "磁盘已满" in sentence(server)
    assert sentence(server).startswith(f"✗ {out}：")
    stays(out, before)
    ballast.unlink()
    assert server.run("run", small, "--out", out, "--date", "another") == 0, server.said()
    assert is_whole(out)
    assert "another" in (out / "index.html").read_text(encoding="utf-8")


def test_a_file_that_may_not_grow_is_a_sentence_too(server: Runs, small: Path, again: Path) -> None:
    before, page = content(again), (again / "index.html").stat().st_size
    pytest.importorskip("resource", reason="limits of POSIX")
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({page - 1000}, {page - 1000}))"
    english = small.with_name("english.toml")
    english.write_text(small.read_text(encoding="utf-8") + '[maps]\nlang = "en"\n', encoding="utf-8")
    assert server.run("run", english, "--out", again, patch=limit) == 2, server.said()
    assert f"{again}: a file would grow beyond the limit set here" in sentence(server)
    stays(again, before)


def test_a_temporary_folder_that_is_full_is_named_and_costs_no_roof(
    server: Runs, small: Path, tmp_path: Path, disk: Disk
) -> None:
    place = disk(1 << 18)
    (place / "ballast").write_bytes(bytes(shutil.disk_usage(place).free))
    patch = f"import tempfile; tempfile.tempdir = {str(place)!r}"
    assert server.run("run", small, "--out", tmp_path / "out", patch=patch) == 2, server.said()
    assert f"TMPDIR {place}：磁盘已满" in sentence(server)
    assert not (tmp_path / "out").exists()


def test_what_is_read_only_is_said_and_may_hold_the_inputs(
    server: Runs, small: Path, again: Path, whole: Path, disk: Disk
) -> None:
    size = sum(p.stat().st_size for p in whole.parent.rglob("*"))
    place = disk(8 * size)
    shutil.copytree(whole.parent, place / "deep")
    shutil.copytree(small.parent, place / "in")
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    region, out = place / "in" / small.name, place / "deep" / "out"
    assert server.run("run", region, "--out", out) == 2, server.said()
    assert "只读" in sentence(server)
    assert content(out) == content(whole)
    assert server.run("run", region, "--out", again, "--date", "another") == 0, server.said()
    assert is_whole(again)


def test_of_two_runs_at_once_one_works_and_the_other_is_refused_by_name(server: Runs, small: Path, again: Path) -> None:
    here, go = server.folder / "here", server.folder / "go"
    for mark in (here, go):
        mark.unlink(missing_ok=True)
    wait = """
import os, time
assemble = pipeline.assemble
def held(*a, **k):
    open("here", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.01)
    return assemble(*a, **k)
pipeline.assemble = held
"""
    first = server.start("run", small, "--out", again, "--date", "first", patch=wait)
    try:
        start = time.monotonic()
        while not here.exists():
            assert time.monotonic() - start < 120, server.said()
            time.sleep(0.01)
        english = small.with_name("english.toml")
        english.write_text(small.read_text(encoding="utf-8") + '[maps]\nlang = "en"\n', encoding="utf-8")
        for region, words in ((small, f"进程 {first}"), (english, f"process {first}")):
            told = CliRunner().invoke(cli, ["run", str(region), "--out", str(again)])
            assert told.exit_code == 2, told.output
            assert words in told.output
            assert str(again) in told.output
        told = CliRunner().invoke(cli, ["clean", str(small), "--all", "--out", str(again)])
        assert told.exit_code == 2, told.output
    finally:
        go.touch()
        code = server.end()
    assert code == 0, server.said()
    assert is_whole(again)
    assert "first" in (again / "index.html").read_text(encoding="utf-8")


def test_a_file_written_while_the_disk_ran_full_is_never_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "raster.tif"
    path.write_bytes(b"old")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    written = []

    def write(*, silent: bool) -> None:
        with atomic(path) as part:
            part.write_bytes(b"ne")
            written.append(part)
            if not silent:
                raise RuntimeError("write failed")  # as GDAL says it

    for silent in (True, False):
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            write(silent=silent)
        assert path.read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir()] == ["raster.tif"]
    assert len(written) == 2
