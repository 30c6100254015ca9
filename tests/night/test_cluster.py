"""Workers that were started elsewhere, one of them killed on the way, give the files of one machine's threads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.night.server import Runs, content, every_case

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler with two workers, each started in an empty folder of its own."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    where = tmp_path / "scheduler.json"
    with ExitStack() as stack:

        def start(module: str, name: str, *words: str) -> subprocess.Popen[bytes]:
            folder = tmp_path / name
            folder.mkdir()
            process = stack.enter_context(subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *words], cwd=folder, env=env,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ))  # fmt: skip
            stack.callback(process.kill)
            return process

        start("dask_scheduler", "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(where))
        workers = [
            start("dask_worker", f"worker{k}", "--scheduler-file", str(where), "--nthreads", "1", "--no-dashboard",
                  "--no-nanny")
            for k in range(2)
        ]  # fmt: skip
        import json

        for _ in range(600):
            if where.exists() and where.stat().st_size:
                break
            time.sleep(0.1)
        yield json.loads(where.read_text())["address"], workers


def left(folder: Path) -> list[str]:
    return [p.name for k in range(2) for p in (folder / f"worker{k}").rglob("*.tif")]


@every_case
def test_workers_elsewhere_give_the_files_of_threads(
    server: Runs, small: Path, whole: Path, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    address, workers = cluster
    # a folder given relative to where the command runs, which no worker shares
    monkeypatch.chdir(server.folder)
    assert server.run("run", small, "--out", "from_tcp/out", "--scheduler", address) == 0, server.said()
    out = server.folder / "from_tcp" / "out"
    assert content(out) == content(whole)
    assert list((out / "rasters" / "poa").glob("*.tif"))
    assert not left(tmp_path)
    # the store is another folder for the workers, and one of them dies: what is made comes through the scheduler
    hidden = (
        "import guanghui.pv.assessment.keeping as k\nk._PROBE = '.probe-' + str(os.getpid())\n"
        + """
said = batches.Job.on
def on(*a):
    found = said(*a)
    import dataclasses
    return dataclasses.replace(found, word="a word that no worker reads there")
batches.Job.on = on
taken = batches._taken
def kill_one(*a):
    if not os.path.exists("killed"):
        open("killed", "w").close()
        os.kill(int(os.environ["VICTIM"]), 9)
    return taken(*a)
batches._taken = kill_one
"""
    )
    words = ("run", small, "--out", "hidden/out", "--scheduler", address)
    assert server.run(*words, patch=hidden, VICTIM=str(workers[0].pid)) == 0, server.said()
    assert content(server.folder / "hidden" / "out") == content(whole)
    assert (server.folder / "killed").exists()
