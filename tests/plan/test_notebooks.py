"""The notebooks run from top to bottom on the small demo city."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("name", ["energy_bureau", "forestry"])
@pytest.mark.filterwarnings("ignore")
def test_notebook_runs(name: str, village: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUANGHUI_REGION", str(village))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    notebook = jupytext.read(NOTEBOOKS / f"{name}.py")
    nbformat.validate(notebook)
    done = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    last = done.cells[-1]["outputs"][-1]["data"]
    assert "srcdoc" in last["text/html"]
