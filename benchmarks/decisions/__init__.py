"""Modules of the benchmark of typed questions."""
