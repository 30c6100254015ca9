"""Carbon over the years: yearly flux, change between dates, projection, planting and credits."""
