"""A portal outside: a server that speaks TLS, with a certificate of an authority made for the tests."""

import socket
import ssl
import subprocess
import threading
from contextlib import suppress

from portal import https
from tests.programs import program

HOST = "portal.example.org"
URL = f"https://{HOST}/changes?from=goldenbook"
# Of the public internet; nobody is asked there, the connection is put in its place.
ADDRESS = "1.1.1.1"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


def make_authority(folder):
    """The authority's certificate, and one that it has given to the host, with its key."""
    openssl = program("openssl", needed_for="certificates are made with it")

    def run(*words):
        subprocess.run([openssl, *words], check=True, capture_output=True, cwd=folder)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    # Since Python 3.13 an authority has to say that it may sign, and a certificate by which key it is.
    authority = ["-x509", "-subj", "/CN=Test CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    run("req", *authority, *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2")
    run("req", *key, "-keyout", "host.key", "-out", "host.csr", "-subj", f"/CN={HOST}")
    (folder / "names").write_text(f"subjectAltName=DNS:{HOST}\nauthorityKeyIdentifier=keyid\n")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    run("x509", "-req", "-in", "host.csr", *signing, "-out", "host.pem")
    return folder


class Portal:
    """Answers one connection after another: with bytes, or as a function does that gets the line."""

    def __init__(self, authority, *answers):
        self.answers, self.requests, self.connected_to, self.looked_up = list(answers), [], [], 0
        self.authority = authority
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority / "host.pem", authority / "host.key")
        self.over = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while not self.over.is_set():
            with suppress(OSError):
                plain, _address = self.listener.accept()
                plain.settimeout(30)
                with self.context.wrap_socket(plain, server_side=True) as line:
                    self.requests.append(read(line))
                    answer = self.answers.pop(0) if self.answers else ANSWER
                    if callable(answer):
                        answer(line)
                    else:
                        line.sendall(answer)

    def close(self):
        self.over.set()
        self.listener.close()

    @property
    def wire(self):
        return https.Wire(self.look_up, self.connect, self.trust)

    def look_up(self, host, port):
        self.looked_up += 1
        return [ADDRESS]

    def connect(self, address, timeout):
        self.connected_to.append(address)
        return socket.create_connection(self.listener.getsockname(), timeout)

    def trust(self):
        return ssl.create_default_context(cafile=self.authority / "ca.pem")


def read(line):
    """First line, headers in lower case, body."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += line.recv(4096)
    head, body = text.split(b"\r\n\r\n", 1)
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
    while len(body) < int(headers["content-length"]):
        body += line.recv(4096)
    return first, headers, body
