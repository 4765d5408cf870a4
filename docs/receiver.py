"""Take webhooks, and believe only what is signed: python3 receiver.py whsec_… 8080 (https is the proxy's)."""

import base64
import hmac
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(sys.argv[1].removeprefix("whsec_"))


def is_genuine(headers, body):
    told, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > 300:
        return False
    digest = base64.b64encode(hmac.digest(KEY, f"{told}.{at}.".encode() + body, "sha256"))
    signatures = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(b"v1," + digest, each) for each in signatures)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        genuine = is_genuine(self.headers, body)
        self.send_response(204 if genuine else 401)
        self.end_headers()
        if genuine:  # the webhook-id is the same when it comes again; now fetch what has changed
            print(body.decode(), flush=True)


HTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver).serve_forever()
