"""Pages of the whole region: index and comparison."""
