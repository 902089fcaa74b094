"""Say, with evidence, whether production is ready for an AI pilot."""
