"""One request as HTML: a waterfall of its phases, what the machine did meanwhile, its records."""

import html
import json
from collections.abc import Mapping
from typing import Any

from monitoring.analysis.request_trace import Phase, RequestTrace
from monitoring.window.frame import Frame
from ui.dashboard.html.format import amount, copy_button, moment
from ui.texts.words import Words, task_name

MOST_SAMPLES = 40


def request_view(trace: RequestTrace, records: list[dict[str, Any]], words: Words) -> str:
    """Return everything about one request; `records` are its own, as far as they may be shown."""
    return (
        f"<header><h3>{words['column_request']} <code>{html.escape(trace.request_id)}</code></h3>"
        f"<span>{copy_button('data-copy-link', words['copy_link'], words)} {_close(words)}</span></header>"
        f"<p class='fine'>{moment(trace.start)} UTC · {amount(trace.length_ms, 'ms')}</p>"
        f"<h4>{words['waterfall']}</h4>{_waterfall(trace, words)}"
        f"<h4>{words['machine']}</h4>{_samples(trace, words)}"
        f"<h4>{words['feedback']}</h4>{_feedback(records, words)}"
        f"<h4>{words['raw_records']}</h4>{_records(records)}"
    )


def not_found(request_id: str, words: Words) -> str:
    """Say that no record names this request."""
    text = words["request_unknown"].format(id=request_id)
    return f"<header>{_close(words)}</header><div class='empty'>{html.escape(text)}</div>"


def _close(words: Words) -> str:
    return f"<button type='button' data-close aria-label='{html.escape(words['close'])}'>✕</button>"


def _waterfall(trace: RequestTrace, words: Words) -> str:
    if not trace.phases:
        return f"<p>{words['no_phases']}</p>"
    whole = trace.length_ms or 1.0
    rows = "".join(_phase(phase, whole, words) for phase in trace.phases)
    return f"<table class='waterfall'><tbody>{rows}</tbody></table>"


def _phase(phase: Phase, whole: float, words: Words) -> str:
    left, width = 100 * phase.start_ms / whole, 100 * phase.length_ms / whole
    tokens = "" if phase.tokens is None else f" · {phase.tokens:,} {words['tokens']}"
    speed = ""
    if phase.tokens and phase.length_ms > 0 and phase.name in ("prefill", "decode"):
        speed = f" · {amount(phase.tokens / phase.length_ms * 1000, 'speed')}"
    task = task_name(phase.task, words)
    return (
        f"<tr><th scope='row'>{html.escape(task)} · {words[phase.name]}</th>"
        f"<td class='bar'><i class='{phase.name}' "
        f"style='margin-left:{left:.2f}%;width:{width:.2f}%'></i></td>"
        f"<td>{amount(phase.length_ms, 'ms')}{tokens}{speed}</td></tr>"
    )


def _samples(trace: RequestTrace, words: Words) -> str:
    samples: Frame = trace.samples.tail(MOST_SAMPLES)
    if not len(samples):
        return f"<p>{words['no_data']}</p>"
    columns = (samples.time.tolist(), samples["cpu_usage_percent"], samples["memory_usage_mb"])
    rows = "".join(
        f"<tr><td>{(time - trace.start):+.1f} s</td><td>{_value(cpu, 'cpu')}</td>"
        f"<td>{_value(memory, 'memory')}</td></tr>"
        for time, cpu, memory in zip(*columns, strict=True)
    )
    head = "".join(f"<th scope='col'>{words[name]}</th>" for name in ("since_start", "cpu", "memory"))
    return (
        f"<div class='table-frame'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _value(value: float, unit: str) -> str:
    return amount(None if value != value else value, unit)  # NaN differs from itself


def _feedback(records: list[dict[str, Any]], words: Words) -> str:
    given = [record for record in records if record.get("event") == "feedback"]
    if not given:
        return f"<p>{words['no_feedback']}</p>"
    return "".join(f"<p>{html.escape(_opinion(record, words))}</p>" for record in given)


def _opinion(record: Mapping[str, Any], words: Words) -> str:
    rating = str(record.get("rating", ""))
    comment = record.get("comment")
    text = words.get(f"rating_{rating}", rating) or str(record.get("message", ""))
    return f"{text}: {comment}" if comment else text


def _records(records: list[dict[str, Any]]) -> str:
    return "".join(
        f"<pre tabindex='0'>{html.escape(json.dumps(record, ensure_ascii=False, indent=2))}</pre>"
        for record in records
    )
