"""What a run says while it works: stage, share done, time left and memory.

On a terminal that is one living line, else a line every ten seconds; and the same as JSON lines for a program.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import click

from guanghui.plan.run.screen import stage_name

__all__ = ["Progress", "peak_bytes"]

_EVERY_S, _LIVE_S = 10.0, 0.2


def peak_bytes() -> int:
    """Most memory this process has held so far [bytes]; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Progress:
    """Tells stages and shares.

    Parameters
    ----------
    lang : {"zh", "en"}
        Language of the words between the figures.
    quiet : bool, default False
        Say nothing on the screen.
    log : pathlib.Path, optional
        File that gets a JSON object a line: ``time`` [s since 1970], ``event`` and what belongs to it.
    """

    def __init__(self, lang: str = "zh", *, quiet: bool = False, log: Path | None = None) -> None:
        self.lang, self.quiet = lang, quiet
        self.live = not quiet and sys.stderr.isatty()
        self._log: IO[str] | None = None if log is None else log.open("a", encoding="utf-8")
        self._key = self._stage = ""
        self._begun = self._start = time.monotonic()
        self._told, self._open = 0.0, False

    def event(self, name: str, **what: Any) -> None:
        """Write a JSON line.

        Parameters
        ----------
        name : str
            Kind of the event.
        **what : object
            What belongs to it, as JSON holds it.
        """
        if self._log is not None:
            self._log.write(json.dumps({"time": round(time.time(), 3), "event": name, **what}, ensure_ascii=False))
            self._log.write("\n")
            self._log.flush()

    def step(self, name: str) -> None:
        """Say that a stage begins; the log gets the memory held at most until then.

        Parameters
        ----------
        name : str
            Key of the stage, which the log gets; the screen has its name.
        """
        self._wipe()
        self._stage, self._start = stage_name(name, self.lang), time.monotonic()
        self._told, self._key = self._start, name
        self.event("stage", stage=name, memory=peak_bytes())
        if not self.quiet:
            click.echo(f"· {self._stage}")

    def share(self, done: int, of: int, what: str = "") -> None:
        """Say how far the stage is.

        Parameters
        ----------
        done, of : int
            How much is done, and of how much.
        what : str, optional
            Township that was finished last.
        """
        now = time.monotonic()
        if now - self._told < (_LIVE_S if self.live else _EVERY_S):
            return
        self._told = now
        spent = now - self._start
        left = spent * (of - done) / done if done else None
        memory = peak_bytes()
        self.event("share", stage=self._key, done=done, of=of, what=what, seconds=round(spent, 1), memory=memory,
                   left=None if left is None else round(left, 1))  # fmt: skip
        if self.quiet:
            return
        word = ("剩余", "left") if left is not None else ("", "")
        rest = "" if left is None else f"  {word[self.lang != 'zh']} {_clock(left)}"
        text = f"  {self._stage} {what} {done}/{of} {100 * done / max(of, 1):.0f} %{rest}  {memory / 1e9:.1f} GB"
        if self.live:
            click.echo(f"\r{text[:100]:<100}", nl=False, err=True)
            self._open = True
        else:
            click.echo(text)

    def seconds(self, taken: Mapping[str, float]) -> None:
        """Say how long it took, by stage where that is a second or more, and the memory held at most.

        Parameters
        ----------
        taken : mapping
            Time by stage [s].
        """
        self._wipe()
        self.event("seconds", **{k: round(v, 2) for k, v in taken.items()})
        if self.quiet:
            return
        zh = self.lang == "zh"
        long = sorted((s, name) for name, s in taken.items() if s >= 1)[::-1]
        stages = ("、" if zh else ", ").join(f"{stage_name(name, self.lang)} {s:.0f} s" for s, name in long)
        whole, memory = _clock(time.monotonic() - self._begun), f"{peak_bytes() / 1e9:.1f} GB"
        click.echo(
            f"· 用时 {whole}，内存最多 {memory}" + (f"：{stages}" if stages else "")
            if zh
            else f"· {whole}, {memory} of memory at most" + (f": {stages}" if stages else "")
        )

    def close(self) -> None:
        """End the line and the file."""
        self._wipe()
        if self._log is not None:
            self._log.close()
            self._log = None

    def _wipe(self) -> None:
        if self._open:
            click.echo("\r" + " " * 100 + "\r", nl=False, err=True)
            self._open = False


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02d}"
    )
