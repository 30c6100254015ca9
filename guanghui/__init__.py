"""光汇 Guanghui: rooftop PV and carbon sinks of a Chinese county, township by township.

The rooms are ``guanghui.geo``, ``pv``, ``sinks``, ``maps``, ``plan`` and ``data``. A wheel holds them inside this
package; in a checkout they stand beside it, and the path of the package is led there.

Examples
--------
>>> import guanghui as gh
>>> city = gh.open("my-county.toml")  # doctest: +SKIP
>>> results = gh.work(city)  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanghui.plan import Region, Results, load, open, work

__version__ = "0.2.0"
__all__ = ["Region", "Results", "__version__", "load", "open", "work"]

_ROOT = Path(__file__).resolve().parents[1]
if (_ROOT / "pyproject.toml").is_file() and (_ROOT / "geo" / "__init__.py").is_file():
    __path__.append(str(_ROOT))


def __getattr__(name: str) -> Any:
    if name not in ("Region", "Results", "load", "open", "work"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from guanghui import plan

    return getattr(plan, name)
