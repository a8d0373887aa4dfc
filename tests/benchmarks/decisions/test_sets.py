"""The texts that people have judged."""

from pathlib import Path

from benchmarks.decisions.sets import Labelled, labelled_texts


def test_the_first_texts_of_the_sets_that_are_there(tmp_path: Path) -> None:
    """A text may hold commas and line ends; a set that is missing is left out."""
    (tmp_path / "sentiment").mkdir()
    file = tmp_path / "sentiment" / "sst2.csv"
    file.write_text('text,label\n"good, really",1\n"bad\nbad",0\nmore,1\n', encoding="utf-8")
    assert labelled_texts(tmp_path, 2) == {
        "sst2": [Labelled("good, really", True), Labelled("bad\nbad", False)]
    }
    assert labelled_texts(tmp_path / "none", 2) == {}
