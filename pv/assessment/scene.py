"""What stands around the roofs of a batch: surface, trees and hills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guanghui.geo.grid import Grid
from guanghui.pv.assessment.task import Piece, SiteModel
from guanghui.pv.roofs.cells import RoofCells
from guanghui.pv.shade.horizon import Skyline
from guanghui.pv.shade.irradiation import Irradiation, blend, shaded_irradiation, skyline_sines
from guanghui.pv.shade.terrain import DistantTerrain, TerrainWindow

__all__ = ["Scene"]


@dataclass(frozen=True)
class Scene:
    """What stands around the roofs of a batch."""

    z: np.ndarray
    canopy: np.ndarray | None
    terrain: Piece | None
    frame: Grid

    @property
    def top(self) -> np.ndarray:
        """Surface and trees [m]."""
        return self.z if self.canopy is None else np.fmax(self.z, self.canopy)

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the window counted from the zero of the CRS, the same for every window of a grid."""
        t = self.frame.transform
        return round(-t.f / self.frame.cell[1]), round(t.c / self.frame.cell[0])

    def irradiation(
        self,
        cells: RoofCells,
        work: np.ndarray,
        eye: np.ndarray,
        normal: np.ndarray,
        fence: np.ndarray,
        model: SiteModel,
    ) -> Irradiation:
        """Irradiation of some cells under the skyline of surface, trees and hills.

        Parameters
        ----------
        cells : RoofCells
            Cells of the batch on the grid of ``frame``.
        work : numpy.ndarray
            Positions in ``cells`` of the n cells worked.
        eye : numpy.ndarray
            Height of the eye of each cell [m], datum of the surface, shape (n,).
        normal : numpy.ndarray
            Unit normals (east, north, up), shape (n, 3).
        fence : numpy.ndarray
            Skyline of the row in front, ``tan h`` times the direction it stands in, shape (n, 2).
        model : SiteModel
            Sky, settings and grid convergence.

        Returns
        -------
        Irradiation
            By month [kWh/m²]; where there are trees, blended of with and without them by ``settings.opacity``.
        """
        rows, cols = cells.rows[work], cells.cols[work]
        beyond = self._hills(rows, cols, eye, model)

        def under(surface: np.ndarray) -> Irradiation:
            skyline = Skyline(
                surface, self.frame.cell[0], rows, cols, eye, near=model.settings.near_cells,
                reach_m=model.settings.reach_m, origin=self.origin, beyond=beyond,
            )  # fmt: skip
            return shaded_irradiation(model.table, normal, skyline, fence=fence)

        bare = under(self.z)
        if self.canopy is None or not np.isfinite(self.canopy).any():
            return bare
        return blend(bare, under(self.top), np.array(model.settings.opacity, np.float32))

    def skyline_sines(
        self, rows: np.ndarray, cols: np.ndarray, eye: np.ndarray, normal: np.ndarray, model: SiteModel
    ) -> np.ndarray:
        """Sines of the skyline of some cells, trees counted as solid, shape (nodes, n).

        Parameters
        ----------
        rows, cols : numpy.ndarray
            Place of each cell in ``frame``, shape (n,).
        eye : numpy.ndarray
            Height of the eye of each cell [m], shape (n,).
        normal : numpy.ndarray
            Unit normals (east, north, up), shape (n, 3).
        model : SiteModel
            Sky table, whose ``nodes`` are the azimuths, and settings.
        """
        skyline = Skyline(
            self.top, self.frame.cell[0], rows, cols, eye, near=model.settings.near_cells,
            reach_m=model.settings.reach_m, origin=self.origin, beyond=self._hills(rows, cols, eye, model),
        )  # fmt: skip
        return skyline_sines(model.table, normal, skyline)

    def _hills(self, rows: np.ndarray, cols: np.ndarray, eye: np.ndarray, model: SiteModel) -> DistantTerrain | None:
        if self.terrain is None:
            return None
        t = self.frame.transform
        x, y = t.c + (cols + 0.5) * t.a, t.f + (rows + 0.5) * t.e
        window = TerrainWindow(self.terrain.values, self.terrain.grid, model.terrain_offset_m)
        settings = model.settings
        return DistantTerrain(window, x, y, eye, from_m=settings.reach_m, to_m=settings.terrain_reach_m)
