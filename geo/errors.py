"""The one error a user is meant to read."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["InputError", "all_of", "listing"]


class InputError(ValueError):
    """Input that cannot be used; one sentence names the file, the field, what was found and how to mend it.

    Parameters
    ----------
    text : str
        The sentence in English; one line for each fault.
    zh : str, optional
        The same in Chinese, line by line; the English text stands in when empty.
    """

    def __init__(self, text: object = "", zh: str = "") -> None:
        super().__init__(str(text))
        self.zh = zh

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str]]:
        """Keep both languages on the way between processes."""
        return type(self), (str(self), self.zh)

    def in_language(self, lang: str) -> str:
        """Return the sentence in ``zh`` or ``en``.

        Parameters
        ----------
        lang : str
            ``zh`` or ``en``; English where there is no Chinese.
        """
        return self.zh if lang == "zh" and self.zh else str(self)


def all_of(errors: Iterable[InputError]) -> InputError:
    """Join faults to one error, each line once.

    Parameters
    ----------
    errors : iterable of InputError
        In the order they are told.

    Returns
    -------
    InputError
    """
    both: dict[str, str] = {}
    for error in errors:
        english, chinese = str(error).splitlines(), error.in_language("zh").splitlines()
        if len(english) != len(chinese):
            english, chinese = [" ".join(english)], [" ".join(chinese)]
        for one, other in zip(english, chinese, strict=True):
            both.setdefault(one, other)
    return InputError("\n".join(both), "\n".join(both.values()))


def listing(values: Iterable[object], limit: int = 10) -> str:
    """Write values after each other, cut at ``limit``.

    Parameters
    ----------
    values : iterable
        Anything with a readable ``str``.
    limit : int, default 10
        How many are shown before "and N more".

    Returns
    -------
    str

    Examples
    --------
    >>> listing("abcd", limit=2)
    'a, b and 2 more'
    """
    texts = [str(v) for v in values]
    shown = ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit} more"
