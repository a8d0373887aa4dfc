"""Parts of the benchmarks of writing and reading a log."""
