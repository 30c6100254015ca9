"""Layers of the irradiation that reaches every roof cell, in the year and by month."""

from __future__ import annotations

from typing import Any

from guanghui.maps.page.irradiation import RoofIrradiation
from guanghui.maps.page.layers import LayerSpec, add_pictures
from guanghui.maps.page.sheet import Sheet
from guanghui.maps.words.i18n import words

__all__ = ["add_irradiation"]


def add_irradiation(sheet: Sheet, irradiation: RoofIrradiation) -> dict[str, Any] | None:
    """Add the irradiation of roof cells in the year, and return that of the months for the page to draw.

    Parameters
    ----------
    sheet : Sheet
        Page.
    irradiation : RoofIrradiation
        Files of the city.
    """
    box, clip = sheet.clip.bounds, sheet.clip
    pictures = irradiation.pictures(box, clip)
    if not pictures:
        return None
    spec = LayerSpec("irradiation", words()["irradiation"], "pv", "overlay", irradiation.year, on=False)
    add_pictures(sheet.view, sheet.add(spec), pictures)
    months = irradiation.months(box, clip)
    for number in range(1, 13) if months else ():
        title = words()["irradiation_month"]
        sheet.add(LayerSpec(f"irradiation_{number}", title, "pv", "month", irradiation.month, on=False))
    return months
