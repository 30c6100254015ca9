"""Examples of the docstrings run, and give what they say."""

import doctest
import importlib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("guanghui", "data", "geo", "pv", "sinks", "maps", "plan")


def modules() -> list[str]:
    """Modules with an example, by the name of the package."""
    found = []
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if ">>> " in file.read_text(encoding="utf-8") and file.name != "__main__.py":
                parts = [p for p in file.relative_to(ROOT).with_suffix("").parts if p != "__init__"]
                found.append(".".join(parts if parts[0] == "guanghui" else ["guanghui", *parts]))
    return found


@pytest.mark.parametrize("name", modules())
def test_examples_give_what_they_say(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.failed == 0


def test_there_are_examples() -> None:
    assert len(modules()) > 10
