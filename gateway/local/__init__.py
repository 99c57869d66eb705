"""The door to this region's own systems: HTTP and JSON in, flows behind, problems out."""
