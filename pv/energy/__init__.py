"""Energy: power of a plane, yield of the hours, load curves, self-use and the spread of a yield."""
