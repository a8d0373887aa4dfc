"""How many threads the libraries for numbers start: as many as the process has cores, not the machine."""

import os
from collections.abc import MutableMapping

from container.groups import ControlGroups
from container.limits import HERE, whole_cores

# Each library reads its variable once, while it is imported, and starts that many threads.
POOLS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


def limit_thread_pools(environ: MutableMapping[str, str] = os.environ, groups: ControlGroups = HERE) -> None:
    """Set the libraries' variables, before they are imported: to THREADS, else to the usable cores.

    A variable that is set already stays. A wrong THREADS counts as none here; the settings refuse it later.
    """
    try:
        wanted = int(environ.get("THREADS", ""))
    except ValueError:
        wanted = 0
    count = wanted if wanted > 0 else whole_cores(groups, environ)
    for name in POOLS:
        environ.setdefault(name, str(count))
