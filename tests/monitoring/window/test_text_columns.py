"""Text columns of fixed width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.window.text_columns import ID_BYTES, MAX_TEXT_CHARS, MAX_TEXTS, OTHER, Codes, Ids

SHORT_TEXTS = st.lists(st.text(max_size=MAX_TEXT_CHARS))


@given(SHORT_TEXTS, SHORT_TEXTS)
def test_texts_come_back_from_their_codes(first: list[str], second: list[str]) -> None:
    """Texts of any kind come out as they went in, however many are added later."""
    codes = Codes()
    column = codes.encode(first)
    codes.encode(second)
    assert codes.decode(column).tolist() == first


@given(SHORT_TEXTS, st.text())
def test_a_key_finds_the_rows_with_its_text(texts: list[str], text: str) -> None:
    """Comparing codes is comparing texts, for one that never came too."""
    codes = Codes()
    column = codes.encode(texts)
    assert (column == codes.key(text)).tolist() == [text == other for other in texts]


def test_endless_values_become_one() -> None:
    """Beyond the limit new values share one code; earlier and known ones keep theirs."""
    codes = Codes(["ok"])
    texts = [f"value {number}" for number in range(MAX_TEXTS + 100)]
    shown = codes.decode(codes.encode(["", *texts, "ok", texts[0]])).tolist()
    assert len(set(shown)) == MAX_TEXTS
    assert shown[1:1000] == texts[:999]
    assert shown[-103:] == [OTHER] * 101 + ["ok", texts[0]]
    assert codes.key(texts[-1]) == -1
    assert len(codes) == MAX_TEXTS


def test_a_huge_text_is_cut() -> None:
    """Of a long text only the beginning is held, and its key is that of the beginning."""
    codes = Codes()
    column = codes.encode(["x" * 100_000, "x" * 90_000])
    assert codes.decode(column).tolist() == ["x" * MAX_TEXT_CHARS] * 2
    assert column.tolist() == [codes.key("x" * 100_000)] * 2
    assert max(map(len, codes)) == MAX_TEXT_CHARS


@pytest.mark.parametrize("text", ["", "0" * 32, "db2be5a1-0000-4000-8000-000000000000", "请求", "😀"])
def test_ids_come_back(text: str) -> None:
    """Ids as long as a UUID come out as they went in, and are found."""
    ids = Ids()
    column = ids.encode([text, "other"])
    assert ids.decode(column).tolist() == [text, "other"]
    assert (column == ids.key(text)).tolist() == [True, False]


@given(st.lists(st.text() | st.text("ab", min_size=ID_BYTES - 1, max_size=ID_BYTES + 3)))
def test_ids_of_any_length_are_told_apart(texts: list[str]) -> None:
    """One that is too long has a digest in its place, which says so; each equals itself alone."""
    ids = Ids()
    column = ids.encode(texts)
    assert ids.are_digests(column).tolist() == [len(text.encode()) > ID_BYTES for text in texts]
    for text, shown in zip(texts, ids.decode(column).tolist(), strict=True):
        assert len(text.encode()) > ID_BYTES or shown == text
        assert (column == ids.key(text)).tolist() == [text == other for other in texts]


@given(st.lists(st.text(alphabet="ab\0", max_size=4)), st.text(alphabet="ab\0", max_size=4))
@pytest.mark.parametrize("columns", [Ids, Codes])
def test_a_nul_is_part_of_a_text(columns: type[Ids | Codes], texts: list[str], text: str) -> None:
    """A text with NULs equals itself alone, wherever they are: not the text without them, and not none."""
    table = columns()
    column = table.encode([*texts, "", text])
    assert (column == table.key(text)).tolist() == [text == other for other in (*texts, "", text)]
    assert table.decode(column).tolist() == [*texts, "", text]
