"""Plants beyond roofs: ground, farm, forest, fish ponds, water, car sheds, façades."""
