"""Where extracts are kept, and where history is kept."""
