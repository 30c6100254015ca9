"""Workers that were started elsewhere, one of them killed on the way, give the files of one machine's threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from distributed import Client, default_client

from guanghui.geo.errors import InputError
from guanghui.plan.run.cluster import compute_on
from tests.night.server import Runs, content, every_case

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def start_cluster(
    where_to: Path, count: int, env: dict[str, str] | None = None
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler with workers, each started in an empty folder of its own."""
    env = env or {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    where = where_to / "scheduler.json"
    with ExitStack() as stack:

        def start(module: str, name: str, *words: str) -> subprocess.Popen[bytes]:
            folder = where_to / name
            folder.mkdir(parents=True)
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
            for k in range(count)
        ]  # fmt: skip
        for _ in range(600):
            if where.exists() and where.stat().st_size:
                break
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        with Client(address) as client:
            client.wait_for_workers(count, timeout=60)
        yield address, workers


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Scheduler and two workers elsewhere."""
    with start_cluster(tmp_path, 2) as started:
        yield started


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


@pytest.mark.slow
def test_workers_import_before_their_first_task_and_one_that_cannot_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # two threads of a worker that import for the first time find a module half made: it drops what it had computed
    elsewhere = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    with start_cluster(tmp_path / "sound", 1) as (address, _), compute_on(address):
        client = default_client()
        assert client.run(_holds, "guanghui.pv.assessment.batches") == dict.fromkeys(client.nthreads(), True)
    with (
        start_cluster(tmp_path / "bare", 1, env=elsewhere) as (address, _),
        pytest.raises(InputError, match="No module named 'guanghui'"),
        compute_on(address),
    ):
        pass


def _holds(module: str) -> bool:
    return module in sys.modules
