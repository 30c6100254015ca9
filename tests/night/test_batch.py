"""A night of counties: each apart from the others, one report in both languages, a code that does not lie."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pandas as pd

from guanghui.plan.run.batch import County, counties, write_report
from tests.night.server import ALL, Runs, content, every_case


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "batch.csv").open(encoding="utf-8-sig", newline="") as file:
        return {Path(row["region_file"]).stem: row for row in csv.DictReader(file)}


def test_one_is_done_one_is_refused_and_the_report_says_why(
    server: Runs, small: Path, whole: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "night"
    shutil.copytree(small.parent, folder, ignore=shutil.ignore_patterns("changed.toml", "near.toml"))
    text = (folder / small.name).read_text(encoding="utf-8")
    (folder / small.name).rename(folder / "a.toml")
    (folder / "b.toml").write_text(text.replace("trial", "second").replace("roofs.gpkg", "none.gpkg"), encoding="utf-8")
    (folder / "c.toml").write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool]\n", encoding="utf-8")
    log = tmp_path / "night.jsonl"
    start = time.monotonic()
    assert server.run("batch", folder, "--out", out, "--jobs", "2", "--log-json", log) == 1, server.said()
    spent = time.monotonic() - start
    found = rows(out)
    assert {k: r["status"] for k, r in found.items()} == {"a": "done", "b": "refused", "c": "refused"}
    assert "none.gpkg" in found["b"]["reason_en"]
    assert "none.gpkg" in found["b"]["reason_zh"] != found["b"]["reason_en"]
    assert "a.toml" in found["c"]["reason_en"]
    assert 0 < float(found["a"]["seconds"]) <= spent
    assert 100 < float(found["a"]["memory_mb"]) < 5000
    assert {k: r["exit_code"] for k, r in found.items()} == {"a": "0", "b": "2", "c": "2"}
    theirs = content(whole)  # in other batches of roofs: the 8th digit may differ
    assert {n for n in content(out / "trial") if "/poa/" not in n} == {n for n in theirs if "/poa/" not in n}
    one, two = (pd.read_csv(f / "tables" / "roofs.csv").select_dtypes("number") for f in (out / "trial", whole))
    pd.testing.assert_frame_equal(one, two, rtol=1e-6)
    page = (out / "batch.html").read_text(encoding="utf-8")
    for word in ("批量运行报告", "batch report", "完成", "refused", 'href="trial/index.html"', "none.gpkg"):
        assert word in page, word
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [e["status"] for e in events if e["event"] == "county"][-1] == "done"
    assert events[-1]["event"] == "end"
    assert events[-1]["code"] == 1
    if not ALL:
        return
    # the fault is mended: what is done is not done again
    (folder / "b.toml").unlink()
    (folder / "c.toml").unlink()
    start = time.monotonic()
    assert server.run("batch", folder, "--out", out, "--quiet") == 0, server.said()
    assert time.monotonic() - start < spent / 2
    assert server.said() == ""


@every_case
def test_told_to_end_the_counties_end_too_and_the_report_is_written(server: Runs, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "night"
    pid = server.start("batch", small, "--out", out)
    while not out.exists() or not list(out.glob(".trial.work")):
        time.sleep(0.05)
    os.kill(pid, signal.SIGTERM)
    assert server.end() == 143, server.said()
    assert rows(out)["region"]["status"] in ("failed", "killed")
    assert "143" in rows(out)["region"]["exit_code"] or "-15" in rows(out)["region"]["exit_code"]
    assert not list(out.glob(".trial.work/new-*"))


def test_names_of_a_stranger_stay_text_in_the_report(tmp_path: Path) -> None:
    bad = County(Path("x.toml"), "<script>alert(1)</script>", "=1+1", tmp_path / "x", "failed", 3, reason=("坏", "<b>"))
    page, table = write_report([bad], tmp_path)
    assert "<script>" not in page.read_text(encoding="utf-8")
    assert "<b>" not in page.read_text(encoding="utf-8")
    assert "'=1+1" in table.read_text(encoding="utf-8-sig")


def test_a_file_named_twice_is_run_once(small: Path, tmp_path: Path) -> None:
    found = counties([small, small, small.parent / ".." / small.parent.name / small.name], tmp_path)
    assert [c.folder.name for c in found] == ["trial"]
