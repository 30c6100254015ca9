"""Drawing: Mercator pixels, warped rasters, colours, the ground of a map."""
