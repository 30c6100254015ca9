"""What goes into a batch of roofs, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from guanghui.geo.grid import Grid
from guanghui.pv.energy.system import Rows
from guanghui.pv.settings import PvSettings
from guanghui.pv.sun.sky import SkyTable

__all__ = ["Batch", "BatchResult", "Detail", "Lost", "Measured", "Piece", "SiteModel"]

Detail = Literal["table", "polygons", "modules", "hours"]
"""What a batch gives of its faces: figures, their polygons too, also the modules on them, or figures and skylines."""


@dataclass(frozen=True)
class SiteModel:
    """What all batches of a region share."""

    table: SkyTable
    settings: PvSettings
    rows: Rows
    convergence: float
    """Grid azimuth + convergence = true azimuth [°]."""
    terrain_offset_m: float = 0.0
    """What the surface model reads above the bare-earth model on the same ground [m]."""
    detail: Detail = "table"


@dataclass(frozen=True)
class Batch:
    """Buildings worked together, and the window of the surface they need."""

    name: str
    index: np.ndarray
    """Positions in the region's buildings."""
    shapes: np.ndarray
    """Outlines as WKB."""
    heights: np.ndarray
    """Height above ground where the surface does not show the building [m]."""
    rows: slice
    cols: slice
    """Window in the surface's grid; it may reach beyond it."""
    sample: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    """Which of the buildings have their offset from the surface measured."""
    weather: int = 0
    """Number of the weather the buildings stand in."""
    flush: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    """Whether modules lie flush on nearly level faces of each building; empty: as the preset says."""


@dataclass(frozen=True)
class Measured:
    """How well outlines of a sample match steps in height, by shift; see :func:`pv.roofs.offset.edge_scores`."""

    index: np.ndarray
    """Positions in the region's buildings."""
    scores: np.ndarray


@dataclass(frozen=True)
class BatchResult:
    """Faces of a batch; ``poa`` holds twelve monthly sums [kWh/m²]."""

    index: np.ndarray
    lod: np.ndarray
    """``surface`` or ``outline`` for each building of ``index``."""
    faces: pd.DataFrame
    measured: Measured
    modules: pd.DataFrame | None = None
    """``building``, ``face``, ``surface_tilt``, ``surface_azimuth``, ``portrait``, ``geometry``; only when asked."""
    weather: int = 0
    """Number of the weather the buildings stand in."""


@dataclass(frozen=True)
class Lost:
    """Roofs that could not be worked, and why."""

    index: np.ndarray
    """Positions in the region's buildings."""
    error: BaseException


@dataclass(frozen=True)
class Piece:
    """Known part of a raster, and the grid it lies on."""

    values: np.ndarray
    grid: Grid

    def spread(self, frame: Grid) -> np.ndarray:
        """Lay the piece into a frame of the same grid; NaN where it knows nothing.

        Parameters
        ----------
        frame : Grid
            Grid of the same CRS and cell that holds the piece whole.

        Returns
        -------
        numpy.ndarray
            float32, shape of ``frame``.
        """
        out = np.full(frame.shape, np.nan, np.float32)
        top = round((frame.transform.f - self.grid.transform.f) / frame.cell[1])
        left = round((self.grid.transform.c - frame.transform.c) / frame.cell[0])
        out[top : top + self.grid.height, left : left + self.grid.width] = self.values
        return out
