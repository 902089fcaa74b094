"""What a table looks like: metrics, the states they are computed from, and the bin plan."""
