"""From findings to a decision: dimensions, gates, score, verdict. Pure."""
