"""Numbers as people write them; a column of words is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.columns import number_column
from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes


def test_thousands_full_width_and_gaps_are_read_and_counted() -> None:
    notes = Notes()
    frame = pd.DataFrame({"v": ["1,234.5", "８０", "", "n/a", " 12 "]})
    got = number_column(Path("x.gpkg"), frame, "v", "stands.volume", notes)
    np.testing.assert_array_equal(got, [1234.5, 80.0, np.nan, np.nan, 12.0])
    assert "1 values" in next(iter(notes)).text


def test_a_column_of_words_is_refused() -> None:
    frame = pd.DataFrame({"v": ["松", "杉", "1"]})
    with pytest.raises(InputError, match=r"stands\.volume"):
        number_column(Path("x.gpkg"), frame, "v", "stands.volume", Notes())
