"""Tests of the tools for agents, with the official client."""
