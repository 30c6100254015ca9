"""The book: `make docs` builds it into out/book without a network; every broken link is an error."""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from guanghui import __version__

project = "光汇 Guanghui"
author = "Guanghui"
release = version = __version__
language = "zh_CN"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"光汇 Guanghui {release}"
html_show_sphinx = False
html_show_copyright = False
exclude_patterns = ["pictures"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False
suppress_warnings = ["ref.python"]


def setup(app) -> None:
    """Write the pages of the rooms from their ``__all__``."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    for room in ("plan", "pv", "sinks", "maps", "geo"):
        module = importlib.import_module(f"guanghui.{room}")
        lines = [f"# guanghui.{room}", "", (module.__doc__ or "").strip(), ""]
        for name in module.__all__:
            kind = "autoclass" if isinstance(getattr(module, name), type) else "autofunction"
            if not callable(getattr(module, name)):
                continue
            lines += ["```{eval-rst}", f".. {kind}:: guanghui.{room}.{name}", "```", ""]
        (folder / f"{room}.md").write_text("\n".join(lines), encoding="utf-8")
