"""Meters: what plants gave beside what they should have given, and which of them look ill."""
