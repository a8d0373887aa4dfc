"""What the wrappers around a line tell of it: when, how bad, from where."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from monitoring.formats.programs.names import plain
from monitoring.formats.programs.wrappers import Inner
from monitoring.formats.values.field_paths import leaves

# The names under which records tell themselves what their wrappers may tell.
_OWN_NAMES: Final[dict[str, frozenset[str]]] = {
    "service": frozenset({"service", "servicename", "service.name", "app", "appname", "application"}),
    "pod": frozenset({"pod", "podname", "kubernetes.podname", "kubernetes.pod.name", "k8s.pod.name"}),
    "container": frozenset({"container", "containername", "container.name", "kubernetes.containername"}),
}


class Around(NamedTuple):
    """All wrappers around a line, the inner ones counting more."""

    time: object = None  # None where no wrapper tells one
    level: object = None
    wrappers: tuple[str, ...] = ()
    # Lines of one stream belong together: an output of a container, a service, a program.
    stream: str = ""
    fields: Mapping[str, Any] = MappingProxyType({})

    def with_inner(self, inner: Inner) -> "Around":
        """Return what is known when one more wrapper is taken off."""
        return Around(
            inner.time if inner.time is not None else self.time,
            inner.level if inner.level is not None else self.level,
            (*self.wrappers, inner.wrapper),
            f"{self.stream}/{inner.stream}" if inner.stream else self.stream,
            {**self.fields, **inner.fields},
        )

    def with_name(self, wrapper: str) -> "Around":
        """Return what is known within something that has only a name."""
        return self._replace(wrappers=(*self.wrappers, wrapper))

    def told(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return where a record comes from, as far as it does not tell so itself."""
        if not self.fields:
            return {}
        own = {plain(name) for name, _ in leaves(fields)}
        return {
            name: value for name, value in self.fields.items() if own.isdisjoint(_OWN_NAMES.get(name, {name}))
        }
