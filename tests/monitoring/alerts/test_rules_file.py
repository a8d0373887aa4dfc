"""The rules and their limits, from a file."""

import re
import tomllib
from pathlib import Path

import pytest

from monitoring.alerts.detectors.anomaly import Odd
from monitoring.alerts.detectors.base import limit_of
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import DEFAULT_RULES, load_rules
from settings.toml_file import TomlFileError


def rules_of(tmp_path: Path, text: str | bytes) -> Rules:
    """Return what a file with this text says."""
    return load_rules(written(tmp_path, text))


def written(tmp_path: Path, text: str | bytes) -> Path:
    """Return a file of rules."""
    path = tmp_path / "my-rules.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(tmp_path: Path, text: str | bytes) -> str:
    """Return why a file is refused."""
    path = written(tmp_path, text)
    with pytest.raises(TomlFileError) as error:
        load_rules(path)
    assert str(error.value).startswith(str(path))
    return str(error.value).replace(str(path), "FILE")


def test_the_shipped_rules_are_whole() -> None:
    """Every rule stands in the shipped file, and is on."""
    shipped = tomllib.loads(DEFAULT_RULES.read_text("utf-8"))
    assert set(shipped) == set(Rules.model_fields)
    assert all(getattr(load_rules(), name).enabled for name in Rules.model_fields)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[slow_task]\n", "[odd]\nenabled = true\n"])
def test_what_a_file_leaves_out_is_as_shipped(tmp_path: Path, text: str) -> None:
    """A copy needs to say only what it changes."""
    assert rules_of(tmp_path, text) == load_rules()


def test_the_shipped_file_is_one_like_any_other() -> None:
    """Named as somebody's own, it says the same."""
    assert load_rules(DEFAULT_RULES) == load_rules()


@pytest.mark.parametrize(
    "text",
    [
        "[slow_task]\nlimit_ms = 500\n[memory_limit]\nlimit_mb = 'auto'\n",
        "slow_task.limit_ms = 500.0\nmemory_limit.limit_mb = 'auto'\n",
        "slow_task = {limit_ms = 500}\nmemory_limit = {limit_mb = 'auto'}\n",
        "['slow_task']\n\"limit_ms\" = 5e2\n[ memory_limit ]\r\nlimit_mb = 'auto'\r\n",
    ],
)
def test_a_file_may_be_written_as_toml_allows(tmp_path: Path, text: str) -> None:
    """Tables, dotted keys, inline tables and quoted keys change the same."""
    found, shipped = rules_of(tmp_path, text), load_rules()
    assert (found.slow_task.limit_ms, found.memory_limit.limit_mb) == (500, "auto")
    assert found.slow_task.requests == shipped.slow_task.requests
    changed = {name for name in Rules.model_fields if getattr(found, name) != getattr(shipped, name)}
    assert changed == {"slow_task", "memory_limit"}


@pytest.mark.parametrize(
    ("text", "line", "key", "value"),
    [
        ("[slow_task]\nrequests = 0\n", 2, "slow_task.requests", "0"),
        ("[slow_task]\nrequests = 1.5\n", 2, "slow_task.requests", "1.5"),
        ("[slow_task]\nrequests = '10'\n", 2, "slow_task.requests", "'10'"),
        ("# a\n\n[odd]\n\nratio = 1\n", 5, "odd.ratio", "1"),
        ("[error_rate]\nshare = 1.5 # much\n", 2, "error_rate.share", "1.5"),
        ("[error_rate]\nshare = nan\n", 2, "error_rate.share", "nan"),
        ("[silent]\nenabled = 'no'\n", 2, "silent.enabled", "'no'"),
        ("[slow_request]\nfor_seconds = 5\n", 2, "slow_request.for_seconds", "5"),
        ("[silent]\nlevel = 'warning'\n", 2, "silent.level", "'warning'"),
        ("[silent]\nsamples_seconds = -1\n", 2, "silent.samples_seconds", "-1"),
        ("[memory_limit]\nlimit_mb = 0\n", 2, "memory_limit.limit_mb", "0"),
        ("[memory_limit]\nlimit_mb = 'much'\n", 2, "memory_limit.limit_mb", "'much'"),
        ("[memory_limit]\nlimit_mb = true\n", 2, "memory_limit.limit_mb", "True"),
        ("[slow_task]\nclear_share = 0\n", 2, "slow_task.clear_share", "0"),
        ("odd.score = 0\n", 1, "odd.score", "0"),
        ("\nodd . 'score' = 0\n", 2, "odd.score", "0"),
        ("odd = 5\n", 1, "odd", "5"),
        ("\nodd = {score = 0}\n", 2, "odd.score", "0"),
        ("[silent]\n[[odd]]\nscore = 1\n", 2, "odd", "[{'score': 1}]"),
        ("[odd]\nbin_seconds = 300\n[silent]\nfor_seconds = 1e9\n", 4, "silent.for_seconds", "1000000000.0"),
        # Limits of single tasks, and keys of version 0.1.
        ("[slow_request.tasks.translate]\nttft_ms = 0\n", 2, "slow_request.tasks.translate.ttft_ms", "0"),
        ("\n[error_rate.tasks]\nembed = {share = 2}\n", 3, "error_rate.tasks.embed.share", "2"),
        ("\nslow_task.tasks.'翻译'.limit_ms = '5'\n", 2, "slow_task.tasks.翻译.limit_ms", "'5'"),
        ("[slow_task]\nrequests = 5\ntasks = 5\n", 3, "slow_task.tasks", "5"),
        ("[slow_task]\ntasks.embed = 5\n", 2, "slow_task.tasks.embed", "5"),
        ("[slow_request]\n\nchat_ttft_ms = 0\n", 3, "slow_request.chat_ttft_ms", "0"),
        ("[slow_request]\nsentiment_ms = 'much'\n", 2, "slow_request.sentiment_ms", "'much'"),
        ("[slow_task]\nlimit_ms = inf\n", 2, "slow_task.limit_ms", "inf"),
        ("[memory_limit]\nlimit_mb = inf\n", 2, "memory_limit.limit_mb", "inf"),
        ("[odd]\nscore = inf\nratio = 2\n", 2, "odd.score", "inf"),
        ("[odd]\nratio = inf\n", 2, "odd.ratio", "inf"),
        ("[quality]\nscore = inf\n", 2, "quality.score", "inf"),
        ('[odd]\nscore = "\\u001b[2J"\n', 2, "odd.score", r"'\x1b[2J'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, key: str, value: str
) -> None:
    """A refusal names file, line, whole key, value, and what is allowed, but no class of the code."""
    for told in refusal(tmp_path, text).splitlines():
        assert told.startswith(f"FILE, line {line}: {key} = {value}: Input should ")
        assert "Limit" not in told


@pytest.mark.parametrize(
    ("text", "line", "key", "kind", "allowed"),
    [
        ("[slow_task]\nlimit = 5\n", 2, "slow_task.limit", "key", "limit_ms"),
        ("[slow_task]\nrequests = 5\nfloat_ms = 5\n", 3, "slow_task.float_ms", "key", "limit_ms"),
        ("slow_task.limit = 5\n", 1, "slow_task.limit", "key", "limit_ms"),
        ("\n[slow_task.limit]\nx = 5\n", 2, "slow_task.limit", "key", "limit_ms"),
        ("[odd]\n[slow_taks]\nrequests = 5\n", 2, "slow_taks", "rule", "slow_task"),
        ("\nslow_taks.requests = 5\n", 2, "slow_taks", "rule", "slow_task"),
        ("requests = 5\n", 1, "requests", "rule", "slow_task"),
        ("['慢']\nx = 5\n", 1, "慢", "rule", "slow_task"),
    ],
)
def test_an_unknown_name_is_told_with_the_known_ones(
    tmp_path: Path, text: str, line: int, key: str, kind: str, allowed: str
) -> None:
    """A misspelt rule or key does not vanish: what is allowed there is told."""
    told = refusal(tmp_path, text)
    assert told.startswith(f"FILE, line {line}: {key}: there is no such {kind}; allowed are ")
    assert allowed in re.split(r"[ ,]+", told)


LIMITS_OF_A_TASK = [
    "[slow_request.tasks.translate]\nttft_ms = 500\n",
    "slow_request.tasks.translate.ttft_ms = 500\n",
    "[slow_request]\ntasks = {translate = {ttft_ms = 500}}\n",
    "[slow_request]\ntasks.'translate' = {ttft_ms = 500}\n",
]


@pytest.mark.parametrize("text", LIMITS_OF_A_TASK)
def test_a_task_may_have_limits_of_its_own(tmp_path: Path, text: str) -> None:
    """In any way that TOML allows; what the task leaves out is as for any task."""
    rule = rules_of(tmp_path, text).slow_request
    assert limit_of(rule, "translate", "ttft_ms") == 500
    assert limit_of(rule, "translate", "token_ms") == limit_of(rule, "embed", "token_ms") == rule.token_ms
    assert limit_of(rule, "embed", "ttft_ms") == rule.ttft_ms == load_rules().slow_request.ttft_ms


@pytest.mark.parametrize(
    ("text", "line", "key", "allowed"),
    [
        (
            "[slow_request.tasks.embed]\nx = 1\n",
            2,
            "slow_request.tasks.embed.x",
            "response_ms, ttft_ms, token_ms",
        ),
        ("[failing_task]\ntasks.embed.x = 1\n", 2, "failing_task.tasks.embed.x", "failures"),
        ("[odd.tasks.embed]\nscore = 1\n", 1, "odd.tasks", ", ".join(Odd.model_fields)),
    ],
)
def test_an_unknown_limit_of_a_task_is_told_with_the_known_ones(
    tmp_path: Path, text: str, line: int, key: str, allowed: str
) -> None:
    """The keys that a task's table may hold are told, or that a rule has no limits for single tasks."""
    assert refusal(tmp_path, text) == f"FILE, line {line}: {key}: there is no such key; allowed are {allowed}"


def test_a_file_of_version_0_1_means_what_it_meant(tmp_path: Path) -> None:
    """Its keys for the two tasks are limits of these tasks; a new key for the same limit goes first."""
    old = "[slow_request]\nsentiment_ms = 1\nchat_ttft_ms = 2\nchat_token_ms = 3\n"
    rules = rules_of(tmp_path, f"{old}[slow_task]\nsentiment_ms = 4\nchat_ms = 5\n")
    limits = {
        (rule, task, name): limit_of(getattr(rules, rule), task, name)
        for rule, names in (
            ("slow_request", ("response_ms", "ttft_ms", "token_ms")),
            ("slow_task", ("limit_ms",)),
        )
        for task in ("sentiment", "chat", "translate")
        for name in names
    }
    shipped = {key: limit_of(getattr(load_rules(), key[0]), key[1], key[2]) for key in limits}
    assert limits == shipped | {
        ("slow_request", "sentiment", "response_ms"): 1,
        ("slow_request", "chat", "ttft_ms"): 2,
        ("slow_request", "chat", "token_ms"): 3,
        ("slow_task", "sentiment", "limit_ms"): 4,
        ("slow_task", "chat", "limit_ms"): 5,
    }
    both = "[slow_task]\nchat_ms = 5\n[slow_task.tasks.chat]\nlimit_ms = 6\n"
    assert limit_of(rules_of(tmp_path, both).slow_task, "chat", "limit_ms") == 6


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Each has a line of its own."""
    told = refusal(tmp_path, "[odd]\nscore = 0\nx = 1\n[silent]\nlevel = 'LOUD'\n").splitlines()
    assert [re.findall(r"line (\d+)", line) for line in told] == [["2"], ["3"], ["5"]]


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """The parser's own words tell the place."""
    told = refusal(tmp_path, "[slow_task]\nrequests 5\n")
    assert told.startswith("FILE is no TOML: ")
    assert "line 2" in told


def test_a_name_that_needs_quotes_is_told(tmp_path: Path) -> None:
    """TOML takes a name in Chinese only in quotes, which its own message does not say."""
    told = refusal(tmp_path, "[slow_task.tasks.翻译]\nlimit_ms = 5\n")
    assert told.endswith("; a name with other characters than A-Z a-z 0-9 _ - needs quotes")
    rules_of(tmp_path, "[slow_task.tasks.'翻译']\nlimit_ms = 5\n")


@pytest.mark.parametrize("text", ["[odd]\nscore = 9 # \xe9".encode("latin-1"), b"\xff\xfe[\x00o\x00"])
def test_what_is_no_utf8_is_refused(tmp_path: Path, text: bytes) -> None:
    """A file in another encoding is no TOML."""
    assert "utf-8" in refusal(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder are told by name, with the reason."""
    with pytest.raises(TomlFileError, match=r"none\.toml cannot be read: No such file"):
        load_rules(tmp_path / "none.toml")
    with pytest.raises(TomlFileError, match="cannot be read: Is a directory"):
        load_rules(tmp_path)


def test_rules_do_not_change() -> None:
    """What was checked cannot be set to something else."""
    name = "score"
    with pytest.raises(ValueError, match="frozen"):
        setattr(load_rules().odd, name, 0)


@pytest.mark.parametrize(
    "text",
    [
        f"[odd]\nscore = '{'x' * 100_000}'\n",
        f"[{'x' * 100_000}]\n",
        "".join(f"[rule{number}]\nscore = 1\n" for number in range(1000)),
        f"odd = {'[' * 5000}{']' * 5000}\n",
        f"[odd]\nscore = {{{', '.join(f'a{number} = 1' for number in range(10_000))}}}\n",
        '["\\u001b[2Jx\\u0007"]\nscore = 1\n',
    ],
)
def test_a_refusal_is_short_and_visible(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, what is told of it fits into the log, and no terminal obeys it."""
    told = refusal(tmp_path, text)
    assert len(told) < 10_000
    assert told.replace("\n", "").isprintable()
