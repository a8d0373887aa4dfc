"""Faults caused on purpose, to check that the right alert fires."""
