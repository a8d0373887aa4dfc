"""Runs the command line."""

import sys

from monitoring.cli.main import main

sys.exit(main())
