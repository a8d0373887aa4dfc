"""Tests of `benchmarks.decisions`."""
