"""Reference of the region file, written from the models that check it, and of every column of the tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from guanghui.plan.inputs.config import RegionFile
from guanghui.plan.inputs.registry import INPUTS

__all__ = ["columns_page", "region_page"]

_PLAIN = {"str": "text", "float": "number", "int": "whole number", "bool": "true or false", "None": "nothing"}
_LONG = 60


def region_page() -> str:
    """Markdown of ``docs/region.md``: every section and key with kind, default and meaning."""
    head = (
        "# Region file 区域文件\n\n"
        "Written from the models by `python -m guanghui.plan.run.reference > docs/region.md`; a test holds that it "
        "is current.\nFiles are in [inputs](inputs.md). A key that has no default must be given where its section is.\n"
    )
    return head + "".join(_section(name, model, many) for name, model, many in _sections(RegionFile, ""))


def columns_page() -> str:
    """Markdown of ``docs/columns.md``: every column of workbook and CSV files."""
    from guanghui.plan.workbook.tables import labels

    head = (
        "# Columns of the tables 表格字段\n\n"
        "Written by `python -m guanghui.plan.run.reference columns > docs/columns.md`; a test holds that it is "
        "current.\nCSV files have the names of the first column, the workbook both languages.\n\n"
        "| column | 字段 | meaning | unit |\n| --- | --- | --- | --- |\n"
    )
    rows = sorted(labels().items())
    return head + "".join(f"| `{k}` | {_cell(zh)} | {_cell(en)} | {_cell(unit)} |\n" for k, (zh, en, unit) in rows)


def _sections(model: type[BaseModel], above: str) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Sections in the order of the file, each followed by those inside it; whether there may be many of it."""
    for name, field in model.model_fields.items():
        for inner, many in _models(field.annotation):
            yield f"{above}{name}", inner, many
            yield from _sections(inner, f"{above}{name}.")


def _models(annotation: Any, many: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, many
    for part in get_args(annotation):
        yield from _models(part, many or get_origin(annotation) in (tuple, list))


def _section(name: str, model: type[BaseModel], many: bool) -> str:
    about = " ".join((model.__doc__ or "").split())
    rows = [
        f"| `{key}` | {_kind(field.annotation)} | {_default(field)} | "
        f"{_meaning(name, key, field.description or '')} |\n"
        for key, field in model.model_fields.items()
        if not list(_models(field.annotation)) or f"{name}.{key}" in {i.name for i in INPUTS}
    ]
    title = f"[[{name}]]" if many else f"[{name}]"
    table = "| key | kind | default | meaning |\n| --- | --- | --- | --- |\n" + "".join(rows) if rows else ""
    return f"\n## `{title}`\n\n{about}\n\n{table}"


def _meaning(section: str, key: str, description: str) -> str:
    chinese = next((i.zh for i in INPUTS if i.name == f"{section}.{key}"), "")
    return _cell(f"{description} {chinese}".strip())


def _kind(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " ".join(f"`{a}`" for a in args)
    if getattr(annotation, "__metadata__", None):
        return _kind(args[0])
    if origin in (tuple, list):
        return f"list of {_kind(args[0])}" if args else "list"
    if origin is not None and args and hasattr(origin, "keys"):
        return f"table: {_kind(args[0])} = {_kind(args[1])}"
    if args:
        return " or ".join(dict.fromkeys(_kind(a) for a in args if a is not type(None)))
    name = getattr(annotation, "__name__", str(annotation))
    return _PLAIN.get(name, name)


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if value is None or value in ((), {}, ""):
        return "–"
    text = str(list(value) if isinstance(value, tuple) else value).replace("'", '"')
    return f"`{text}`" if len(text) <= _LONG else f"`{text[:_LONG]}…`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(columns_page() if "columns" in sys.argv[1:] else region_page())
