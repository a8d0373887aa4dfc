"""Find a model's weights in the cache, or fetch, verify and convert them from the first source that works."""

import errno
from collections.abc import Callable, Mapping

from inference.config import EngineConfig
from inference.errors import NoSpaceError, SourceError, WeightsError
from inference.weights.builder import Builder, Weights, unwritable
from inference.weights.catalog import CATALOG, LocalFolder, ModelSpec, candidates
from inference.weights.fetcher import Fetcher
from inference.weights.progress import Progress, Report


def obtain(
    config: EngineConfig,
    report: Report,
    fetcher: Fetcher | None = None,
    catalog: Mapping[str, ModelSpec] = CATALOG,
    before_fetch: Callable[[], object] = lambda: None,
) -> Weights:
    """Return the weights of `config.model`; fetch them if the cache has none, or damaged ones.

    `before_fetch` is called where the cache is not enough.

    Raises:
        NoSpaceError: the disk is full.
        WeightsError: all sources failed; the text names each one and why it failed, and each damaged file.
    """
    failures = []
    builder = Builder(config, report, fetcher or Fetcher())
    for spec in candidates(config.model, catalog):
        report(Progress("checking", spec.name))
        cached = builder.cached(spec)
        if isinstance(cached, Weights):
            return cached
        if cached:
            report(Progress("damaged", f"{spec.name}: {'; '.join(map(str, cached))}"))
        failures += [f"  {spec.name} from the cache: {damage}" for damage in cached]
        before_fetch()
        for source in spec.sources:
            try:
                return builder.build(spec, source)
            except SourceError as error:
                failures.append(f"  {spec.name} from {source}: {error}")
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise WeightsError(unwritable(config.cache, error)) from error
                raise NoSpaceError(
                    f"no space left on the disk of MODEL_CACHE={config.cache} for {spec.name}: "
                    "free some, or point MODEL_CACHE to another disk"
                ) from error
    raise WeightsError(
        f"no weights for MODEL={config.model!r}. Tried:\n" + "\n".join(failures) + f"\n{_advice(spec)}"
    )


def _advice(spec: ModelSpec) -> str:
    """Return what to do where no source has given the weights of a model."""
    if isinstance(spec.sources[0], LocalFolder):
        return "Put whole files into that folder, or give another MODEL."
    return (
        "Check the network (HF_ENDPOINT names another hub), or give a local folder in MODEL. "
        "Missing and damaged files are fetched as soon as a source answers."
    )
