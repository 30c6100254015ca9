"""What ships with Guanghui: factor tables, legends, climate normals, region files, the demo city; all with sources."""

from guanghui.data.files import data_path, read_table

__all__ = ["data_path", "read_table"]
