"""How production differs from the pilot: pure functions of two profiles."""
