"""A program of its own that renders a chat template within bounds; `template_check` runs it.

It reads a JSON object from its standard input, and prints the length of the longest text. A template is code
of whoever made the model: it cannot leave its sandbox, but it may loop for hours or fill the memory, in steps
that nothing can interrupt in a thread.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template


def limit_process(cpu_seconds: int, memory_bytes: int) -> None:
    """Let this process use so much more of the processor and of the memory, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + memory_bytes,) * 2)


def longest_text(request: dict[str, Any]) -> int:
    """Render the template for each conversation; return the length of the longest text."""
    longest = 0
    for conversation in request["conversations"]:
        # A template may refuse a conversation.
        with suppress(TemplateError):
            rendered: Any = render_jinja_template(
                [conversation],
                chat_template=request["template"],
                add_generation_prompt=True,
                **request["special_tokens"],
            )
            longest = max(longest, len(rendered[0][0]))
    return longest


if __name__ == "__main__":
    REQUEST = json.load(sys.stdin)
    limit_process(REQUEST["cpu_seconds"], REQUEST["memory_bytes"])
    print(longest_text(REQUEST))
