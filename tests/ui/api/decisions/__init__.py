"""Tests of `ui.api.decisions`."""
