"""Factors with unit, uncertainty, year and source, and the account that multiplies them by areas."""
