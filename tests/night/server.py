"""Runs of the command line in processes that can be killed: imports are paid once, every run is a fork."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ALL = bool(os.environ.get("GUANGHUI_ALL"))
"""Whether every case is asked for; a suite that is run often stays short."""
every_case = pytest.mark.skipif(not ALL, reason="runs with GUANGHUI_ALL=1")
_SERVER = """
import functools, json, os, sys
from guanghui.plan.results import keeping as kept
from guanghui.plan.run import cli, pipeline
import guanghui.plan.run.publish as publish, guanghui.plan.run.pages as pages
import guanghui.pv.assessment.survey as survey, guanghui.pv.assessment.keeping as keeping
import guanghui.pv.assessment.batches as batches
survey.plan_batches = functools.partial(survey.plan_batches, cells=40)  # a batch for each roof of the tiny place
import guanghui.plan.inputs.region as region
def once(make, by):
    found = {}
    def made(one, **k):
        key = by(one), repr(sorted(k.items()))
        if key not in found:
            found[key] = make(one, **k)
        return found[key]
    return made
region.weather_from_normals = once(region.weather_from_normals, repr)
batches.sky_table = once(batches.sky_table, id)  # the weather is one object now
import guanghui.plan.results.survey_store as survey_store
survey_store.tree_digest = functools.lru_cache(survey_store.tree_digest)  # code does not change while it runs
if len(sys.argv) > 1:
    keeping.code_version()
    first = region.Region(__import__("pathlib").Path(sys.argv[1]))
    survey_store.survey_key(first), kept.run_key(first, None), kept.carbon_key(first)
    batches.site_model(first.weather, first.settings.pv, first.crs, first.middle_deg)
_assess = keeping.assess_batch
def noted(*a, **k):
    found = _assess(*a, **k)
    with open(os.environ["MADE"], "a") as log:
        log.write("made\\n")
    return found
keeping.assess_batch = noted
for line in sys.stdin:
    words, folder, patch, env = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ.update(env)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdin = open(os.devnull)
        sys.argv = ["guanghui", *words]
        exec(patch)
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            import traceback
            traceback.print_exc()
            code = 99
        sys.stdout.flush(); sys.stderr.flush()
        os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Runs:
    """Starts runs; the folder gets ``stdout`` and ``stderr`` of the last one."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self.folder = process, folder
        self.made = folder / "made"
        self.seconds = 0.0
        """How long an undisturbed run takes here and now [s]."""

    def start(self, *words: str | Path, patch: str = "", **env: str) -> int:
        """Start a run; its process id."""
        import json

        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = [[str(w) for w in words], str(self.folder), patch, {"MADE": str(self.made), **env}]
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> int:
        """Wait for the run; its exit code, negative for a signal."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def run(self, *words: str | Path, patch: str = "", **env: str) -> int:
        """Start a run and wait for it."""
        self.start(*words, patch=patch, **env)
        return self.end()

    def said(self) -> str:
        """All that the last run said."""
        return (self.folder / "stdout").read_text() + (self.folder / "stderr").read_text()

    def count(self) -> int:
        """Batches worked so far."""
        return len(self.made.read_text().split()) if self.made.exists() else 0


@contextmanager
def runs(folder: Path, region: Path) -> Iterator[Runs]:
    """A server for runs, whose weather and sky are made once; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", _SERVER, str(region)]
    env = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            yield Runs(process, folder)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a finished folder but the manifest, which holds times."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found.pop("manifest.json", None)
    return found


def is_whole(folder: Path) -> bool:
    """Whether the files of a folder are those its manifest lists, with the hashes it names."""
    import hashlib
    import json

    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    same = all(hashlib.sha256((folder / o["path"]).read_bytes()).hexdigest() == o["sha256"] for o in listed)
    return same and there == {o["path"] for o in listed}
