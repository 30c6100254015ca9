"""Roofs: cells, planes and faces of a building, their offset, and the modules that fit on them."""
