"""A region file as it was read: what it says of the place, and where the files it names lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from guanghui.geo.errors import InputError
from guanghui.geo.files import safe_name
from guanghui.geo.remote import is_address, remote_file
from guanghui.plan.inputs.config import find_line, load_region_file
from guanghui.plan.inputs.registry import Input

__all__ = ["DeclaredRegion"]


class DeclaredRegion:
    """What a region file says; nothing it names has been read.

    Parameters
    ----------
    path : pathlib.Path
        Region file.

    Raises
    ------
    InputError
        If the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.file, self._text = load_region_file(self.path)

    # --- what the file says
    @property
    def name(self) -> str:
        """Name in Chinese."""
        return self.file.region.name

    @property
    def name_en(self) -> str:
        """English name, or the Chinese one."""
        return self.file.region.name_en or self.file.region.name

    @property
    def code(self) -> str:
        """Administrative code."""
        return self.file.region.code

    @property
    def seed(self) -> int:
        """Seed of random draws."""
        return self.file.region.seed

    @property
    def plan_only(self) -> bool:
        """Whether the file holds the targets of a plan and no inputs yet."""
        return self.file.townships is None and bool(self.file.targets)

    @property
    def illustrative(self) -> bool:
        """Whether the inputs are made up."""
        return self.file.region.illustrative

    @property
    def slug(self) -> str:
        """Name for files and folders."""
        return safe_name(self.name_en.lower(), "region")

    @property
    def out(self) -> Path:
        """Output folder."""
        given = self.file.run.out
        return (self.path.parent / given).resolve() if given else Path("out") / self.slug

    # --- paths
    def _where(self, section: str, key: str) -> str:
        line = find_line(self._text, [*section.split("."), key])
        return f"{self.path}, line {line}: `{section}.{key}`" if line else f"{self.path}: `{section}.{key}`"

    def _one(self, section: str, key: str, value: str) -> Path:
        """File that a section names, beside the region file."""
        if is_address(value):
            raise InputError(
                f"{self._where(section, key)}: only rasters are read from an address; fetch this file and name it.",
                f"{self._where(section, key)}：仅栅格可用网络地址；请先下载此文件并填写路径。",
            )
        path = (self.path.parent / value).resolve()
        if not (path.is_file() or (path.is_dir() and path.suffix.lower() == ".gdb")):
            where = self._where(section, key)
            raise InputError(
                f'{where} = "{value}" is no file ({path}); correct the path or remove the section.',
                f'{where} = "{value}" 不是文件（{path}）；请更正路径或删除该段。',
            )
        return path

    def files_of(self, entry: Input) -> list[Path]:
        """Files a region file gives for an input, patterns resolved; empty where it gives none.

        Parameters
        ----------
        entry : Input
            Of the registry.

        Raises
        ------
        InputError
            If one is missing.
        """
        given = entry.given(self.file)
        if entry.kind in ("raster", "codes"):
            return self._many(entry.section, entry.key, given)
        return [self._one(entry.section, entry.key, value) for value in given]

    def _many(self, section: str, key: str, values: Sequence[str]) -> list[Path]:
        found: list[Path] = []
        for value in values:
            if is_address(value):
                found.append(remote_file(value, self._where(section, key)))
            elif any(c in value for c in "*?[") and not (self.path.parent / value).is_file():
                hits = sorted(p.resolve() for p in _matches(self.path.parent, value))
                if not hits:
                    where = self._where(section, key)
                    raise InputError(
                        f'{where} = "{value}" matches no file; correct the pattern.',
                        f'{where} = "{value}" 没有匹配的文件；请更正通配符。',
                    )
                found += hits
            else:
                found.append(self._one(section, key, value))
        return found


def _matches(base: Path, pattern: str) -> Iterator[Path]:
    """Files of a pattern, which may climb (``../``) before its first wildcard, or be absolute."""
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if any(c in part for c in "*?["))
    return (base.joinpath(*parts[:fixed]).resolve()).glob("/".join(parts[fixed:]))
