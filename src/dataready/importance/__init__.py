"""What each column is worth to a model: probes trained on the labelled pilot."""
