"""Take off what containers and terminals put around a line of text: colours, names of services, times."""

import re

from monitoring.formats.programs.patterns import ISO, SHORT_TIME
from monitoring.formats.programs.syslog import JournalHeads, of_priority
from monitoring.formats.programs.wrappers import Inner

# Colours and the like, as terminals take them; rsyslog writes their first character as `#033`.
_COLOURS = re.compile(r"(?:\x1b|#033)\[[0-9;?]*+[A-Za-z]")
# The Kubernetes form of containerd and CRI-O: time, stream, P(artial) or F(ull), text.
_CRI = re.compile(rf"({ISO}) (stdout|stderr) ([PF])(?::[^ ]*)?(?: (.*))?", re.DOTALL)
# `kubectl logs --prefix`. A time behind it may be that of `--timestamps`, or belong to the line.
_KUBECTL = re.compile(r"\[pod/([^\]\s/]+)(?:/([^\]\s]+))?\] ?(.*)", re.DOTALL)
# `docker compose logs` and `docker service logs`, likewise; foreman has a clock in front.
_COMPOSE = re.compile(r"(?:\d\d:\d\d:\d\d )?([A-Za-z0-9][\w.@-]{0,200}+)[ \t]*+\|(?: |$)?(.*)", re.DOTALL)
# What vLLM and Ray put in front of each line of a worker process, also of those that no logger wrote.
_WORKER = re.compile(r"\(([A-Za-z_]\w{0,100}+) pid=(\d{1,9})(?:, ip=[^)\s]{1,100})?\)(?: (.*))?", re.DOTALL)
WORKER = "worker process"
# `docker logs --timestamps`, `kubectl logs --timestamps`, and whatever else begins with a date and a time.
_STAMPED = re.compile(rf"(?:\[({ISO})[^\]]{{0,20}}\]|({ISO}|{SHORT_TIME}))(?:[ \t,|:-]((?s:.*)))?")


def without_colours(text: str) -> str:
    """Return a text as it looks without colours."""
    return _COLOURS.sub("", text) if "\x1b" in text or "#033" in text else text


def of_text(text: str) -> Inner | None:
    """Take the wrapper off a line that is no JSON object; None where there is none."""
    if (found := _CRI.fullmatch(text)) is not None:
        return Inner(found[4] or "", found[1], None, found[3] == "P", "CRI", found[2])
    if (found := _KUBECTL.fullmatch(text)) is not None:
        names = {"pod": found[1], "container": found[2]}
        told = {name: value for name, value in names.items() if value}
        return Inner(found[3], None, None, False, "kubectl", found[1], told)
    if (found := _COMPOSE.fullmatch(text)) is not None:
        return Inner(found[2], None, None, False, "docker compose", found[1], {"service": found[1]})
    if (found := _WORKER.fullmatch(text)) is not None:
        told = {"process_name": found[1], "pid": int(found[2])}
        return Inner(found[3] or "", None, None, False, WORKER, f"{found[1]} {found[2]}", told)
    return of_priority(text)


def of_stamped_text(text: str, heads: JournalHeads) -> Inner | None:
    """Take the head of syslog and of journalctl, or a time, off a line; None where it has none.

    Lines of other forms may look like that, so that those are to be tried first.
    """
    if (inner := heads.take(text)) is not None:
        return inner
    if (found := _STAMPED.fullmatch(text)) is not None:
        return Inner(found[3] or "", found[1] or found[2], None, False, "text with a time")
    return None
