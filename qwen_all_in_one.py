"""The command `qwen-all-in-one`: start the app if its dependencies are installed."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

# The modules of the extra `app`; a test compares them with pyproject.toml.
MODULES_OF_THE_EXTRA = {
    "accelerate",
    "cachetools",
    "fastapi",
    "gguf",
    "gradio",
    "huggingface_hub",
    "itsdangerous",
    "llvmlite",
    "markupsafe",
    "numba",
    "plotly",
    "safetensors",
    "starlette",
    "tokenizers",
    "torch",
    "tqdm",
    "transformers",
    "uvicorn",
}


def main(load: Callable[[str], Any] = import_module) -> int:
    """Run the app, which ends the process; return 2 if a dependency of the app is not installed.

    Raises:
        ModuleNotFoundError: a module is missing that does not belong to the extra, so something is broken.
    """
    try:
        app = load("app")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in MODULES_OF_THE_EXTRA:
            raise
        print(
            f"The app needs {package}, which is not installed: pip install 'qwen-all-in-one[app]'",
            file=sys.stderr,
        )
        return 2
    app.run()
    return 0
