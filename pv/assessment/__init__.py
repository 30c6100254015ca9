"""The survey of a region: batches of roofs and open ground, worked out in parallel."""
