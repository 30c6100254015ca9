"""The assembled results of a region: programme with money and grid, balance, scorecard."""
