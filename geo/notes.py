"""Doubts about the data, collected on the way and shown with every result."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

__all__ = ["Note", "Notes"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Note:
    """One thing a reader of the result should know."""

    source: str
    """File or step the note is about."""
    text: str
    """The note in English."""
    text_zh: str = ""
    """The note in Chinese; the English text stands in when empty."""

    def __str__(self) -> str:
        """Return source and English text on one line."""
        return f"{self.source}: {self.text}"

    def in_language(self, lang: str) -> str:
        """Return the text in ``zh`` or ``en``.

        Parameters
        ----------
        lang : str
            ``zh`` or ``en``; English where there is no Chinese.
        """
        return self.text_zh if lang == "zh" and self.text_zh else self.text


_ASIDE: ContextVar[dict[int, list[Note]]] = ContextVar("guanghui_notes_aside", default={})  # noqa: B039, never changed
"""Notes, by identity -> the list of this thread."""


@dataclass
class Notes:
    """A list of notes that also goes to the log; the same note is kept once."""

    items: list[Note] = field(default_factory=list)

    def add(self, source: object, text: str, text_zh: str = "") -> None:
        """Keep a note and log it as a warning.

        Parameters
        ----------
        source : object
            What it is about: a file, or a section of the region file.
        text : str
            English, without a full stop.
        text_zh : str, default ""
            The same in Chinese.
        """
        note = Note(str(source), text, text_zh)
        if note not in self.items and note not in self._open:
            self._open.append(note)
            log.warning("%s", note)

    def take(self, notes: Iterable[Note]) -> None:
        """Keep notes of an earlier time, which were logged then.

        Parameters
        ----------
        notes : iterable of Note
            In order; those already kept are left out.
        """
        self._open.extend(n for n in notes if n not in self.items and n not in self._open)

    @contextmanager
    def heard(self) -> Iterator[list[Note]]:
        """Give a list that holds, after the block, the notes that came up in it."""
        before, found = list(self._open), list[Note]()
        yield found
        found += [n for n in self._open if n not in before]

    @contextmanager
    def apart(self) -> Iterator[list[Note]]:
        """Keep what comes up in the block, in this thread, in a list of its own, to be taken when its turn has come.

        Work that goes on beside other work would else mix its notes with theirs in an order left to chance.
        """
        own = list[Note]()
        token = _ASIDE.set({**_ASIDE.get(), id(self): own})
        try:
            yield own
        finally:
            _ASIDE.reset(token)

    @property
    def _open(self) -> list[Note]:
        """The list that notes of this thread go to."""
        return _ASIDE.get().get(id(self), self.items)

    def __iter__(self) -> Iterator[Note]:
        """Iterate over the notes in the order they came."""
        return iter(self.items)

    def __len__(self) -> int:
        """Return how many notes there are."""
        return len(self.items)
