"""Word of the morning look to others, by mail or chat, through Apprise: only when a verdict has changed.

What was told last, of which workbook and to whom, is remembered in `.kpixl/told.json` in the user's home: the verdicts
alone, and of the addresses nothing but a fingerprint. A verdict that is not passed yet is no news.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpixl.errors import UserError
from kpixl.files.office import NotPrinted
from kpixl.files.whole import write_whole
from kpixl.texts import say

if TYPE_CHECKING:
    from kpixl.workbook.morning import Look

__all__ = ["NotTold", "tell"]

_Verdicts = dict[str, list[Any]]
_SHOWN = "https://github.com/caronc/apprise/wiki"


class NotTold(UserError):
    """Word could not be sent."""


def tell(seen: "Look", urls: Sequence[str]) -> list[str]:
    """Tell each address what has changed since it was told last; return what was done, in sentences.

    Raises
    ------
    NotTold
        If Apprise is not installed, an address is none of its, or a service takes no message. Those before it have been
        told; the next run tells the rest.
    """
    services = [_service(url) for url in urls]
    verdicts: _Verdicts = {row.name: [row.said, row.alert] for row in seen.rows if row.status}
    said, attached = [], None
    for url, service in zip(urls, services, strict=True):
        who = service.url(privacy=True)
        last = _told().get(_fingerprint(seen.path, url), {})
        before = last.get("verdicts", {}) if last.get("month") == f"{seen.as_of:%Y-%m}" else {}
        changed = {name: verdict for name, verdict in verdicts.items() if before.get(name) != verdict}
        if not changed:
            said.append(say("notify.unchanged", who=who))
            continue
        if attached is None:
            attached, missing = _picture(seen)
            said += missing
        _send(service, who, seen, _body(seen, before, changed), attached)
        _remember(_fingerprint(seen.path, url), {"month": f"{seen.as_of:%Y-%m}", "verdicts": before | verdicts})
        said.append(say("notify.sent", who=who))
    return said


def _service(url: str) -> Any:
    try:
        from apprise import Apprise  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NotTold("notify_missing") from error
    service = Apprise.instantiate(url)
    if service is None:
        raise NotTold("notify_address", scheme=url.partition("://")[0][:20], known=_SHOWN)
    return service


def _body(seen: "Look", before: _Verdicts, changed: _Verdicts) -> str:
    lines = [seen.headline, ""]
    for name, (verdict, alert) in changed.items():
        was = before.get(name)
        lines.append(
            say("notify.changed", kpi=name, before=was[0], now=verdict)
            if was and was[0] != verdict
            else say("notify.verdict", kpi=name, now=verdict)
        )
        if alert and not (was and was[1]):
            lines.append(say("notify.alert", kpi=name))
    return "\n".join([*lines, "", *(f"{what}\n    {note}" if note else what for what, note in seen.tasks)])


def _send(service: Any, who: str, seen: "Look", body: str, picture: bytes) -> None:
    title = say("notify.title", file=seen.path.stem, missed=len(seen.missed), day=seen.as_of)
    with tempfile.TemporaryDirectory(prefix="kpixl-") as folder:
        attached = Path(folder, f"{seen.path.stem}_{seen.as_of:%Y-%m-%d}.png")
        if picture:
            attached.write_bytes(picture)
        if not service.notify(body=body, title=title, attach=_attachment(attached) if picture else None):
            raise NotTold("notify_refused", who=who)


def _attachment(path: Path) -> Any:
    from apprise import AppriseAttachment  # noqa: PLC0415 - an extra

    return AppriseAttachment(str(path))


def _picture(seen: "Look") -> tuple[bytes, list[str]]:
    """Return the picture of the month, and why there is none."""
    from kpixl.workbook.morning import picture  # noqa: PLC0415

    try:
        return picture(seen), []
    except NotPrinted as error:
        return b"", [say("notify.no_picture", reason=error)]


def _memory() -> Path:
    return Path.home() / ".kpixl" / "told.json"


def _told() -> dict[str, Any]:
    with suppress(OSError, ValueError, RuntimeError):
        found = json.loads(_memory().read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _remember(fingerprint: str, told: Mapping[str, object]) -> None:
    """Write down what was told; where that cannot be done, the next run tells it again."""
    with suppress(OSError, RuntimeError):
        _memory().parent.mkdir(exist_ok=True)
        content = json.dumps(_told() | {fingerprint: told}, ensure_ascii=False, indent=1)
        write_whole(_memory(), content.encode("utf-8"))


def _fingerprint(path: Path, url: str) -> str:
    return sha256(f"{path.resolve()}\n{url}".encode()).hexdigest()
