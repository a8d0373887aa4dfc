"""Which of the kept lines mention a text."""

import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import BLOCK_BYTES, KeptLines
from monitoring.window.text_search import BLOCK_OVERHEAD_BYTES, SEARCHED, TextSearch, mentions

LETTERS = st.text("aAbBkK\u212a\u017f情感éÉ\"\\/\n\t\b\x7f\u2028%<'", max_size=6)
# A block of a few lines, in bytes.
SMALL_BLOCK = 200


class CountingDecoder(LineDecoder):
    """A decoder that keeps the lines that it was asked to decode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bytes] = []

    def record(self, line: bytes) -> dict[str, Any]:
        self.asked.append(line)
        return super().record(line)


def says(*messages: str) -> bytes:
    """Return a line for each message."""
    return b"".join(json.dumps({"message": text}, ensure_ascii=False).encode() + b"\n" for text in messages)


def searching(lines: bytes, block_bytes: int = BLOCK_BYTES) -> tuple[TextSearch, KeptLines, CountingDecoder]:
    """Return a search of lines, what keeps them, and its decoder."""
    kept, decoder = KeptLines(block_bytes=block_bytes), CountingDecoder()
    kept.append(lines)
    return TextSearch(kept, decoder), kept, decoder


def lower(text: str) -> str:
    """Lower A to Z, and nothing else, letter by letter."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


@pytest.mark.parametrize("name", SEARCHED)
def test_each_searched_field_may_hold_the_text(name: str) -> None:
    """Message, input, reply and error are searched; other fields are not."""
    assert mentions({name: "天气真好 OK"}, "真好 ok")
    assert not mentions({"label": "真好", "model": "真好"}, "真好")


def test_other_fields_can_be_asked_for() -> None:
    """Where texts are hidden, they are not searched."""
    record = {"message": "a", "input_text": "b"}
    assert mentions(record, "b", ("input_text",))
    assert not mentions(record, "b", ("message", "error_message"))


@pytest.mark.parametrize("value", [None, 5, True, ["ok"], {"ok": "ok"}])
def test_only_texts_mention_something(value: object) -> None:
    """Values that are no texts are passed over."""
    assert not mentions({"message": value}, "ok")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Error", "eRROR", True),
        ("É", "é", False),
        ("\u212a", "k", False),  # str.lower() turns the Kelvin sign into a k.
        ("\u017f", "S", False),
        ("\u0130", "i", False),
        ("STRASSE", "straße", False),
        ("[", "{", False),
        ("@", "`", False),
    ],
)
def test_only_ascii_letters_have_two_cases(text: str, wanted: str, found: bool) -> None:
    """A to Z and a to z are the same, and no other characters are."""
    assert mentions({"message": text}, wanted) == found
    assert len(searching(says(text))[0].numbers(wanted)) == found


@settings(deadline=None)
@given(st.lists(st.tuples(LETTERS, LETTERS), max_size=12), LETTERS.filter(bool), st.booleans())
def test_the_search_finds_what_a_naive_loop_finds(
    texts: list[tuple[str, str]], wanted: str, escaped: bool
) -> None:
    r"""Over any lines, with \u escapes or without, in sealed blocks and the newest one."""
    records = [{"message": message, "output_text": output} for message, output in texts]
    lines = b"".join(json.dumps(record, ensure_ascii=escaped).encode() + b"\n" for record in records)
    search, _, _ = searching(lines, 60)
    found = search.numbers(wanted).tolist()
    again = search.numbers(wanted).tolist()
    expected = [
        number for number, pair in enumerate(texts) if any(lower(wanted) in lower(text) for text in pair)
    ]
    assert found == again == expected


@pytest.mark.parametrize(
    "line",
    [
        rb'{"message":"\u60c5\u611f/\u0041"}',
        rb'{"message":"\u60C5\u611F\/A"}',
        '{"message":"情感/a"}'.encode(),
        '{"message":"情感\\/a"}'.encode(),
    ],
)
def test_escapes_are_read_as_what_they_mean(line: bytes) -> None:
    r"""Other programs write \u escapes, of either case, and \/: the text is found all the same."""
    assert searching(line + b"\n")[0].numbers("情感/A").tolist() == [0]


def test_keys_and_other_fields_are_not_found() -> None:
    """What stands in a line, but not in a searched field, is no mention."""
    search, _, _ = searching(b'{"message":"a","label":"needle","needle":1}\n' + says("needle"))
    assert search.numbers("needle").tolist() == [1]


def test_what_is_sealed_is_searched_once() -> None:
    """A second search decodes only lines of the newest block; the findings are the same."""
    search, kept, decoder = searching(says(*(f"needle {number:04}" for number in range(50))), SMALL_BLOCK)
    sealed = sum(len(block.lines()) for block in kept.blocks() if block.compressed)
    assert 0 < sealed < 50
    first = search.numbers("Needle").tolist()
    assert first == list(range(50))
    assert len(decoder.asked) == 50
    decoder.asked.clear()
    assert search.numbers("Needle").tolist() == first
    assert len(decoder.asked) == 50 - sealed


def test_new_lines_are_found_in_a_search_that_was_done_before() -> None:
    """Lines that come in front and behind are searched, those that were sealed before are not again."""
    search, kept, decoder = searching(says(*["needle"] * 40), SMALL_BLOCK)
    search.numbers("needle")
    decoder.asked.clear()
    kept.append(says("hay", "NEEDLE now"))
    kept.prepend(says("old needle", "old hay"))
    assert search.numbers("needle").tolist() == [-2, *range(40), 41]
    assert len(decoder.asked) < 20
    assert any(b"old needle" in line for line in decoder.asked)


def test_the_newest_block_is_searched_anew() -> None:
    """Its lines grow in number, also when it is sealed meanwhile."""
    search, kept, _ = searching(says("needle"), SMALL_BLOCK)
    for number in range(1, 60):
        assert search.numbers("needle").tolist() == list(range(number))
        kept.append(says("needle"))


def test_lines_that_are_given_up_are_found_no_more() -> None:
    """What the window drops leaves the findings, too."""
    search, kept, _ = searching(says(*["needle"] * 60), SMALL_BLOCK)
    assert len(search.numbers("needle")) == 60
    kept.drop_before(40)
    first = kept.blocks()[0].first
    assert 0 < first <= 40
    assert search.numbers("needle").tolist() == list(range(first, 60))


def test_lines_without_the_text_are_not_decoded() -> None:
    """Most lines are passed over as bytes."""
    search, _, decoder = searching(says(*["hay"] * 500, "needle"), SMALL_BLOCK)
    assert search.numbers("needle").tolist() == [500]
    assert len(decoder.asked) == 1


def test_findings_are_remembered_within_a_budget_of_memory() -> None:
    """The findings of the texts that were not asked for longest are forgotten; a small budget holds few."""
    kept, decoder = KeptLines(block_bytes=SMALL_BLOCK), CountingDecoder()
    kept.append(says(*["needle"] * 60))
    blocks = len(kept.blocks()) - 1
    needle = blocks * BLOCK_OVERHEAD_BYTES + 60 * 8
    other = blocks * BLOCK_OVERHEAD_BYTES
    search = TextSearch(kept, decoder, max_cached_bytes=needle + 2 * other)
    search.numbers("needle")
    for number in range(2):
        search.numbers(f"other {number}")
    decoder.asked.clear()
    search.numbers("needle")
    few = len(decoder.asked)
    for number in range(3):
        search.numbers(f"other {number}")
    decoder.asked.clear()
    search.numbers("needle")
    assert few < len(decoder.asked) == 60


def test_findings_that_are_too_large_are_not_remembered() -> None:
    """Findings beyond the whole budget are given, but neither kept nor do they push out others."""
    kept, decoder = KeptLines(block_bytes=SMALL_BLOCK), CountingDecoder()
    kept.append(says(*["needle"] * 60))
    search = TextSearch(kept, decoder, max_cached_bytes=BLOCK_OVERHEAD_BYTES)
    for _ in range(2):
        decoder.asked.clear()
        assert len(search.numbers("needle")) == 60
        assert len(decoder.asked) == 60


def test_a_search_does_not_wait_for_another_one() -> None:
    """While one text is searched for, another thread gets its findings."""
    held, go_on = threading.Event(), threading.Event()

    class HeldDecoder(LineDecoder):
        """A decoder that stops at one line until it may go on."""

        def record(self, line: bytes) -> dict[str, Any]:
            if b"slow" in line:
                held.set()
                assert go_on.wait(20)
            return super().record(line)

    kept = KeptLines()
    kept.append(says("slow", "quick"))
    search = TextSearch(kept, HeldDecoder())
    slow = threading.Thread(target=search.numbers, args=("slow",))
    slow.start()
    try:
        assert held.wait(20)
        assert search.numbers("quick").tolist() == [1]
        assert slow.is_alive()
    finally:
        go_on.set()
        slow.join()


def test_the_same_text_in_other_fields_is_another_search() -> None:
    """Findings in some fields are not taken for those in others."""
    search, _, _ = searching(b'{"message":"needle"}\n{"input_text":"needle"}\n')
    assert search.numbers("needle", ("message",)).tolist() == [0]
    assert search.numbers("needle", ("input_text",)).tolist() == [1]
    assert search.numbers("needle").tolist() == [0, 1]


def test_nothing_is_found_in_nothing() -> None:
    """Without lines there are no numbers, and they are whole ones."""
    found = TextSearch(KeptLines(), LineDecoder()).numbers("x")
    assert (len(found), found.dtype.kind) == (0, "i")
