"""Heights and storeys as people write them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from guanghui.geo.columns import number_column
from guanghui.geo.errors import InputError
from guanghui.geo.notes import Notes
from guanghui.geo.written import written_number


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12 m", "height", 12), ("12米", "height", 12), ("９．５", "height", 9.5), ("1,000", "number", 1000),
        ("H=18.2m", "height", 18.2), ("10 ft", "height", 3.048), ("3层", "storeys", 3), ("砼6", "storeys", 6),
        ("5F", "storeys", 5), ("2+1", "storeys", 3), ("２＋１层", "storeys", 3), ("三层", "storeys", 3),
        ("十二层", "storeys", 12), ("砖混3", "storeys", 3), ("砼28-2", "storeys", 28), ("地上6层地下1层", "storeys", 6),
        ("6", "storeys", 6),
    ],
)  # fmt: skip
def test_read(text, kind, value):
    assert written_number(text, kind) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "number"),
        ("12 m", "number"),
        ("B1", "storeys"),
        ("地下1层", "storeys"),
        ("1,0", "number"),
        ("高", "height"),
    ],
)
def test_unread(text, kind):
    assert np.isnan(written_number(text, kind))


def test_a_column_is_counted_or_refused():
    notes, path = Notes(), Path("b.gpkg")
    frame = pd.DataFrame({"st": ["3层", "5F", "2+1", "?"], "bad": ["a", "b", "c", "3层"]})
    read = number_column(path, frame, "st", "buildings.storeys", notes, "storeys")
    assert read[:3].tolist() == [3, 5, 3]
    assert np.isnan(read[3])
    assert "1 values of 'st'" in str([n.text for n in notes])
    with pytest.raises(InputError, match=r"b\.gpkg: `buildings\.storeys` names column 'bad', where 3 of 4"):
        number_column(path, frame, "bad", "buildings.storeys", notes, "storeys")
