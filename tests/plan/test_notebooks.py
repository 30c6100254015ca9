"""The notebooks run from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

from tests.twins import place

PRICED = place.REGION + '[economics]\nregion = "jiangxi"\n'
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("name", ["energy_bureau", "forestry"])
@pytest.mark.filterwarnings("ignore")
def test_notebook_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kernel runs it, on the smallest place there is; its figures on the village are in ``tests/agree``."""
    monkeypatch.setenv("GUANGHUI_REGION", str(place.build(tmp_path / "place", text=PRICED)))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    notebook = jupytext.read(NOTEBOOKS / f"{name}.py")
    nbformat.validate(notebook)
    done = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    last = done.cells[-1]["outputs"][-1]["data"]
    assert "srcdoc" in last["text/html"]


@pytest.mark.parametrize("name", sorted(path.stem for path in NOTEBOOKS.glob("*.py")))
def test_the_notebook_that_ships_was_run_as_it_is_written(name: str) -> None:
    """The cells are those of the paired text, each code cell was run, in order, and none failed."""
    written, shipped = jupytext.read(NOTEBOOKS / f"{name}.py"), nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(shipped)
    assert [(c.cell_type, c.source) for c in shipped.cells] == [(c.cell_type, c.source) for c in written.cells]
    cells = [c for c in shipped.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    assert not [o for o in outputs if o.output_type == "error" or "Traceback" in str(o)]
    assert not re.search(r"/(?:root|home/\w+|Users/\w+)/", str(outputs)), "a path of one machine"
