"""Folders that change as a whole."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from guanghui.geo.errors import InputError
from guanghui.plan.run import publish as module
from guanghui.plan.run.publish import hold, new_staging, publish, sweep, work_folder


def filled(work: Path, text: str, names: tuple[str, ...] = ("index.html", "tables/a.csv")) -> Path:
    folder = new_staging(work)
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("exchange", [True, False])
def test_the_new_folder_takes_the_place_of_the_old_and_strangers_stay(
    tmp_path: Path, exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:
        monkeypatch.setattr(module, "_exchange", lambda *_: False)
    out = tmp_path / "out"
    with hold(out) as work:
        assert publish(filled(work, "1", ("index.html", "gone.html")), out) == "rename"
        (out / "mine").mkdir()
        (out / "mine" / "note.txt").write_text("of the user")
        how = publish(filled(work, "2"), out, ours=[Path("index.html"), Path("gone.html")])
        assert how == ("exchange" if exchange and os.uname().sysname == "Linux" else "two renames")
    assert {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file()} == {
        "index.html": "2", "tables/a.csv": "2", "mine/note.txt": "of the user",
    }  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (out.stat().st_mode & 0o777) == (tmp_path.stat().st_mode & 0o777) | (0o755 & ~module._umask())


def test_who_looks_sees_one_state_or_the_other(tmp_path: Path) -> None:
    out, seen, stop = tmp_path / "out", set(), threading.Event()
    with hold(out) as work:
        publish(filled(work, "0"), out)

        def look() -> None:
            while not stop.is_set():
                try:
                    folder = os.open(out, os.O_RDONLY)
                except FileNotFoundError:
                    seen.add("absent")
                    continue
                try:
                    texts = []
                    for name in ("index.html", "tables/a.csv"):
                        with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder)) as file:
                            texts.append(file.read())
                    seen.add("whole" if texts[0] == texts[1] else "mixed")
                except FileNotFoundError:  # the folder it holds was taken away meanwhile
                    pass
                finally:
                    os.close(folder)

        watcher = threading.Thread(target=look)
        watcher.start()
        for k in range(1, 60):
            publish(filled(work, str(k)), out, ours=[Path("index.html"), Path("tables/a.csv")])
        stop.set()
        watcher.join()
    assert seen <= {"whole"} if os.uname().sysname == "Linux" else seen <= {"whole", "absent"}


def test_a_swap_cut_in_the_middle_is_ended_by_the_next_run(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with hold(out) as work:
        publish(filled(work, "1"), out)
        filled(work, "2")
        out.rename(work / "old")  # killed between two renames
    assert (out / "index.html").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_one_at_a_time_by_name_and_a_free_folder_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with hold(out) as work:
        with pytest.raises(InputError, match=f"process {os.getpid()}") as refused, hold(out):
            pass
        assert "进程" in refused.value.in_language("zh")
        assert work == work_folder(out)
        sweep(out)
    assert not list(tmp_path.iterdir())
    with hold(out):
        pass


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "disk" / "results"
    real.mkdir(parents=True)
    out = tmp_path / "out"
    out.symlink_to(real)
    with hold(out) as work:
        publish(filled(work, "1"), out)
    assert out.is_symlink()
    assert (real / "index.html").read_text() == "1"
