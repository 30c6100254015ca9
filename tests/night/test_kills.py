"""A run may be killed at any moment: the folder stays whole, the next run goes on and ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.night.server import ALL, Runs, content, is_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

SLOW_SWAP = """
import pathlib, time
swap = publish._exchange
def slow(*a):
    open("publishing", "w").close()
    time.sleep(0.05)
    return swap(*a)
publish._exchange = slow
"""
"""The moment of the swap is marked and made long enough to be hit."""


def killed(server: Runs, region: Path, out: Path, after: float, sig: int, *, at: str = "", date: str = "") -> int:
    """Start a run and end it some seconds after its start, or after it comes to a mark; its exit code."""
    mark = server.folder / "publishing"
    mark.unlink(missing_ok=True)
    words = ["run", region, "--out", out, *(["--date", date] if date else [])]
    pid = server.start(*words, patch=SLOW_SWAP)
    start = time.monotonic()
    while at and not mark.exists() and time.monotonic() - start < 60:
        time.sleep(0.005)
    time.sleep(after)
    with suppress(ProcessLookupError):
        os.kill(pid, sig)
    return server.end()


def test_killed_at_any_moment_it_goes_on_and_ends_with_the_same_bytes(
    server: Runs, small: Path, whole: Path, tmp_path: Path
) -> None:
    dice, out = random.Random(7), tmp_path / "out"
    before, rounds = server.count(), 0
    kills = 20 if ALL else 1
    for number in range(kills):
        sig = (signal.SIGKILL, signal.SIGTERM)[number % 2]
        publishing = number % 4 == 2
        # another date makes pages and tables anew, so that there is something to publish
        code = killed(server, small, out, dice.uniform(0, 0.12 if publishing else server.seconds), sig,
                      at="swap" if publishing else "", date=str(number) if out.exists() else "")  # fmt: skip
        assert code in (0, -signal.SIGKILL, 143, -signal.SIGTERM), server.said()
        rounds += code != 0
        if out.exists():
            assert is_whole(out), f"after kill {number} ({sig.name})"
    assert server.run("run", small, "--out", out) == 0, server.said()
    assert content(out) == content(whole)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.work", "out"]
    work = tmp_path / ".out.work"
    assert sorted(p.name for p in work.iterdir()) == ["last.json", "lock", "pieces"]
    assert not list(work.rglob("*.part"))
    redone = server.count() - before - 9
    assert redone <= 2 * max(rounds, 1), f"{redone} batches of roofs done twice in {rounds} kills"


def test_told_to_end_it_cleans_up_and_says_so(server: Runs, small: Path, tmp_path: Path) -> None:
    patch = (
        "import time\ndef slow(*a, **k):\n    open('slow', 'w').close()\n    time.sleep(60)\npipeline.assemble = slow"
    )
    mark = server.folder / "slow"
    for sig, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        mark.unlink(missing_ok=True)
        arm = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        pid = server.start("run", small, "--out", tmp_path / "out", patch=arm + patch)
        while not mark.exists():
            time.sleep(0.01)
        os.kill(pid, sig)
        assert server.end() == code, server.said()
        assert "同一命令" in server.said()
        assert [p.name for p in tmp_path.iterdir()] == [".out.work"]
        assert sorted(p.name for p in (tmp_path / ".out.work").iterdir()) == ["lock", "pieces"]


def test_a_second_run_into_one_folder_is_refused_by_name(server: Runs, small: Path, again: Path) -> None:
    from guanghui.plan.run.publish import hold

    before = content(again)
    with hold(again):
        assert server.run("run", small, "--out", again, "--date", "x") == 2
    assert f"进程 {os.getpid()}" in server.said()
    assert str(again) in server.said()
    assert content(again) == before
    assert is_whole(again)
