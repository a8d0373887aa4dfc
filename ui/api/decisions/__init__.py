"""Typed questions of programs about a text: OpenAI's decisions."""
