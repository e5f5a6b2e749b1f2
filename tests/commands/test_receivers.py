"""A message goes to where its receiver is, and nobody outside can make this service reach what is not theirs to reach.

1. Only global addresses are reached, whatever they are written or wrapped as; others only where the installation allows it, and
   where clouds keep a machine's credentials never.
2. The connection goes to the address that was checked, whatever the name says a moment later; the certificate is the name's.
3. A receiver that hangs, trickles, redirects or never ends its answer holds the sender for no longer than its time.
"""

import ipaddress
import socket
import socketserver
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chain.commands import receivers
from chain.commands.receivers import Answer, Receiver, ReceiverRefused, check_url, may_be_reached

OPEN = ssl.create_default_context()

NEVER = [
    "169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "0.1.2.3", "255.255.255.255", "240.0.0.1",
    "0.0.0.0", "::",  # noqa: S104
       "168.63.129.16", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1%1",
    "192.0.0.192", "192.88.99.1", "fec0::1", "3fff::1", "5f00::1", "100.100.100.200", "2001:0:a9fe:a9fe::1", "::169.254.169.254",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00:ec2::254", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
]  # fmt: skip
GLOBAL = ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", NEVER + PRIVATE + GLOBAL)
def test_only_global_addresses_are_reached_and_private_ones_where_they_are_allowed(address):
    parsed = ipaddress.ip_address(address)
    assert may_be_reached(parsed, private_networks=False) == (address in GLOBAL)
    assert may_be_reached(parsed, private_networks=True) == (address in GLOBAL + PRIVATE)


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/", "ftp://erp.example/", "file:///etc/passwd", "erp.example", "https://", "https:///x", "",
        "https://user:secret@erp.example/", "https://erp.example/#part", "https://10.0.0.1/", "https://[::1]/",
        "https://[::ffff:169.254.169.254]/", "https://169.254.169.254/", "http://127.0.0.1/", "https://erp.example/\n",
        "https://erp.example:99999/", "javascript:alert(1)", "https://0.0.0.0/", "https://erp .example/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_when_it_is_named(url):
    with pytest.raises(ReceiverRefused):
        check_url(url, private_networks=False)


def test_http_is_for_loopback_alone_and_only_where_it_is_allowed():
    assert check_url("http://127.0.0.1:8080/x", private_networks=True).port == 8080
    assert check_url("http://localhost/x", private_networks=True)
    for url in ("http://10.0.0.1/", "http://erp.example/"):
        with pytest.raises(ReceiverRefused):
            check_url(url, private_networks=True)


# --- real receivers on loopback --------------------------------------------------------------------------------------


@contextmanager
def serving(answer, tls=None):
    """A server that gives each connection to ``answer(socket, what it sent)``, until that returns. Gives its port."""
    ended = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            try:
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                asked = b""
                while b"\r\n\r\n" not in asked or len(asked.partition(b"\r\n\r\n")[2]) < 2:
                    chunk = connection.recv(65536)
                    if not chunk:
                        return
                    asked += chunk
                answer(connection, asked, ended)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def saying(*parts):
    def answer(connection, asked, ended):
        for part in parts:
            connection.sendall(part)

    return answer


def post(port, *, scheme="http", host="127.0.0.1", tls=OPEN, resolve=receivers.resolve_name, private=True):
    with Receiver(f"{scheme}://{host}:{port}/hook", private_networks=private, tls=tls, resolve=resolve) as receiver:
        return receiver.post({"webhook-id": "one"}, b"{}")


OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def test_the_message_arrives_as_it_is_with_the_hosts_name():
    came = []

    def answer(connection, asked, ended):
        came.append(asked)
        connection.sendall(OK)

    with serving(answer) as port:
        assert post(port, host="localhost", resolve=lambda name, port: ["127.0.0.1"]) == Answer(204)
    head, _, body = came[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"host: localhost:{port}".encode() in head.lower()
    assert b"webhook-id: one" in head
    assert body == b"{}"


def test_a_redirect_is_an_answer_and_leads_nowhere(monkeypatch):
    asked = []
    plain = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: (asked.append(where), plain(self, where))[1])
    for status in (301, 302, 307, 308):
        there = f"HTTP/1.1 {status} There\r\nLocation: http://169.254.169.254/latest/meta-data/\r\n\r\n".encode()
        with serving(saying(there)) as port:
            assert post(port) == Answer(status)
    assert not any("169.254" in str(where) for where in asked)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("silent", "no answer in time"), ("trickles", "no answer in time"), ("closes", "answer malformed"),
     ("nonsense", "answer malformed")],
)  # fmt: skip
def test_a_receiver_that_does_not_answer_has_its_time_and_no_more(monkeypatch, kind, expected):
    monkeypatch.setattr(receivers, "ANSWER_SECONDS", 0.6)

    def answer(connection, asked, ended):
        if kind == "silent":
            ended.wait(20)
        elif kind == "trickles":
            for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500:
                connection.sendall(bytes([letter]))
                if ended.wait(0.05):
                    return
        elif kind == "nonsense":
            connection.sendall(b"SSH-2.0-x\r\n" * 3)

    with serving(answer) as port:
        start = time.monotonic()
        assert post(port) == Answer(None, expected)
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("slow", [True, False])
def test_an_answer_without_end_is_read_no_further_than_its_bound(monkeypatch, slow):
    monkeypatch.setattr(receivers, "BODY_SECONDS", 0.5)
    sent = 0

    def answer(connection, asked, ended):
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not ended.wait(0.1 if slow else 0):
            piece = b"z" if slow else b"z" * 1000
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            sent += len(piece)

    with serving(answer) as port:
        start = time.monotonic()
        assert post(port) == Answer(200)
        assert time.monotonic() - start < 5
    assert sent < 20_000_000


def test_a_receiver_that_ends_a_kept_connection_when_it_is_used_again_gets_the_message_by_a_new_one():
    came = []

    def answer(connection, asked, ended):
        came.append(asked)
        connection.sendall(OK)
        connection.recv(1)  # the next message begins to come, and the connection ends without a word

    with (
        serving(answer) as port,
        Receiver(f"http://127.0.0.1:{port}/", private_networks=True, tls=OPEN) as receiver,
    ):
        assert [receiver.post({"webhook-id": str(number)}, b"{}") for number in range(3)] == [Answer(204)] * 3
    assert [number for number in range(3) for asked in came if b"webhook-id: %d\r\n" % number in asked] == [0, 1, 2]


def test_a_receiver_that_ends_every_connection_without_a_word_is_asked_no_third_time():
    came = []

    def answer(connection, asked, ended):
        came.append(asked)
        if len(came) == 1:
            connection.sendall(OK)
            connection.recv(1)

    with (
        serving(answer) as port,
        Receiver(f"http://127.0.0.1:{port}/", private_networks=True, tls=OPEN) as receiver,
    ):
        assert [receiver.post({}, b"{}") for _ in range(3)] == [Answer(204), *[Answer(None, "answer malformed")] * 2]
    assert len(came) == 3


def test_nobody_there_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(port) == Answer(None, "no connection")


def test_a_name_that_nobody_knows_is_told_so():
    def nobody(name, port):
        raise socket.gaierror("no such name")

    assert post(443, scheme="https", host="erp.example", resolve=nobody) == Answer(None, "name unknown")
    assert post(443, scheme="https", host="erp.example", resolve=lambda *_: []) == Answer(None, "name unknown")


@pytest.mark.parametrize("address", NEVER + PRIVATE)
def test_a_name_that_leads_where_nothing_may_be_sent_is_refused_before_anything_is_sent(address):
    resolved = ["1.1.1.1", address]  # one bad address among good ones is enough
    answer = post(443, scheme="https", host="erp.example", resolve=lambda *_: resolved, private=False)
    assert answer == Answer(None, "address refused")


def test_http_reaches_loopback_alone_whatever_its_name_says():
    answer = post(80, host="localhost", resolve=lambda *_: ["10.0.0.1"])
    assert answer == Answer(None, "address refused")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7), ("0", 0), ("soon", None), ("-3", None), ("9" * 30, None),
        ("Fri, 31 Dec 2026 23:59:59 +99999999999999", None), ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
    ],
)  # fmt: skip
def test_what_the_receiver_asks_to_wait_is_read(said, seconds):
    with serving(saying(f"HTTP/1.1 503 No\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode())) as port:
        assert post(port) == Answer(503, None, seconds)


def test_a_date_to_wait_for_is_read_too():
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with serving(saying(f"HTTP/1.1 429 No\r\nRetry-After: {until}\r\nContent-Length: 0\r\n\r\n".encode())) as port:
        assert 80 <= post(port).retry_after <= 90


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """(context of a server with a certificate for hooks.example, context that trusts who made it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + pem
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


def test_the_certificate_has_to_be_the_names_though_the_connection_goes_to_an_address(certified):
    server, trusting = certified
    asked = []

    def at_loopback(name, port):
        asked.append(name)
        return ["127.0.0.1"]

    with serving(saying(OK), server) as port:
        assert post(port, scheme="https", host="hooks.example", tls=trusting, resolve=at_loopback) == Answer(204)
        other = post(port, scheme="https", host="other.example", tls=trusting, resolve=at_loopback)
        assert other == Answer(None, "certificate refused")
        assert post(port, scheme="https", tls=trusting) == Answer(None, "certificate refused")
        untrusted = post(port, scheme="https", host="hooks.example", resolve=at_loopback)
        assert untrusted == Answer(None, "certificate refused")
    assert asked == ["hooks.example", "other.example", "hooks.example"]


def test_a_name_that_changes_its_address_after_it_was_checked_changes_nothing():
    """DNS rebinding: the name is asked for one time, and what it says later is not heard."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]])
    asked = []

    def rebinding(name, port):
        asked.append(name)
        return next(answers)

    came = []

    def answer(connection, told, ended):
        came.append(told)
        connection.sendall(OK)

    with (
        serving(answer) as port,
        Receiver(f"http://localhost:{port}/", private_networks=True, tls=OPEN, resolve=rebinding) as receiver,
    ):
        assert [receiver.post({}, b"{}").status for _ in range(3)] == [204] * 3
    assert asked == ["localhost"]
    assert len(came) == 3


def test_where_the_first_address_of_a_name_does_not_answer_the_next_is_tried():
    with serving(saying(OK)) as port:
        assert post(port, host="localhost", resolve=lambda *_: ["::1", "127.0.0.1"]) == Answer(204)
