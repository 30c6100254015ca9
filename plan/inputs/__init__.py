"""Inputs of a region: its file, what the file names, how it is opened and checked."""
