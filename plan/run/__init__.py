"""The run: command line, pipeline, pages and cluster."""
