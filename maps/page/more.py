"""What the layer of buildings says beside use and height, and columns of the user's own, on the page of a township."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from guanghui.maps.page.pack import Packer
from guanghui.maps.words.i18n import words

__all__ = ["pack_more"]

_FACTS = ("ownership", "roof_material", "year_built", "heritage")
_CHOICES = 60
"""Most different texts of a column that are offered to choose from; with more, words are looked for."""
_MOST_DECIMALS = 3
_LARGEST = float(np.iinfo(np.int32).max)


def pack_more(
    packer: Packer, roofs: pd.DataFrame, more: Sequence[str], categories: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Pack facts of the buildings and columns of the user's own: numbers, few different words, or texts.

    Parameters
    ----------
    packer : Packer
        Takes the columns.
    roofs : pandas.DataFrame
        Roofs of the township.
    more : sequence of str
        Columns of the user's own; those that are not there are left out.
    categories : dict
        Gets the words of columns with few.

    Returns
    -------
    list of dict
        Rows of the card, those of own columns with their own name as label.
    """
    found: list[dict[str, Any]] = []
    for column in (*(fact for fact in _FACTS if fact in roofs), *(name for name in more if name in roofs)):
        row: dict[str, Any] = {"column": column}
        row |= {"word": f"field_{column}"} if column in _FACTS else {"label": [column, column]}
        values = roofs[column]
        if values.dtype == bool:
            values = values.map({True: "yes", False: "no"})
        number = pd.api.types.is_numeric_dtype(values)
        if number and float(np.abs(values).max()) * 10 > _LARGEST:  # numbers of contracts
            values, number = values.map(lambda v: f"{v:.15g}", na_action="ignore"), False
        if number:
            given = values.to_numpy(float)
            packer.numbers(column, given, scale=_scale(given))
            row["plain"] = True
        else:
            texts = values.fillna("").astype(str).map(lambda text: " ".join(text.split()))
            names = sorted(set(texts))
            if len(names) <= _CHOICES:
                packer.integers(column, texts.map({name: place for place, name in enumerate(names)}))
                known = words()
                categories[column] = [{"code": n, "label": list(known.get(f"{column}_{n}", (n, n)))} for n in names]
                row["category"] = True
            else:
                packer.texts(column, texts.tolist())
                row["text"] = True
        found.append(row)
    return found


def _scale(values: npt.NDArray[np.float64]) -> int:
    """Least power of ten that keeps the decimals, a thousand at most and as far as 32 bits reach."""
    seen = values[np.isfinite(values)]
    most = float(np.abs(seen).max(initial=0.0))
    scale = 1
    while scale < 10**_MOST_DECIMALS and most * scale * 100 < _LARGEST:
        if np.allclose(seen * scale, np.round(seen * scale), rtol=0, atol=1e-6):
            break
        scale *= 10
    return scale
