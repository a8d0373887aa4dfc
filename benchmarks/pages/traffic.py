"""Write one request a second to a log, as another process of the app does.

python -m benchmarks.pages.traffic FOLDER
"""

import random
import sys
import time
from itertools import islice
from pathlib import Path

from benchmarks.sample_log import records
from monitoring import MonitoringConfig, open_log


def main() -> None:
    """Write until the process is ended."""
    log = open_log(MonitoringConfig(log_dir=Path(sys.argv[1])))
    source = records(random.Random(1))
    while True:
        for fields in islice(source, 2):
            log.write({name: value for name, value in fields.items() if name != "timestamp"})
        time.sleep(1)


if __name__ == "__main__":
    main()
