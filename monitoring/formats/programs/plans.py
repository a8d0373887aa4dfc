"""Which of a record's fields stand for which of ours: worked out once for all records of one shape."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitoring.formats.programs.known import Program, program_of
from monitoring.formats.programs.names import DURATIONS, USUAL, plain, plain_duration, rank_of
from monitoring.formats.values.field_paths import MAX_DEPTH, leaves
from monitoring.record.mapping import path_of
from monitoring.record.schema import TYPES

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A field of a record from which one of ours may be read."""

    path: str
    unit: str | None = None  # of a duration whose text tells none
    is_mapped: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How records of one shape are read."""

    program: Program | None
    # For each field of ours the fields of the record, the one that wins first.
    sources: Mapping[str, tuple[Source, ...]]
    # Our durations that such a record may tell.
    durations: tuple[str, ...]


def shape_of(fields: Mapping[str, Any], depth: int = MAX_DEPTH) -> Shape:
    """Return what a plan depends on: the names of fields, those in objects too, and the type of the level."""
    names: list[object] = []
    for name, value in fields.items():
        names.append(name)
        if isinstance(value, dict) and depth > 1:
            names.append(shape_of(value, depth - 1))
        elif name == "level":
            names.append(type(value))
    return tuple(names)


def plan_of(fields: Mapping[str, Any], mapping: Mapping[str, str]) -> Plan:
    """Work out the plan for a record; `mapping` has another program's names, perhaps with units, for ours."""
    program = program_of(fields)
    asked = {ours: _mapped_source(name) for name, ours in mapping.items()}
    taken = {source.path for source in asked.values()}
    paths = [path for path, _ in leaves(fields) if path not in taken]
    sources = {}
    for field in dict.fromkeys((*USUAL, *TYPES)):
        found = (asked[field],) if field in asked else ()
        sources[field] = (*found, *_usual_sources(field, paths, program))
    told = {field: found for field, found in sources.items() if found}
    return Plan(program, told, tuple(field for field in DURATIONS if field in told))


def _mapped_source(name: str) -> Source:
    path = path_of(name)
    return Source(path, name[len(path) + 1 :] or None, True)


def _usual_sources(field: str, paths: list[str], program: Program | None) -> Iterator[Source]:
    """Yield the fields that are read for one of ours: our own name, the program's own ones, usual ones."""
    default_unit = program.unit if program is not None else None
    own = program.paths.get(field) if program is not None else None
    if field in paths:
        yield Source(field, "ms" if field in DURATIONS else None)
    for path in own or ():
        if path in paths and path != field:
            yield Source(path, plain_duration(path)[1] or default_unit)
    if own == () or field not in USUAL:
        return
    ranked = []
    for path in paths:
        name, unit = plain_duration(path) if field in DURATIONS else (plain(path), None)
        rank = rank_of(field, name) if path != field else None
        if rank is not None:
            ranked.append((rank, Source(path, unit or default_unit)))
    yield from (source for _, source in sorted(ranked, key=lambda each: each[0]))
