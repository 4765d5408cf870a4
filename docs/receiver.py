"""Take webhooks, and believe only what is signed: python3 receiver.py whsec_… 8080 (https is the proxy's)."""

import base64
import hmac
import sys
import time
from wsgiref.simple_server import make_server

KEY = base64.b64decode(sys.argv[1].removeprefix("whsec_"))


def is_genuine(told, at, signatures, body):
    is_recent = at.isdecimal() and abs(time.time() - int(at)) <= 300
    digest = hmac.digest(KEY, f"{told}.{at}.".encode() + body, "sha256")
    wanted = b"v1," + base64.b64encode(digest)
    return is_recent and any(hmac.compare_digest(wanted, each.encode()) for each in signatures.split())


def receive(request, answer):
    body = request["wsgi.input"].read(int(request["CONTENT_LENGTH"] or 0))
    sent = [request.get(f"HTTP_WEBHOOK_{name}", "") for name in ("ID", "TIMESTAMP", "SIGNATURE")]
    genuine = is_genuine(*sent, body)
    if genuine:  # the id is the same when it comes again; now fetch what has changed
        print(body.decode(), flush=True)
    answer("204 No Content" if genuine else "401 Unauthorized", [])
    return []


make_server("127.0.0.1", int(sys.argv[2]), receive).serve_forever()
