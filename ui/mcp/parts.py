"""What the tools for agents work with."""

from dataclasses import dataclass

from ui.api.parts import ApiParts
from ui.dashboard.dashboard import Dashboard


@dataclass(frozen=True, slots=True, eq=False)
class McpParts:
    """The parts of the app that the tools work with: the model as the API has it, and the live log."""

    api: ApiParts
    dashboard: Dashboard
