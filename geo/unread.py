"""Rasters that break off: what GDAL says while cells are read, made one sentence that names the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from guanghui.geo.errors import InputError

__all__ = ["RASTER_ERRORS", "read_whole", "unread"]

RASTER_ERRORS: tuple[type[Exception], ...] = (RasterioError, CPLE_BaseError)
"""What rasterio raises for a file that is broken; GDAL's own errors pass through it unchanged here and there."""

_FILE = re.compile(r"^([^,:]+\.[A-Za-z0-9]{2,5})(?:,|:)")
"""What GDAL begins its sentences with."""


def unread(error: BaseException, label: str = "") -> InputError | None:
    """Sentence for a raster whose cells cannot be read, None for any other error.

    Parameters
    ----------
    error : BaseException
        What was raised, with what it came from.
    label : str, optional
        File; without it the one GDAL names.
    """
    if not isinstance(error, RASTER_ERRORS):
        return None
    why: BaseException = error
    while why.__cause__ is not None:
        why = why.__cause__
    first = (str(why).splitlines() or [type(why).__name__])[0][:160]
    named = _FILE.match(first)
    name = label or (named[1] if named else "raster")
    return InputError(
        f"{name}: GDAL cannot read this raster to its end ({first}); fetch or copy it again.",
        f"{name}：栅格无法读完（{first}）；请重新获取或复制。",
    )


@contextmanager
def read_whole(label: str) -> Iterator[None]:
    """Refuse a raster whose cells cannot be read while it is worked on.

    Parameters
    ----------
    label : str
        File, for the message.
    """
    try:
        yield
    except RASTER_ERRORS as error:
        sentence = unread(error, label)
        assert sentence is not None
        raise sentence from error
