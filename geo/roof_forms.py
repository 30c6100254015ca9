"""Names of roof forms, in the words people write."""

from __future__ import annotations

import pandas as pd

__all__ = ["FORMS", "FORM_WORDS", "roof_form"]

FORMS = ("flat", "gable", "hip", "shed")
"""Level; two slopes to the long sides; a slope behind every eave; one way, or many alike (saw-tooth)."""
FORM_WORDS = {
    "flat": "flat", "level": "flat", "平": "flat", "平顶": "flat", "平屋顶": "flat", "平屋面": "flat",
    "gable": "gable", "gabled": "gable", "双坡": "gable", "人字": "gable", "人字顶": "gable", "双坡顶": "gable",
    "双坡屋顶": "gable", "悬山": "gable", "硬山": "gable", "gambrel": "gable", "round": "gable",
    "hip": "hip", "hipped": "hip", "四坡": "hip", "四坡顶": "hip", "四坡屋顶": "hip", "多坡": "hip", "歇山": "hip",
    "pyramidal": "hip", "half-hipped": "hip", "mansard": "hip",
    "shed": "shed", "skillion": "shed", "pent": "shed", "lean_to": "shed", "单坡": "shed", "单坡顶": "shed",
    "sawtooth": "shed", "saw-tooth": "shed", "锯齿": "shed", "锯齿形": "shed",
}  # fmt: skip
"""Words people write, OpenStreetMap's ``roof:shape`` among them -> form."""


def roof_form(written: pd.Series) -> tuple[pd.Series, list[str]]:
    """Forms of roofs from words.

    Parameters
    ----------
    written : pandas.Series
        Text; blank where nobody knows.

    Returns
    -------
    tuple of pandas.Series and list of str
        Forms, blank where unknown; and words that name no form, each once.

    Examples
    --------
    >>> forms, unknown = roof_form(pd.Series(["平顶", "Hipped", "", "onion"]))
    >>> forms.tolist(), unknown
    (['flat', 'hip', '', ''], ['onion'])
    """
    words = written.fillna("").astype(str).str.strip().str.lower()
    forms = words.map(FORM_WORDS).fillna("")
    return forms, sorted(set(words[(forms == "") & (words != "")]))
