"""Tests of `inference.engine.scheduler`, without a model and without torch."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from inference.engine.scheduler import Scheduler

ROOM = 1000


@dataclass(eq=False)
class Job:
    """A request with tokens to read; a reply takes a slot, a scoring request does not."""

    tokens_left: int
    takes_slot: bool = True
    kv_bytes: int = 1
    client: str | None = None


def scheduler_of(*jobs: Job, max_batch: int = 100, pass_tokens: int = 12) -> Scheduler[Job]:
    """Return a scheduler that has admitted as many of these jobs as it can."""
    scheduler = Scheduler[Job](max_batch, pass_tokens)
    for job in jobs:
        scheduler.add(job)
    scheduler.admit(ROOM)
    return scheduler


def counts(scheduler: Scheduler[Job]) -> list[int]:
    """Return the number of tokens of each job in the next pass, the shortest job first."""
    return [count for _, count in scheduler.plan()]


def test_an_empty_scheduler_plans_nothing() -> None:
    """An empty scheduler plans nothing and admits nothing."""
    scheduler = scheduler_of()
    assert (scheduler.admit(ROOM), scheduler.plan(), scheduler.all) == ([], [], [])


def test_a_prompt_alone_gets_the_whole_pass() -> None:
    """A prompt alone is read in pieces of the pass size; only the last piece is smaller."""
    assert counts(scheduler_of(Job(30))) == [12]
    assert counts(scheduler_of(Job(5))) == [5]


def test_replies_go_on_beside_a_long_prompt() -> None:
    """Each decoding reply gets its one token; the prompt gets the rest of the pass."""
    assert counts(scheduler_of(Job(500), Job(1), Job(1))) == [1, 1, 10]


def test_half_of_a_pass_is_shared_and_half_goes_to_the_shortest() -> None:
    """A short prompt is read at once, the shortest long one is read soon, and each job gets tokens."""
    assert counts(scheduler_of(Job(100), Job(2), Job(101))) == [2, 8, 2]
    assert counts(scheduler_of(Job(10), Job(11), Job(13), Job(15), pass_tokens=32)) == [10, 11, 7, 4]


def test_each_reply_gets_at_least_one_token() -> None:
    """If there are more replies than the pass has room for, the pass becomes longer."""
    assert counts(scheduler_of(*(Job(1) for _ in range(20)), Job(50), max_batch=50)) == [1] * 21


def test_slots_go_in_order_of_arrival() -> None:
    """Slots are given in order of arrival; a free slot goes to the next waiting job."""
    first, second, third = jobs = [Job(5), Job(4), Job(3)]
    scheduler = scheduler_of(*jobs, max_batch=1)
    assert [job for job, _ in scheduler.plan()] == [first]
    scheduler.remove(first)
    assert scheduler.admit(ROOM) == [second]
    scheduler.remove(third)  # a waiting job can be removed, too
    scheduler.remove(second)
    assert scheduler.admit(ROOM) == []


def test_scoring_needs_no_slot() -> None:
    """A scoring request overtakes replies that wait for a slot, and takes no slot itself."""
    reply, waiting, answer = Job(1), Job(9), Job(6, takes_slot=False)
    scheduler = scheduler_of(reply, waiting, answer, max_batch=1)
    assert scheduler.plan() == [(reply, 1), (answer, 6)]
    assert scheduler.all == [reply, answer, waiting]


def test_scoring_has_a_small_share_while_a_prompt_is_read() -> None:
    """Scoring gets a sixteenth of the pass, or a token each, until the prompt is read, and then the rest."""
    prompt, answer = Job(50), Job(20, takes_slot=False)
    scheduler = scheduler_of(Job(1), prompt, answer, pass_tokens=32)
    assert counts(scheduler) == [2, 1, 29]
    prompt.tokens_left = 14
    assert counts(scheduler) == [2, 1, 14]
    prompt.tokens_left = 1
    assert counts(scheduler) == [1, 1, 20]
    many = [Job(9, takes_slot=False) for _ in range(5)]
    assert counts(scheduler_of(Job(14), *many, pass_tokens=32)) == [*[1] * 5, 14]


def started(scheduler: Scheduler[Job], room: int = ROOM) -> list[str]:
    """Return the clients of the jobs that start."""
    return [str(job.client) for job in scheduler.admit(room)]


def test_clients_take_turns() -> None:
    """Whoever has many waiting requests gets one slot in each round, and so does who came after them."""
    scheduler = Scheduler[Job](1, 12)
    jobs = [Job(1, client=client) for client in "aaaabbc"]
    for job in jobs:
        scheduler.add(job)
    order = []
    while admitted := scheduler.admit(ROOM):
        order += [str(job.client) for job in admitted]
        scheduler.remove(admitted[0])
    assert order == ["a", "b", "c", "a", "b", "a", "a"]


def test_all_slots_are_shared_between_clients() -> None:
    """Where several slots are free at once, each client gets one before any gets a second one."""
    scheduler = Scheduler[Job](3, 12)
    for client in "aaaab":
        scheduler.add(Job(1, client=client))
    assert started(scheduler) == ["a", "b", "a"]


def test_a_label_starts_beside_its_reply() -> None:
    """A client's label does not cost its reply the turn."""
    scheduler = Scheduler[Job](1, 12)
    for client in "ab":
        scheduler.add(Job(1, takes_slot=False, client=client))
        scheduler.add(Job(1, client=client))
    assert started(scheduler) == ["a", "b", "a"]


def test_who_does_not_fit_waits() -> None:
    """A request starts when the running ones leave it the memory that it may need."""
    first, second = Job(1, kv_bytes=6), Job(1, kv_bytes=5)
    scheduler = Scheduler[Job](9, 12)
    scheduler.add(first)
    scheduler.add(second)
    assert scheduler.admit(10) == [first]
    assert (scheduler.running_bytes, scheduler.admit(10)) == (6, [])
    scheduler.remove(first)
    assert scheduler.admit(10) == [second]


def test_a_large_request_is_not_overtaken_by_small_replies() -> None:
    """Replies behind one that waits for memory wait, too, or it would wait forever."""
    running, large, small = Job(1, kv_bytes=6), Job(1, kv_bytes=9), Job(1, kv_bytes=1)
    scheduler = Scheduler[Job](9, 12)
    for job in (running, large, small):
        scheduler.add(job)
    assert scheduler.admit(10) == [running]
    scheduler.remove(running)
    assert scheduler.admit(10) == [large, small]


def test_scoring_takes_nothing_of_what_a_waiting_request_needs() -> None:
    """Labels start beside a reply that waits for memory, up to what it leaves over."""
    running, large = Job(1, kv_bytes=6), Job(1, kv_bytes=8)
    labels = [Job(1, takes_slot=False, kv_bytes=1) for _ in range(4)]
    scheduler = Scheduler[Job](9, 12)
    for job in (running, large, *labels):
        scheduler.add(job)
    assert scheduler.admit(10) == [running, *labels[:2]]
    scheduler.remove(running)
    assert scheduler.admit(10) == [large]


jobs = st.builds(Job, st.integers(1, 9), st.booleans(), st.integers(1, 50), st.sampled_from([None, "a", "b"]))


@given(st.lists(jobs, max_size=40), st.integers(1, 8), st.integers(50, 120))
def test_the_room_is_never_exceeded_and_nobody_starves(works: list[Job], max_batch: int, room: int) -> None:
    """With any requests that fit alone, slots and room suffice at each pass, and each request ends."""
    scheduler = Scheduler[Job](max_batch, 4)
    for work in works:
        scheduler.add(work)
    for _ in range(sum(work.tokens_left for work in works) + 1):
        scheduler.admit(room)
        running = [work for work, _ in scheduler.plan()]
        assert sum(work.kv_bytes for work in running) == scheduler.running_bytes <= room
        assert sum(work.takes_slot for work in running) <= max_batch
        for work, count in scheduler.plan():
            work.tokens_left -= count
            if not work.tokens_left:
                scheduler.remove(work)
    assert scheduler.all == []


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=20),
    st.integers(1, 20),
    st.integers(1, 64),
)
def test_each_job_comes_to_its_end(needs: list[int], max_batch: int, pass_tokens: int) -> None:
    """With any jobs, passes are as full as possible, each job in a pass gets tokens, and none too many."""
    jobs = [Job(need) for need in needs]
    scheduler = scheduler_of(*jobs, max_batch=max_batch, pass_tokens=pass_tokens)
    passes = 0
    while scheduler.all:
        plan = scheduler.plan()
        room = max(pass_tokens, len(plan))
        total = sum(job.tokens_left for job, _ in plan)
        assert sum(count for _, count in plan) <= room
        assert sum(count for _, count in plan) >= min(total, pass_tokens)
        for job, count in plan:
            assert 1 <= count <= job.tokens_left
            job.tokens_left -= count
            if not job.tokens_left:
                scheduler.remove(job)
        scheduler.admit(ROOM)
        passes += 1
    assert passes <= sum(needs)
