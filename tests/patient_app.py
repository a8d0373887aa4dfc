"""The app, whose loader waits an hour before it tries again: where there is no model, the log stays quiet."""

import sys
from functools import partial
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parent.parent))

if __name__ == "__main__":
    import app
    from inference.loader import Loader

    with patch("app.Loader", partial(Loader, first_pause=3600.0)):
        app.run()
