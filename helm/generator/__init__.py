"""What the chart says of itself: its README, schema and version are written by `python -m helm.generator`."""
