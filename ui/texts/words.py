"""The type of a language's texts."""

from collections.abc import Mapping

Words = Mapping[str, str]
