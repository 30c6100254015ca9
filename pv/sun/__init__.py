"""Weather and sky: reading of weather files, their checks, normals, the sky table and the glass of a module."""
