"""The files of a log: paths, blocks, rotation, archive."""
