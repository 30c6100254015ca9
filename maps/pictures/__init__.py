"""Static maps for print."""
