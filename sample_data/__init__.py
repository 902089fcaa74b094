"""The sample project's data: a population, its planted faults, and the files of both."""
