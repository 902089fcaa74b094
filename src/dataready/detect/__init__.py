"""Detectors: each proposes from states what is wrong, then locates the rows by SQL."""
