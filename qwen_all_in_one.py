"""The command `qwen-all-in-one`: start the app where its dependencies are installed."""

import sys


def main() -> int:
    """Run the app; return the exit status, 2 where the app's dependencies are missing."""
    try:
        import app
    except ModuleNotFoundError as error:
        print(
            f"The app needs {error.name}, which is not installed: pip install 'qwen-all-in-one[app]'",
            file=sys.stderr,
        )
        return 2
    return app.main()
