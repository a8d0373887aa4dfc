"""The tasks that run for each message, in the order in which they are submitted."""

from inference.tasks.chat import Chat
from inference.tasks.sentiment import Sentiment
from inference.tasks.task import Task

TASKS: tuple[type[Task], ...] = (Sentiment, Chat)
