"""One small language model, and the tasks that it serves."""

from inference.config import EngineConfig
from inference.loader import Loader
from inference.loading import load_engine
from inference.service import Service
from inference.tasks import TypedTask
from inference.types import Message

__all__ = ["EngineConfig", "Loader", "Message", "Service", "TypedTask", "load_engine"]
