import email
import email.policy

from django.core.mail import EmailMessage, get_connection


def test_each_mail_is_a_file_that_mail_programs_open(tmp_path):
    files = get_connection("config.mailfiles.EmailBackend", file_path=str(tmp_path))
    mails = [
        EmailMessage("Grüße aus İstanbul", "Guten Tag", "a@example.org", ["nora@example.org"]),
        EmailMessage("重庆", "Guten Tag", "a@example.org", ["paula@example.org"]),
    ]

    sent = files.send_messages(mails)

    written = sorted(tmp_path.iterdir())
    read = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in written]
    assert sent == 2
    assert [path.suffix for path in written] == [".eml", ".eml"]
    assert [(mail["Subject"], mail["To"]) for mail in read] == [
        ("Grüße aus İstanbul", "nora@example.org"),
        ("重庆", "paula@example.org"),
    ]
