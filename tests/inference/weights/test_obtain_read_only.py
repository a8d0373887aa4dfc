"""Tests of `inference.weights.obtain` with a cache that this user may not write."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.weights.obtain import obtain
from tests.inference.doubles import Reports, make_config
from tests.inference.weights.fake_sources import FakeSources
from tests.ordinary_user import read_only, run_as_ordinary_user

CODER, DEFAULT = "qwen2.5-coder-0.5b-instruct", "qwen1.5-0.5b-chat"
# Prints the origin of a model's weights, whose sources all fail, or the error.
PROGRAM = """
import sys
from inference.errors import SourceError
from inference.weights.obtain import obtain
from tests.inference.doubles import Reports, make_config
from tests.inference.weights.fake_sources import FakeSources
sources = FakeSources()
for where in ("repo", "file", "index"):
    sources.fail(where, SourceError("no network"))
try:
    config = make_config(model=sys.argv[1], model_cache=sys.argv[2])
    print(obtain(config, Reports(), sources, sources.catalog).origin, sources.calls)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def filled(cache: Path, sources: FakeSources) -> Iterator[Path]:
    """A cache with the embedded model, whose files and folders may be read alone."""
    obtain(make_config(model=CODER, model_cache=cache), Reports(), sources, sources.catalog)
    read_only(cache)
    yield cache
    read_only(cache, writable=True)


def obtain_as_ordinary_user(model: str, cache: Path) -> str:
    """Obtain a model as somebody whom permissions bind; return the origin and the calls, or the error."""
    result = run_as_ordinary_user(PROGRAM, model, str(cache))
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("model", [CODER, "auto"])
def test_whole_weights_are_read(filled: Path, model: str) -> None:
    """A cache that holds the weights needs no right to write, and no source is asked."""
    assert obtain_as_ordinary_user(model, filled).endswith("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf []")


def test_no_lock_file_is_needed(filled: Path) -> None:
    """The weights are read also where the lock file is missing, and where nobody may open it."""
    (lock,) = filled.glob("*.lock")
    lock.chmod(0)
    assert obtain_as_ordinary_user(CODER, filled).startswith("hub file ")
    filled.chmod(0o700)
    lock.unlink()
    filled.chmod(0o500)
    assert obtain_as_ordinary_user(CODER, filled).startswith("hub file ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_another_user_wrote_the_cache(cache: Path, sources: FakeSources) -> None:
    """Files that belong to somebody else and may be read by everybody are as good as one's own."""
    obtain(make_config(model=CODER, model_cache=cache), Reports(), sources, sources.catalog)
    for path in (cache, *cache.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, 12_345, 12_345)
    assert obtain_as_ordinary_user("auto", cache).startswith("hub file ")


def test_missing_weights_are_named_with_the_reason(filled: Path) -> None:
    """What the cache does not hold cannot be fetched into it, and the error says so."""
    text = obtain_as_ordinary_user(DEFAULT, filled)
    assert text.startswith("WeightsError ")
    assert f"cannot write to MODEL_CACHE={filled}: " in text
    assert "Permission denied" in text


def test_weights_that_cannot_be_read_are_no_weights(filled: Path) -> None:
    """A file that only another user may read is as good as missing."""
    (filled / CODER / "model.safetensors").chmod(0)
    assert obtain_as_ordinary_user(CODER, filled).startswith("WeightsError ")
