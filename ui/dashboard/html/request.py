"""One request as HTML: its phases over time, the samples of the machine meanwhile, its records."""

import json
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from markupsafe import Markup

from monitoring.analysis.request_trace import Phase, RequestTrace
from monitoring.record.visible import visible
from monitoring.window.frame import Frame
from ui.dashboard.html.format import MAX_TEXT_CHARS, amount, and_more, copy_button, moment, shortened
from ui.texts.words import Words, task_name

MAX_PHASES = 60
MAX_SAMPLES = 40
MAX_RATINGS = 20
MAX_RECORD_CHARS = 16 << 10  # of one record
MAX_RECORDS_BYTES = 768 << 10  # of all records as HTML; the rest of a view takes less than 256 KiB

_REQUEST = Markup(
    "<header><h3>{title} <code>{id}</code></h3><span>{copy_link} {close}</span></header>"
    "<p class='fine'>{start} <span data-zone-of='{start_ms:.0f}'></span> · {length}</p>"
    "<h4>{waterfall_title}</h4>{waterfall}<h4>{samples_title}</h4>{samples}{rest}"
)
_RECORDS = Markup("<h4>{feedback_title}</h4>{feedback}<h4>{records_title}</h4>{records}")
_PHASE = Markup(
    "<tr><th scope='row'>{task} · {phase}</th>"
    "<td class='bar'><i class='{name}' style='margin-left:{left:.2f}%;width:{width:.2f}%'></i></td>"
    "<td>{length}{tokens}{speed}</td></tr>"
)


def request_view(trace: RequestTrace, records: Sequence[dict[str, Any]] | None, words: Words) -> Markup:
    """Return one request: its numbers, and its own `records`, which are None for a visitor."""
    rest = Markup("<p class='fine'>{}</p>").format(words["visitor_request_note"])
    if records is not None:
        rest = _RECORDS.format(
            feedback_title=words["feedback"],
            feedback=_feedback(records, words),
            records_title=words["raw_records"],
            records=_records(records, words),
        )
    return _REQUEST.format(
        title=words["column_request"],
        id=visible(trace.request_id),
        copy_link=copy_button("data-copy-link", words["copy_link"], words),
        close=_close(words),
        start=moment(trace.start),
        start_ms=trace.start * 1000,
        length=amount(trace.length_ms, "ms"),
        waterfall_title=words["waterfall"],
        waterfall=_waterfall(trace, words),
        samples_title=words["machine"],
        samples=_samples(trace, words),
        rest=rest,
    )


def not_found(request_id: str, words: Words) -> Markup:
    """Return a panel that says that no record names this request."""
    text = words["request_unknown"].format(id=visible(request_id))
    return Markup("<header>{}</header><div class='empty'>{}</div>").format(_close(words), text)


def _close(words: Words) -> Markup:
    return Markup("<button type='button' data-close aria-label='{}'>✕</button>").format(words["close"])


def _waterfall(trace: RequestTrace, words: Words) -> Markup:
    if not trace.phases:
        return Markup("<p>{}</p>").format(words["no_phases"])
    total_ms = trace.length_ms or 1.0
    rows = Markup().join(_phase(phase, total_ms, words) for phase in trace.phases[:MAX_PHASES])
    more = and_more(len(trace.phases) - MAX_PHASES, words)
    return Markup("<table class='waterfall'><tbody>{}</tbody></table>{}").format(rows, more)


def _phase(phase: Phase, total_ms: float, words: Words) -> Markup:
    speed = ""
    if phase.tokens and phase.length_ms > 0 and phase.name in ("prefill", "decode"):
        speed = f" · {amount(phase.tokens / phase.length_ms * 1000, 'speed')}"
    return _PHASE.format(
        task=visible(task_name(phase.task, words)),
        phase=words[phase.name],
        name=phase.name,
        left=100 * phase.start_ms / total_ms,
        width=100 * phase.length_ms / total_ms,
        length=amount(phase.length_ms, "ms"),
        tokens="" if phase.tokens is None else f" · {phase.tokens:,} {words['tokens']}",
        speed=speed,
    )


def _samples(trace: RequestTrace, words: Words) -> Markup:
    samples: Frame = trace.samples.tail(MAX_SAMPLES)
    if not len(samples):
        return Markup("<p>{}</p>").format(words["no_data"])
    heading = Markup("<th scope='col'>{}</th>")
    head = Markup().join(heading.format(words[name]) for name in ("since_start", "cpu", "memory"))
    row = Markup("<tr><td>{:+.1f} s</td><td>{}</td><td>{}</td></tr>")
    columns = (samples.time.tolist(), samples["cpu_usage_percent"], samples["memory_usage_mb"])
    rows = Markup().join(
        row.format(time - trace.start, _value(cpu, "cpu"), _value(memory, "memory"))
        for time, cpu, memory in zip(*columns, strict=True)
    )
    return Markup(
        "<div class='table-frame'><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(head, rows)


def _value(value: float, unit: str) -> str:
    return amount(None if isnan(value) else value, unit)


def _feedback(records: Sequence[dict[str, Any]], words: Words) -> Markup:
    ratings = [record for record in records if record.get("event") == "feedback"]
    if not ratings:
        return Markup("<p>{}</p>").format(words["no_feedback"])
    shown = ratings[-MAX_RATINGS:]
    return Markup().join(Markup("<p>{}</p>").format(_opinion(record, words)) for record in shown)


def _opinion(record: Mapping[str, Any], words: Words) -> str:
    rating = str(record.get("rating", ""))
    comment = record.get("comment")
    text = words.get(f"rating_{rating}", rating) or str(record.get("message", ""))
    return shortened(f"{text}: {comment}" if comment else text, MAX_TEXT_CHARS)


def _records(records: Sequence[dict[str, Any]], words: Words) -> Markup:
    """Return the beginnings of the oldest records, and how many further ones there are."""
    shown: list[str] = []
    size = 0
    for record in records:
        text = shortened(json.dumps(record, ensure_ascii=False, indent=2), MAX_RECORD_CHARS)
        markup = Markup("<pre tabindex='0'>{}</pre>").format(text)
        size += len(markup.encode())
        if size > MAX_RECORDS_BYTES:
            break
        shown.append(markup)
    return Markup().join([*shown, and_more(len(records) - len(shown), words)])
