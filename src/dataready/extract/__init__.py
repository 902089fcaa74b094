"""From a source to an extract: all or nothing, and reconciled."""
