"""What each client may hold open at once."""

from ui.guard.places import Places


def test_a_client_holds_no_more_than_its_places() -> None:
    """The third of two places is refused, to this client alone, until one is given back."""
    places = Places(2)
    assert places.take("a")
    assert places.take("a")
    assert not places.take("a")
    assert places.take("b")
    places.give_back("a")
    assert places.take("a")


def test_who_holds_nothing_is_forgotten() -> None:
    """Clients that have come and gone, or were refused, take no memory."""
    places = Places(0)
    assert not places.take("refused")
    places = Places(1)
    for number in range(100):
        assert places.take(str(number))
        places.give_back(str(number))
    assert not places._taken
