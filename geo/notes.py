"""Doubts about the data, collected on the way and shown with every result."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
        if note not in self.items:
            self.items.append(note)
            log.warning("%s", note)

    def take(self, notes: Iterable[Note]) -> None:
        """Keep notes of an earlier time, which were logged then.

        Parameters
        ----------
        notes : iterable of Note
            In order; those already kept are left out.
        """
        self.items += [n for n in notes if n not in self.items]

    @contextmanager
    def heard(self) -> Iterator[list[Note]]:
        """Give a list that holds, after the block, the notes that came up in it."""
        before, found = list(self.items), list[Note]()
        yield found
        found += [n for n in self.items if n not in before]

    def __iter__(self) -> Iterator[Note]:
        """Iterate over the notes in the order they came."""
        return iter(self.items)

    def __len__(self) -> int:
        """Return how many notes there are."""
        return len(self.items)
