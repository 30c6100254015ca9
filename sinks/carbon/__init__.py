"""Carbon of a hectare: pools, forest stands and their growth, wetland, cropland."""
