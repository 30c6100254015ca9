"""Tables for the report: workbook and CSV files."""
