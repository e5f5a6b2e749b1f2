"""Receive webhooks and check whose they are. Python alone: no package.

    WEBHOOK_SECRET=whsec_… python receive_webhook.py 8080

Every event that is new is printed as one line. Put TLS in front of it: webhooks are only sent to https addresses.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

#: Messages that claim to be older, or from the future, are no longer believed: somebody may have recorded them.
TOLERANCE_SECONDS = 300
#: No event is larger.
MOST_BYTES = 64 * 1024


def is_genuine(secret, headers, body, now):
    """Whether a message bears a signature that only who has the secret can make (https://www.standardwebhooks.com)."""
    name, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit()) or abs(now - int(sent_at)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = name.encode() + b"." + sent_at.encode() + b"." + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is being changed, the old one and the new one sign.
    return any(
        hmac.compare_digest(expected.encode(), one.encode()) for one in headers.get("webhook-signature", "").split()
    )


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what it took; what it does not answer so is sent again, in its order."""

    secret = ""
    seen: ClassVar = set()  # keep it where it outlives the process

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST_BYTES:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_genuine(self.secret, self.headers, body, time.time()):
            return self.answer(401)
        if self.headers["webhook-id"] not in self.seen:  # the same event may come twice
            print(json.dumps(json.loads(body)["data"]), flush=True)
            self.seen.add(self.headers["webhook-id"])
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Only events are printed."""


if __name__ == "__main__":
    Receiver.secret = os.environ["WEBHOOK_SECRET"]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
