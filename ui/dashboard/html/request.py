"""One request as HTML: its phases over time, the samples of the machine meanwhile, its records."""

import json
from collections.abc import Mapping
from math import isnan
from typing import Any

from markupsafe import Markup

from monitoring.analysis.request_trace import Phase, RequestTrace
from monitoring.window.frame import Frame
from ui.dashboard.html.format import amount, copy_button, moment
from ui.texts.words import Words, task_name

MAX_SAMPLES = 40

_REQUEST = Markup(
    "<header><h3>{title} <code>{id}</code></h3><span>{copy_link} {close}</span></header>"
    "<p class='fine'>{start} UTC · {length}</p>"
    "<h4>{waterfall_title}</h4>{waterfall}<h4>{samples_title}</h4>{samples}"
    "<h4>{feedback_title}</h4>{feedback}<h4>{records_title}</h4>{records}"
)
_PHASE = Markup(
    "<tr><th scope='row'>{task} · {phase}</th>"
    "<td class='bar'><i class='{name}' style='margin-left:{left:.2f}%;width:{width:.2f}%'></i></td>"
    "<td>{length}{tokens}{speed}</td></tr>"
)


def request_view(trace: RequestTrace, records: list[dict[str, Any]], words: Words) -> Markup:
    """Return everything about one request; `records` are its own, as far as they may be shown."""
    return _REQUEST.format(
        title=words["column_request"],
        id=trace.request_id,
        copy_link=copy_button("data-copy-link", words["copy_link"], words),
        close=_close(words),
        start=moment(trace.start),
        length=amount(trace.length_ms, "ms"),
        waterfall_title=words["waterfall"],
        waterfall=_waterfall(trace, words),
        samples_title=words["machine"],
        samples=_samples(trace, words),
        feedback_title=words["feedback"],
        feedback=_feedback(records, words),
        records_title=words["raw_records"],
        records=_records(records),
    )


def not_found(request_id: str, words: Words) -> Markup:
    """Return a panel that says that no record names this request."""
    text = words["request_unknown"].format(id=request_id)
    return Markup("<header>{}</header><div class='empty'>{}</div>").format(_close(words), text)


def _close(words: Words) -> Markup:
    return Markup("<button type='button' data-close aria-label='{}'>✕</button>").format(words["close"])


def _waterfall(trace: RequestTrace, words: Words) -> Markup:
    if not trace.phases:
        return Markup("<p>{}</p>").format(words["no_phases"])
    total_ms = trace.length_ms or 1.0
    rows = Markup().join(_phase(phase, total_ms, words) for phase in trace.phases)
    return Markup("<table class='waterfall'><tbody>{}</tbody></table>").format(rows)


def _phase(phase: Phase, total_ms: float, words: Words) -> Markup:
    speed = ""
    if phase.tokens and phase.length_ms > 0 and phase.name in ("prefill", "decode"):
        speed = f" · {amount(phase.tokens / phase.length_ms * 1000, 'speed')}"
    return _PHASE.format(
        task=task_name(phase.task, words),
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


def _feedback(records: list[dict[str, Any]], words: Words) -> Markup:
    ratings = [record for record in records if record.get("event") == "feedback"]
    if not ratings:
        return Markup("<p>{}</p>").format(words["no_feedback"])
    return Markup().join(Markup("<p>{}</p>").format(_opinion(record, words)) for record in ratings)


def _opinion(record: Mapping[str, Any], words: Words) -> str:
    rating = str(record.get("rating", ""))
    comment = record.get("comment")
    text = words.get(f"rating_{rating}", rating) or str(record.get("message", ""))
    return f"{text}: {comment}" if comment else text


def _records(records: list[dict[str, Any]]) -> Markup:
    texts = (json.dumps(record, ensure_ascii=False, indent=2) for record in records)
    return Markup().join(Markup("<pre tabindex='0'>{}</pre>").format(text) for text in texts)
