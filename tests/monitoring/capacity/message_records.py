"""Records of messages, with a sentiment and a chat each, by the moments of their phases."""

from tests.monitoring.helpers import Record, a_record


def records_of(
    begin: float, sentiment: tuple[float, float], chat: tuple[float, ...], tokens: int = 11
) -> list[Record]:
    """Return a message's records; moments in s: sentiment (runs, ends), chat (runs, first token, ends)."""
    identity = f"{int(begin * 1e6):032x}"
    runs, said = sentiment
    starts, first, ends = chat
    return [
        a_record(
            said,
            task_type="sentiment",
            request_id=identity,
            response_time_ms=(said - begin) * 1000,
            queue_wait_ms=(runs - begin) * 1000,
        ),
        a_record(
            ends,
            request_id=identity,
            response_time_ms=(ends - begin) * 1000,
            queue_wait_ms=(starts - begin) * 1000,
            ttft_ms=(first - begin) * 1000,
            output_tokens=tokens,
        ),
    ]


def messages(count: int, every: float = 5.0) -> list[Record]:
    """Return messages that come one after the other: 0.3 s of sentiment, 0.2 s of prefill, 2 s of decode."""
    return [
        record
        for start in (every * number for number in range(count))
        for record in records_of(start, (start, start + 0.3), (start + 0.3, start + 0.5, start + 2.5))
    ]
