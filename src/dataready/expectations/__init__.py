"""Suites: what is expected of production, learnt or written, and what it made of that."""
