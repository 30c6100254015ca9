"""The demo city: an invented 共青城 with every input the toolkit reads, made from a seed without a network."""

from guanghui.data.demo.build import build

__all__ = ["build"]
