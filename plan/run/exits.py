"""How a command ends: exit codes that do not lie, one sentence on the screen, the traceback in a log.

0 done; 1 some pages failed and the rest is written; 2 input refused and nothing written; 3 a fault of Guanghui itself;
130 interrupted, 143 told to end (SIGTERM).
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guanghui.plan.run.progress import peak_bytes
from guanghui.plan.run.publish import work_folder
from guanghui.plan.run.screen import stage_name

if TYPE_CHECKING:
    from guanghui.geo.errors import InputError  # its room is heavy: imported once a sentence is needed
    from guanghui.plan.run.progress import Progress

__all__ = ["BAD_INPUT", "ENDED", "FAILED", "FAULT", "INTERRUPTED", "OK", "Told", "disk_sentence", "language_of",
           "no_room", "prepare_home", "true_exit"]  # fmt: skip

OK, FAILED, BAD_INPUT, FAULT, INTERRUPTED, ENDED = 0, 1, 2, 3, 130, 143

_DISK = {
    errno.ENOSPC: ("the disk is full; free some space or give another folder with --out",
                   "磁盘已满；请腾出空间，或用 --out 指定其他文件夹"),
    errno.EDQUOT: ("the disk quota is used up; free some space or give another folder with --out",
                   "磁盘配额已用完；请腾出空间，或用 --out 指定其他文件夹"),
    errno.EFBIG: ("a file would grow beyond the limit set here; raise it or give another folder with --out",
                  "文件超过系统允许的大小；请放宽限制，或用 --out 指定其他文件夹"),
    errno.EROFS: ("the folder is read-only; give another one with --out", "文件夹只读；请用 --out 指定其他文件夹"),
    errno.EACCES: ("access is not allowed; change the permissions or give another folder with --out",
                   "没有访问权限；请修改权限，或用 --out 指定其他文件夹"),
    errno.EPERM: ("access is not allowed; change the permissions or give another folder with --out",
                  "没有访问权限；请修改权限，或用 --out 指定其他文件夹"),
    errno.ENOTDIR: ("a part of this path is a file and no folder; give another folder with --out",
                    "路径中的一段是文件而不是文件夹；请用 --out 指定其他文件夹"),
    errno.EISDIR: ("this is a folder where a file is needed; correct the path", "此处应为文件，却是文件夹；请更正路径"),
    errno.EEXIST: ("this is a file where a folder is needed; give another folder with --out",
                   "此处应为文件夹，却是文件；请用 --out 指定其他文件夹"),
    errno.ENAMETOOLONG: ("the name is too long; give a shorter one", "名称过长；请改短"),
    errno.EMFILE: ("too many files are open; raise the limit (ulimit -n) or use fewer --workers",
                   "打开的文件过多；请提高上限 (ulimit -n) 或减少 --workers"),
    errno.EIO: ("the disk does not answer; check it or give another folder with --out",
                "磁盘读写出错；请检查磁盘，或用 --out 指定其他文件夹"),
}  # fmt: skip
"""What the system refuses -> sentence in English and Chinese."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What stops every file that is still to be written."""
_OUT_EN = ("give another folder with --out", "set TMPDIR to another folder")
_OUT_ZH = ("用 --out 指定其他文件夹", "将 TMPDIR 设为其他文件夹")
_FULL_BYTES = 1 << 20
_FULL_WORDS = re.compile(r"no space left|disk is full|database or disk is full|disk quota", re.IGNORECASE)


@dataclass
class Told:
    """What a command has said of itself so far, for the sentence it may end with."""

    debug: bool = False
    lang: str = "zh"
    """Language of the screen."""
    asked: str | None = None
    """The same where ``--lang`` asks for it, which goes before that of the region file."""
    folder: Path | None = None
    """Where ``run.log`` goes."""
    progress: Progress | None = None
    """Gets the last word."""

    def say(self, en: str, zh: str) -> None:
        """Say a line in the language of the screen.

        Parameters
        ----------
        en, zh : str
            The line in English and Chinese.
        """
        click.echo(zh if self.lang == "zh" else en)

    def step(self, stage: str) -> None:
        """Say that a stage begins.

        Parameters
        ----------
        stage : str
            Its key.
        """
        click.echo(f"· {stage_name(stage, self.lang)}")

    def end(self, code: int, en: str = "", zh: str = "") -> None:
        """Say the last word to a program that watches.

        Parameters
        ----------
        code : int
            Exit code.
        en, zh : str, default ""
            The sentence it ends with; empty where all went well.
        """
        if self.progress is not None:
            self.progress.event("end", code=code, en=en, zh=zh, memory=peak_bytes())
            self.progress.close()


def language_of(path: Path) -> str:
    """Language a region file asks for, even where the rest of it cannot be used; ``zh`` by default.

    Parameters
    ----------
    path : pathlib.Path
        Region file, which may be broken or absent.

    Returns
    -------
    str
        ``zh`` or ``en``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return "zh"
    maps = re.search(r"^\s*\[\s*maps\s*\](.*?)(?=^\s*\[|\Z)", text, re.MULTILINE | re.DOTALL)
    found = re.search(r"""^\s*(?:maps\.)?lang\s*=\s*["'](\w+)["']""", maps[1] if maps else text, re.MULTILINE)
    return found[1] if found and found[1] in ("zh", "en") else "zh"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _temporary() -> Path | None:
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return None


def no_room(error: BaseException) -> bool:
    """Whether an error says that nothing more can be written: the disk is full, or it became read-only.

    Parameters
    ----------
    error : BaseException
        What ended the command; its causes are looked at too.
    """
    return any(
        (isinstance(one, OSError) and one.errno in _NO_ROOM) or _FULL_WORDS.search(str(one)) for one in _chain(error)
    )


def disk_sentence(error: BaseException, folder: Path | None = None) -> InputError | None:
    """Say what the system refused, where that is what stands behind an error; None otherwise.

    Parameters
    ----------
    error : BaseException
        What was raised, with what it came from.
    folder : pathlib.Path, optional
        Where results were to go: a library that names no reason failed because the disk there is full.
    """
    from guanghui.geo.errors import InputError

    def refused(number: int, place: str | os.PathLike[str] | None) -> InputError:
        en, zh = _DISK[number]
        name = os.fspath(place or Path.cwd())
        temporary = _temporary()
        if temporary is not None and temporary in Path(name).parents and temporary not in (folder or Path()).parents:
            en, zh = en.replace(*_OUT_EN), zh.replace(*_OUT_ZH)
            name = f"TMPDIR {temporary}"
        elif folder is not None and work_folder(folder) in Path(name).parents:
            name = os.fspath(folder)
        return InputError(f"{name}: {en}.", f"{name}：{zh}。")

    for one in _chain(error):
        if isinstance(one, OSError) and one.errno in _DISK:
            return refused(one.errno, one.filename if isinstance(one.filename, str | os.PathLike) else folder)
        if _FULL_WORDS.search(str(one)):
            return refused(errno.ENOSPC, folder)
    if isinstance(error, FileNotFoundError) and "usable temporary directory" in str(error):
        return InputError(
            "TMPDIR: there is no folder for temporary files that can be written; set TMPDIR to one that can.",
            "TMPDIR：没有可写的临时文件夹；请将 TMPDIR 设为可写的文件夹。",
        )
    if isinstance(error, MemoryError):
        return InputError(
            "the memory of this machine does not suffice; use fewer --workers or a smaller area.",
            "本机内存不足；请减少 --workers 或缩小范围。",
        )
    near = folder
    while near is not None and not near.exists() and near != near.parent:
        near = near.parent
    try:
        full = near is not None and shutil.disk_usage(near).free < _FULL_BYTES
    except OSError:
        full = False
    return refused(errno.ENOSPC, folder) if full else None


class _Kept(logging.Handler):
    """Keep what the batch logged about its faults, with the traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


def _write_log(told: Told, texts: list[str]) -> Path | None:
    """Write ``run.log`` beside the results, else where a file can be written."""
    for folder in (told.folder, Path.cwd(), Path(os.environ.get("TMPDIR", "/tmp"))):
        if folder is None:
            continue
        made = False
        try:
            made = not folder.exists()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "run.log"
            path.write_text("\n".join(texts) + "\n", encoding="utf-8")
            return path.resolve()
        except OSError:
            if made and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return None


def _say(told: Told, code: int, en: str, zh: str) -> None:
    told.end(code, en, zh)
    for line in (zh if told.lang == "zh" else en).splitlines():
        click.echo(f"✗ {line}", err=True)


class _Ended(KeyboardInterrupt):
    """The system asks the command to end; it cleans up as after Ctrl-C."""


@contextmanager
def _ending() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does."""

    def end(*_: object) -> None:
        raise _Ended

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def true_exit(told: Told) -> Iterator[None]:
    """Let a command end with the code and the sentence that its end deserves.

    Parameters
    ----------
    told : Told
        Filled by the command as it goes.
    """
    kept = _Kept()
    faults = logging.getLogger("guanghui.faults")
    faults.addHandler(kept)
    faults.propagate = told.debug
    try:
        with _ending():
            yield
    except KeyboardInterrupt as error:
        code = ENDED if isinstance(error, _Ended) else INTERRUPTED
        _say(told, code, "interrupted; nothing of this command was put in place. What was finished is kept: the same "
             "command goes on from there.",
             "已中断；本次命令的结果未写入。已完成的部分已保留，再次运行同一命令即可接着做。")  # fmt: skip
        sys.exit(code)
    except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
        raise
    except Exception as error:
        from guanghui.geo.errors import InputError
        from guanghui.geo.unread import unread

        if told.debug:
            traceback.print_exc()
        known = error if isinstance(error, InputError) else disk_sentence(error, told.folder) or unread(error)
        if known is not None:
            _say(told, BAD_INPUT, str(known), known.in_language("zh"))
            sys.exit(BAD_INPUT)
        path = _write_log(told, [*kept.texts, traceback.format_exc()])
        kept.texts.clear()
        what = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:160]}"
        where = f"the traceback is in {path}" if path else "no log could be written"
        where_zh = f"详情见 {path}" if path else "日志无法写入"
        _say(told, FAULT, f"a fault of Guanghui itself ({what}); {where}, please report it with this file.",
             f"光汇自身出错（{what}）；{where_zh}，请附此文件反馈。")  # fmt: skip
        sys.exit(FAULT)
    finally:
        if kept.texts:
            _write_log(told, kept.texts)
        faults.removeHandler(kept)


def prepare_home(told: Told) -> None:
    """Give libraries that keep caches a folder they can write, where the home has none; else refuse in a sentence.

    Parameters
    ----------
    told : Told
        Language of the sentence.
    """
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    except RuntimeError:  # a user without a home
        home = Path("~")
    if home != Path("~") and _writable(home):
        return
    try:
        spare = Path(tempfile.gettempdir()) / f"guanghui-cache-{os.getuid() if hasattr(os, 'getuid') else 0}"
        spare.mkdir(mode=0o700, exist_ok=True)
        if not _writable(spare):  # made by somebody else
            spare = Path(tempfile.mkdtemp(prefix="guanghui-cache-"))
    except OSError:
        _say(told, BAD_INPUT, f"{home}: neither the cache folder of the home nor a temporary folder can be written; "
             "set TMPDIR to a folder that can.",
             f"{home}：主目录缓存与临时文件夹均不可写；请将 TMPDIR 设为可写的文件夹。")  # fmt: skip
        sys.exit(BAD_INPUT)
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        os.environ.setdefault(name, str(spare))


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or it can be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
