"""`kpixl status` as a user runs it: the month at a glance, and word to others when a verdict changes, and only then."""

import json
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from kpixl.cli import main
from kpixl.files.office import NotPrinted

_MAPPING = """
source = "crm"
[files.log]
identical = "keep"
[[events]]
event = { column = "種別", values = { "リード" = "lead", "架電" = "call" } }
occurred_at = "日時"
member = "担当"
channel = "チャネル"
"""
Run = Callable[..., tuple[object, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> tuple[object, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan as of 10 April with 30 leads in its first days, and nothing after."""
    path = tmp_path_factory.mktemp("made") / "計画.xlsx"
    with pytest.raises(SystemExit):
        main(["new", str(path), "--goal", "1.2億", "--unit-value", "100万", "--start", "2025-04"])
    _bring(path, leads=30)
    return path


def _bring(path: Path, *, leads: int) -> None:
    mapping, log = path.parent / "map.toml", path.parent / "log.csv"
    mapping.write_text(_MAPPING, encoding="utf-8")
    rows = ["2025-04-03,リード,,セミナー"] * leads + ["2025-04-04,架電,佐藤,セミナー"] * 3
    log.write_text("\n".join(["日時,種別,担当,チャネル", *rows]), encoding="cp932")
    with pytest.raises(SystemExit) as ended:
        main(["import", str(path), str(log), "--map", str(mapping), "--as-of", "2025-04-10", "--replace"])
    assert ended.value.code == 0


@pytest.fixture
def book(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the plan; the home of its user is empty."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return Path(shutil.copy(made, tmp_path))


class _Heard(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Any]:
    """A web server on loopback that keeps what it is told in `heard`, and answers with `answer`."""
    server: Any = HTTPServer(("127.0.0.1", 0), _Heard)
    server.heard, server.answer = [], 200
    server.url = f"json://kato:geheim@127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> bytes:
        raise NotPrinted("print_no_office")

    monkeypatch.setattr("kpixl.workbook.morning.picture", missing)


def test_the_month_at_a_glance(run: Run, book: Path) -> None:
    """30 leads are there; the plan's own sheets say what is asked of April."""
    code, out, _ = run("status", book)
    assert code == 1
    assert "計画.xlsx　2025年4月10日時点" in out
    [lead] = [line for line in out.splitlines() if line.startswith("リード")]
    assert lead.split()[3] == "30"
    assert lead.endswith("× 届かない見込み")
    assert "今週やること" in out
    code, out, _ = run("status", book, "--json")
    told = json.loads(out)
    [lead_row] = [row for row in told["kpis"] if row["kpi"] == "lead"]
    assert (code, lead_row["actual"], lead_row["status"]) == (1, 30, "will_miss")
    assert lead_row["attained"] == pytest.approx(30 / lead_row["due"])
    assert "リード" in told["missed"]
    [revenue] = [row for row in told["kpis"] if row["money"]]
    assert revenue["actual"] is None
    assert revenue["status"] == ""


def test_a_month_on_its_way_ends_well(run: Run, book: Path) -> None:
    """Before anything is due, nothing will be missed."""
    code, out, _ = run("status", book, "--as-of", "2025-04-01")
    assert code == 0
    assert "届かない" not in out


@pytest.mark.usefixtures("no_picture")
def test_word_is_sent_when_a_verdict_changes_and_only_then(run: Run, book: Path, webhook: Any) -> None:
    code, out, err = run("status", book, "--notify", webhook.url)
    assert code == 1, err
    [first] = webhook.heard
    assert first["title"] == "計画：届かない見込み 2件（2025/04/10）"
    assert "リード：× 届かない見込み" in first["message"]
    assert "画像は付けられませんでした" in out
    assert "知らせました" in out
    assert "変わらない" in run("status", book, "--notify", webhook.url)[1]
    assert len(webhook.heard) == 1
    _bring(book, leads=2000)
    run("status", book, "--notify", webhook.url)
    message = webhook.heard[1]["message"]
    assert "リード：× 届かない見込み → ○ 順調" in message
    assert "架電：" not in message


@pytest.mark.usefixtures("no_picture")
def test_no_secret_of_an_address_is_shown_or_kept(run: Run, book: Path, webhook: Any, tmp_path: Path) -> None:
    _, out, err = run("status", book, "--notify", webhook.url)
    kept = (tmp_path / "home" / ".kpixl" / "told.json").read_text("utf-8")
    assert len(webhook.heard) == 1
    assert "geheim" not in out + err + kept
    assert "127.0.0.1" not in kept


@pytest.mark.usefixtures("no_picture")
def test_a_service_that_takes_nothing_is_tried_again(run: Run, book: Path, webhook: Any) -> None:
    webhook.answer = 500
    code, out, err = run("status", book, "--notify", webhook.url)
    assert code == 2
    assert "リード" in out
    assert "送れませんでした" in err
    assert "geheim" not in out + err
    webhook.answer = 200
    assert "知らせました" in run("status", book, "--notify", webhook.url)[1]


@pytest.mark.usefixtures("no_picture")
def test_the_address_may_stand_in_the_environment(
    run: Run, book: Path, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPIXL_NOTIFY", webhook.url)
    run("status", book)
    assert len(webhook.heard) == 1


def test_an_address_of_no_service(run: Run, book: Path) -> None:
    code, _, err = run("status", book, "--notify", "kakapo://secret@host")
    assert code == 2
    assert "kakapo://" in err
    assert "secret" not in err


def test_without_apprise_it_says_what_to_install(run: Run, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    code, _, err = run("status", book, "--notify", "json://127.0.0.1")
    assert code == 2
    assert "kpixl[notify]" in err


@pytest.mark.calc
def test_a_mail_brings_the_picture_of_the_month(run: Run, book: Path) -> None:
    letters: list[bytes] = []

    class Box:
        async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
            letters.append(envelope.content)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    post = Controller(Box(), hostname="127.0.0.1", port=port)
    post.start()
    try:
        address = f"mailto://127.0.0.1:{port}?from=kpixl@example.com&to=boss@example.com&mode=insecure"
        _, out, err = run("status", book, "--notify", address)
    finally:
        post.stop()
    assert "知らせました" in out, err
    [letter] = letters
    parsed = message_from_bytes(letter, policy=policy.default)
    assert "届かない見込み" in parsed["subject"]
    [picture] = [part for part in parsed.walk() if part.get_content_type() == "image/png"]
    assert picture.get_payload(decode=True)[:8] == b"\x89PNG\r\n\x1a\n"
