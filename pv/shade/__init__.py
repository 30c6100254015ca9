"""Shade: the skyline of every cell, the terrain beyond, and the irradiation that remains."""
