"""Check that a model's chat template ends, and makes a short text of a short conversation."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from inference.errors import ModelError

CPU_SECONDS = 5  # to render all conversations, which takes milliseconds
MEMORY_BYTES = 256 << 20
MAX_CHARS = 100_000  # of one conversation; templates have prompts of some thousand characters of their own
# The longest wait for the program, whose import takes a few seconds on a busy machine.
WAIT_SECONDS = 120.0

SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
TURN = [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hello! How are you?"}]
CONVERSATIONS = [[*start, *TURN * turns, TURN[0]] for start in ([], [SYSTEM]) for turns in (0, 1, 20)]


def check_template(
    template: str, special_tokens: Mapping[str, object], cpu_seconds: int = CPU_SECONDS
) -> None:
    """Render a chat template in a process of its own, within bounds of time, memory and length.

    Raises:
        ModelError: the template takes too long or too much memory, or makes too long a text.
    """
    request = {
        "template": template,
        "special_tokens": {name: _text(token) for name, token in special_tokens.items()},
        "conversations": CONVERSATIONS,
        "cpu_seconds": cpu_seconds,
        "memory_bytes": MEMORY_BYTES,
    }
    # With -P the folder of the program's file is no place to import modules from.
    command = [sys.executable, "-P", str(Path(__file__).with_name("template_renderer.py"))]
    try:
        result = subprocess.run(
            command,
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"its chat template does not end within {WAIT_SECONDS:.0f} s") from error
    if result.returncode < 0:
        raise ModelError(
            f"its chat template takes more than {cpu_seconds} s or {MEMORY_BYTES >> 20} MiB for a short "
            "conversation"
        )
    if result.returncode:
        reason = result.stderr.strip().rpartition("\n")[2] or f"status {result.returncode}"
        raise ModelError(f"its chat template cannot be used: {reason}")
    # A library may have printed before.
    if (length := int(result.stdout.split()[-1])) > MAX_CHARS:
        raise ModelError(
            f"its chat template makes {length:,} characters of a short conversation; "
            f"{MAX_CHARS:,} are allowed"
        )


def _text(token: object) -> object:
    """Return special tokens as the template sees them: texts, or lists of texts."""
    return [str(each) for each in token] if isinstance(token, list | tuple) else str(token)
