"""Tests of `ui.api`."""
