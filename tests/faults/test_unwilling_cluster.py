"""A cluster that cannot be reached, or does not want: one sentence each, the documented exit code.

What a small server of our own answers here is what a real one says; the real one that the contract is
held against has neither users nor certificates.
"""

import json
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from search.engines.opensearch_asking import Asker
from search.engines.opensearch_client import Cluster
from search.engines.opensearch_settings import OpenSearchSettings
from search.engines.registry import open_engine
from search.errors import ConfigError, DiskFull, EngineError, EngineUnavailable, IndexCorrupt
from tests.cluster.server import free_ports
from tests.cluster.sharing import need_library

need_library()

CERTIFICATES = Path(__file__).parent / "certificate"


@contextmanager
def answering(status, error, *, tls=False, after=0):
    """Run a server that answers every request so, after some that it answers with 503."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            asked.append(self.headers.get("authorization"))
            busy = len(asked) <= after
            body = json.dumps({"error": error, "status": status}).encode()
            self.send_response(503 if busy else status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    for method in ("PUT", "POST", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.do_GET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / "server.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http{'s' * tls}://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(host, folder, **more):
    settings = OpenSearchSettings((host,), patience=1.0, timeout=5.0, **more)
    with pytest.raises(Exception, match=r".") as caught:
        open_engine(settings, folder, create=True)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "PATH", "--rebuild."))
    return caught.value


def test_nobody_listens(tmp_path, capfd):
    host = f"http://127.0.0.1:{free_ports(1)[0]}"
    error = refusal(host, tmp_path)
    assert isinstance(error, EngineUnavailable)
    assert f"{host} cannot be reached" in str(error)
    assert capfd.readouterr() == ("", "")


def test_a_wrong_password(tmp_path):
    with answering(401, "Unauthorized") as (host, asked):
        error = refusal(host, tmp_path, user="me", password="sesame")
    assert isinstance(error, EngineError)
    assert "does not accept the user or the password; set DUOWEN_OPENSEARCH_USER" in str(error)
    assert "sesame" not in str(error)
    assert asked == ["Basic bWU6c2VzYW1l"]  # it is not tried again: users are locked out so


def test_a_user_without_the_right(tmp_path):
    reason = {"type": "security_exception", "reason": "no permissions for [indices:admin/create]"}
    with answering(403, reason) as (host, _):
        error = refusal(host, tmp_path, api_key="k")
    assert "does not allow this" in str(error)
    assert "no permissions for" in str(error)


def test_a_certificate_of_nobody_known(tmp_path):
    with answering(401, "Unauthorized", tls=True) as (host, asked):
        error = refusal(host, tmp_path)
        assert isinstance(error, EngineUnavailable)
        assert f"certificate of {host} is not to be trusted" in str(error)
        assert "ca_file" in str(error)
        assert asked == []
        trusting = refusal(host, tmp_path, ca_file=str(CERTIFICATES / "authority.pem"))
        assert "does not accept the user" in str(trusting)


def test_https_where_http_is_spoken(tmp_path):
    with answering(401, "Unauthorized") as (host, _):
        error = refusal(host.replace("http:", "https:"), tmp_path)
    assert isinstance(error, EngineUnavailable)
    assert "does not speak https; write http:// in the hosts" in str(error)


def test_a_block_is_no_missing_right(tmp_path):
    reason = {
        "type": "cluster_block_exception",
        "reason": "index [x] blocked by: [FORBIDDEN/8/index write (api)];",
    }
    with answering(403, reason) as (host, _):
        error = refusal(host, tmp_path)
    assert "index write (api)]); lift that block there" in str(error)


def test_an_authority_that_is_no_file(tmp_path):
    with answering(401, "Unauthorized", tls=True) as (host, _):
        error = refusal(host, tmp_path, ca_file=str(tmp_path / "absent.pem"))
    assert isinstance(error, ConfigError)
    assert "absent.pem" in str(error)


def test_a_disk_that_is_full(tmp_path):
    reason = {
        "type": "cluster_block_exception",
        "reason": "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage"
        " watermark, index has read-only-allow-delete block];",
    }
    with answering(429, reason) as (host, asked):
        error = refusal(host, tmp_path)
    assert isinstance(error, DiskFull)
    assert "make room" in str(error)
    assert len(asked) == 1  # to try again fills no emptier disk


def test_a_cluster_that_is_busy_is_asked_again(tmp_path):
    with answering(401, "Unauthorized", after=2) as (host, asked):
        error = refusal(host, tmp_path)
    assert "does not accept" in str(error)
    assert len(asked) == 3


def test_a_cluster_that_stays_busy(tmp_path):
    with answering(503, {"type": "x", "reason": "no cluster manager"}) as (host, asked):
        error = refusal(host, tmp_path)
    assert isinstance(error, EngineUnavailable)
    assert "no cluster manager" in str(error)
    assert len(asked) > 1


@pytest.mark.parametrize(
    "part",
    [
        {"status": 200, "_shards": {"failed": 1}},
        {"status": 503, "error": {"type": "search_phase_execution_exception", "reason": "gone"}},
    ],
)
def test_shards_that_do_not_answer_are_asked_again_also_by_many_searches(monkeypatch, part):
    asked = []

    def ask(*_, **__):
        asked.append(1)
        whole = {"status": 200, "_shards": {"failed": 0}, "hits": {}}
        return {"responses": [whole, part if len(asked) < wanted else whole]}

    monkeypatch.setattr(Cluster, "ask", ask)
    asker = Asker(Cluster(OpenSearchSettings(patience=2.0)), "news-000001")
    wanted = 3
    assert len(asker.many([{}, {}])) == 2
    assert len(asked) == 3
    wanted = 1_000
    with pytest.raises(EngineUnavailable, match=r"not complete \(503.*try again when it is well"):
        asker.many([{}, {}])


def test_fields_of_another_kind(tmp_path):
    reason = {
        "type": "mapper_parsing_exception",
        "reason": "failed to parse field [published] of type [long]",
    }
    with answering(400, reason) as (host, _):
        error = refusal(host, tmp_path)
    assert isinstance(error, IndexCorrupt)
    assert "not as duowen made them" in str(error)


def test_something_else_that_listens(tmp_path):
    with answering(200, "a web page") as (host, _):
        error = refusal(host, tmp_path)
    assert error.exit_code in (1, 4)


def test_a_library_that_is_not_installed(tmp_path):
    script = (
        "import sys; sys.modules['opensearchpy'] = None\n"
        "from pathlib import Path\n"
        "from search.engines.registry import open_engine\n"
        "from search.errors import ConfigError\n"
        "try: open_engine('opensearch', Path('.'))\n"
        "except ConfigError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "pip install 'duowen[opensearch]'" in done.stdout
