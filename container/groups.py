"""The control groups (cgroups) of this process: a group has a folder of files, and so has each one around it.

Version 2 has one tree of groups, version 1 one for each controller; on some machines there are both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

TOP = PurePosixPath("/")


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of groups: where it is mounted, and which group is seen there."""

    mount: Path
    group: PurePosixPath

    def shows(self, path: PurePosixPath) -> bool:
        """Tell whether a group stands in this tree."""
        return ".." not in path.parts and path.is_relative_to(self.group)

    def folders(self, path: PurePosixPath) -> Iterator[Path]:
        """Yield the folder of a group, which may not be there, and of those around it, up to the mount.

        For a group that is seen from the outside alone, it is the mount: that is the container's own group.
        """
        own = self.mount / path.relative_to(self.group) if self.shows(path) else self.mount
        yield own
        yield from (folder for folder in own.parents if folder.is_relative_to(self.mount))


@dataclass(frozen=True, slots=True)
class ControlGroups:
    """Where the kernel tells of control groups; tests have a tree of their own."""

    root: Path = Path("/sys/fs/cgroup")
    membership: Path = Path("/proc/self/cgroup")
    # What is mounted where; where nothing tells, the trees stand at their usual places below `root`.
    mounts: Path | None = None

    def folders(self, controller: str) -> Iterator[Path]:
        """Yield the folders of this process's groups, from its own up to the root of each tree."""
        # Version 2 has no name of a controller.
        for name in ("", controller):
            path = self._path_of(name)
            trees = self._mounted(name) or self._usual(name)
            # Other containers' groups may be mounted as well.
            for tree in [tree for tree in trees if tree.shows(path)] or trees[:1]:
                yield from tree.folders(path)

    def _path_of(self, controller: str) -> PurePosixPath:
        """Return this process's path in the tree of a controller of version 1, or of version 2 if empty."""
        for line in _lines(self.membership):
            parts = line.split(":", 2)  # such as 4:cpu,cpuacct:/docker/abc, and 0::/system.slice
            if len(parts) == 3 and controller in parts[1].split(","):
                return PurePosixPath("/", parts[2])
        return TOP

    def _usual(self, controller: str) -> list[Tree]:
        if controller:
            return [Tree(self.root / controller, TOP)]
        return [Tree(folder, TOP) for folder in (self.root, self.root / "unified")]

    def _mounted(self, controller: str) -> list[Tree]:
        trees = []
        for line in _lines(self.mounts) if self.mounts else ():
            # 32 31 0:29 /docker/abc /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
            place, _, kind = line.partition(" - ")
            fields, told = place.split(" "), kind.split(" ")
            if len(fields) < 6 or len(told) < 3:
                continue
            is_wanted = told[0] == "cgroup" and controller in told[2].split(",")
            if is_wanted if controller else told[0] == "cgroup2":
                trees.append(Tree(Path(_unescaped(fields[4])), PurePosixPath(_unescaped(fields[3]))))
        return trees


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []


def _unescaped(name: str) -> str:
    """Return a name as it is: the kernel writes a space, a tab, a newline and a backslash in octal."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name)
