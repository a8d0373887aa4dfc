"""A damage of a compressed file says where it is."""

from monitoring.storage.damage import WINDOW_TOO_LARGE, Damage, DamagedError


def test_a_damage_is_told_with_its_place() -> None:
    """A file that ends too early is told from one that is wrong; either says what was read."""
    read = "the 5,000 bytes of text before that were read, the rest was not"
    early = Damage("gzip", "", 1200, 1200, 5000)
    wrong = Damage("zstd", "checksum", 1100, 1200, 5000)
    assert str(early) == f"the gzip file ends too early, after 1,200 bytes: {read}"
    assert str(wrong) == f"the zstd file is damaged at byte 1,100 of 1,200 (checksum): {read}"
    assert str(DamagedError(early)) == str(early)


def test_a_window_that_is_too_large_is_told_with_what_to_do() -> None:
    """Such a file is not damaged: another program reads it, or it is compressed again."""
    told = str(Damage("zstd", WINDOW_TOO_LARGE, 5, 1200, 0))
    assert told.startswith("the zstd file cannot be read from byte 5 of 1,200 on, since its window is larger")
    assert "without --long" in told
    assert "zstd -d --long=31 < FILE | python -m monitoring summary --log -" in told
    assert "damaged" not in told
