"""Compiled inner loops; no torch."""
