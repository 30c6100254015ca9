"""What ships with Guanghui: factor tables, legends, climate normals, region files and the demo city, each with its source."""

from data.files import data_path, read_table

__all__ = ["data_path", "read_table"]
