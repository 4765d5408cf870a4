"""A request leads to the public internet alone, by TLS, to where it was looked up, and it ends."""

import socket
import ssl
import threading

import pytest

from portal import https
from tests.portal.outside import ADDRESS, HOST, URL, Portal, make_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def portal_of(authority, settings):
    settings.WEBHOOK_HOSTS = [HOST]
    opened = []

    def portal_of(*answers):
        opened.append(Portal(authority, *answers))
        return opened[-1]

    yield portal_of
    for portal in opened:
        portal.close()


def post(portal, url=URL, *, deadline=20.0, **others):
    wire = https.Wire(
        **{"look_up": portal.look_up, "connect": portal.connect, "trust": portal.trust} | others
    )
    return https.post(url, {"webhook-id": "msg_1"}, b"{}", wire=wire, deadline=deadline)


def test_a_request_is_made_and_the_status_of_its_answer_told(portal_of):
    portal = portal_of(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 999999\r\n\r\n"
    )

    assert post(portal) == 202
    first, headers, body = portal.requests[0]
    assert (first, body) == ("POST /changes?from=goldenbook HTTP/1.1", b"{}")
    assert headers == {
        **{"host": HOST, "user-agent": "Goldenbook", "content-type": "application/json"},
        **{"content-length": "2", "connection": "close", "webhook-id": "msg_1"},
    }
    assert portal.connected_to == [(ADDRESS, 443)]


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{HOST}/", f"ftp://{HOST}/", f"//{HOST}/", HOST, "", "https://", "https:///x"),
        *(
            "https://other.example.org/",
            f"https://{HOST}.example.net/",
            f"https://{HOST}./",
            "https://[::1]/",
        ),
        *(f"https://{HOST}:8443/", f"https://{HOST}:x/", f"https://{HOST}:99999/"),
        *(f"https://user@{HOST}/", f"https://user:word@{HOST}/", f"https://{HOST}/#part"),
        *(f"https://{HOST}\\@other.example.org/", f"https://{HOST}/a b", f"https://{HOST}/ä"),
        *("https://127.0.0.1/", "https://2130706433/", "https://localhost/", f"https://{HOST}/\r\nX: y"),
    ],
)
def test_an_address_that_may_not_be_told_is_refused_before_anything_is_looked_up(portal_of, url):
    portal = portal_of()

    with pytest.raises(https.Refused):
        post(portal, url)
    assert (portal.looked_up, portal.connected_to) == (0, [])


@pytest.mark.parametrize(
    "url", [URL, f"https://{HOST}", f"https://{HOST.upper()}:443/", "https://b.example.org:8443/"]
)
def test_an_allowed_host_is_one_whatever_its_letters_and_with_its_port(settings, url):
    settings.WEBHOOK_HOSTS = [HOST, "b.example.org:8443"]

    assert https.split(url)


def test_without_allowed_hosts_nobody_may_be_told(settings):
    settings.WEBHOOK_HOSTS = []

    with pytest.raises(https.Refused, match="WEBHOOK_HOSTS"):
        https.split(URL)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "ff0e::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1"),
    ],
)
def test_what_leads_inside_is_never_connected_to(portal_of, address):
    portal = portal_of()

    assert not https.is_public(address)
    with pytest.raises(https.Refused, match="no address of the public internet"):
        post(portal, look_up=lambda host, port: [ADDRESS, address])
    assert portal.connected_to == []


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_what_is_public_is_public(address):
    assert https.is_public(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
def test_a_number_that_means_inside_is_found_out_when_it_is_looked_up(portal_of, settings, host):
    portal, settings.WEBHOOK_HOSTS = portal_of(), [host]

    with pytest.raises(https.Refused, match=r"no address of the public internet|was not found"):
        post(portal, f"https://{host}/", look_up=https.looked_up)
    assert portal.connected_to == []


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(portal_of):
    portal, answers = portal_of(), iter([[ADDRESS], ["127.0.0.1"]])

    assert post(portal, look_up=lambda host, port: next(answers)) == 204
    assert portal.connected_to == [(ADDRESS, 443)]
    assert next(answers) == ["127.0.0.1"]


def test_where_one_address_does_not_answer_the_next_one_is_asked(portal_of):
    portal, asked = portal_of(), []

    def connect(address, timeout):
        asked.append(address[0])
        if len(asked) == 1:
            raise ConnectionRefusedError
        return portal.connect(address, timeout)

    assert post(portal, look_up=lambda host, port: ["2606:4700::1", ADDRESS], connect=connect) == 204
    assert asked == ["2606:4700::1", ADDRESS]


def test_a_redirect_is_an_answer_that_nobody_follows(portal_of):
    portal = portal_of(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://127.0.0.1/\r\n\r\n")

    assert post(portal) == 307
    assert (len(portal.requests), portal.looked_up) == (1, 1)


def test_a_certificate_of_nobody_we_trust_or_for_another_host_is_refused(portal_of, settings):
    settings.WEBHOOK_HOSTS = [HOST, "other.example.org"]
    portal = portal_of()

    with pytest.raises(https.Refused, match="certificate verify failed"):
        post(portal, trust=https.trusted)
    with pytest.raises(https.Refused, match="certificate verify failed"):
        post(portal, "https://other.example.org/")
    assert portal.requests == []


def test_the_authorities_are_those_of_the_machine_unless_a_test_says_otherwise():
    context = https.Wire().trust()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert https.Wire() == https.Wire(https.looked_up, socket.create_connection, https.trusted)


def test_no_variable_makes_another_authority_trusted(portal_of, authority, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(authority))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    portal = portal_of()

    with pytest.raises(https.Refused, match="certificate verify failed"):
        post(portal, trust=https.trusted)
    # What the standard library would do with them.
    assert post(portal, trust=ssl.create_default_context) == 204
    (tmp_path / "keys").unlink()
    with pytest.raises(https.Refused):
        post(portal, trust=https.trusted)
    assert not (tmp_path / "keys").exists()


def test_an_authority_of_the_machine_is_trusted(portal_of, authority, monkeypatch):
    paths = ssl.get_default_verify_paths()._replace(openssl_cafile=str(authority / "ca.pem"))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)

    assert post(portal_of(), trust=https.trusted) == 204


def test_where_python_names_a_file_that_is_not_there_that_of_the_system_is_trusted(
    portal_of, authority, monkeypatch, tmp_path
):
    nowhere = str(tmp_path / "none")
    paths = ssl.get_default_verify_paths()._replace(openssl_cafile=nowhere, openssl_capath=nowhere)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(https, "AUTHORITIES", (nowhere, str(authority / "ca.pem"), nowhere))

    assert post(portal_of(), trust=https.trusted) == 204


def drip(line):
    while True:
        line.sendall(b"H")
        threading.Event().wait(0.05)


def endless(line):
    while True:
        line.sendall(b"X-Filler: 0123456789\r\n" * 100)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (drip, "no end after 2 seconds"),
        (lambda line: threading.Event().wait(10), "no end after 2 seconds"),
        (endless, "no answer that can be read"),
        (b"SSH-2.0\r\n\r\n", "no answer that can be read"),
        (b"", "no answer that can be read"),
    ],
)
def test_whatever_comes_back_there_is_an_end(portal_of, answer, said):
    deadline = 2 if "2 seconds" in said else 60

    with pytest.raises(https.Refused, match=said):
        post(portal_of(answer), deadline=deadline)


def test_a_look_up_that_does_not_end_is_left_alone(portal_of):
    never = threading.Event()

    with pytest.raises(https.Refused, match="no end after 1 seconds"):
        post(portal_of(), look_up=lambda host, port: never.wait() or [], deadline=1)
    never.set()


def test_a_name_that_there_is_not_is_said(portal_of):
    def look_up(host, port):
        raise OSError

    with pytest.raises(https.Refused, match=f"{HOST} was not found"):
        post(portal_of(), look_up=look_up)
