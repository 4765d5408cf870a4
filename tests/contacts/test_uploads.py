"""What may come in, what is kept of it, who gets it again, and what is left over."""

import datetime
import io
import re
import zipfile

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from contacts import uploads
from contacts.models import Document, Person
from contacts.uploads import PICTURES, accept, tidy_name
from tests import files
from tests.factories import DocumentFactory, PersonFactory, UserFactory, user_in
from tests.files import PDF, WORD, archive, content_types, docx, giant_png, picture, upload, xlsx
from tests.pages import errors_on, save, url_of


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(content: bytes, name: str, **options) -> str:
    with pytest.raises(ValidationError) as refused:
        accept(upload(content, name), name, **options)
    return refused.value.code


# --- what may come in ---

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
GIF_WITH_ARCHIVE = b"GIF89a" + docx()


def bomb() -> bytes:
    """Half a megabyte that would be 400."""
    return docx(**{f"word/{number}.xml": bytes(50 * uploads.MB) for number in range(8)})


def locked() -> bytes:
    """The flag in every head says that the parts are encrypted."""
    content = bytearray(docx())
    for start, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(start), bytes(content)):
            content[found.start() + flag] |= 1
    return bytes(content)


def doubled() -> bytes:
    """Two lists of contents; a program may read the other one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", content_types(WORD))
        packed.writestr("word/document.xml", "<w/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("[Content_Types].xml", content_types("application/vnd.ms-word.template"))
    return made.getvalue()


def broken_part() -> bytes:
    content = bytearray(docx(**{"word/media.bin": bytes(range(256)) * 64}))
    content[content.index(b"word/media.bin") + 40] ^= 0xFF
    return bytes(content)


REFUSED = {
    "a drawing with a script": (SVG, "picture.svg", "file_type"),
    "a drawing called PNG": (SVG, "picture.png", "file_type"),
    "a page with a script": (HTML, "page.html", "file_type"),
    "a page called PDF": (HTML, "paper.pdf", "file_type"),
    "a page after a line end called PDF": (b"\n" + PDF, "paper.pdf", "file_type"),
    "a page that calls itself a PDF later on": (HTML + PDF, "paper.pdf", "file_type"),
    "the test of virus scanners": (EICAR, "eicar.pdf", "file_type"),
    "a program": (b"MZ" + bytes(200), "setup.exe", "file_type"),
    "a program called DOCX": (b"MZ" + bytes(200), "letter.docx", "file_type"),
    "a script of the shell": (b"#!/bin/sh\nrm -rf /\n", "letter.pdf", "file_type"),
    "an old Word file": (OLE, "letter.doc", "file_type"),
    "an old Word file called DOCX": (OLE, "letter.docx", "file_type"),
    "a GIF": (picture("GIF", mode="L"), "picture.gif", "file_type"),
    "a GIF that is an archive, too": (GIF_WITH_ARCHIVE, "letter.docx", "file_type"),
    "a WebP": (picture("WEBP"), "picture.webp", "file_type"),
    "a text": ("Grüße".encode(), "text.txt", "file_type"),
    "nothing but zeros": (bytes(1000), "paper.pdf", "file_type"),
    "an archive": (archive({"a.txt": "a"}), "files.zip", "file_type"),
    "an archive called DOCX": (archive({"a.txt": "a"}), "letter.docx", "file_type"),
    "a Java archive called XLSX": (archive({"META-INF/MANIFEST.MF": "a"}), "list.xlsx", "file_type"),
    "an OpenDocument called DOCX": (
        archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "letter.docx", "file_type",
    ),
    "a presentation called DOCX": (
        docx(f"{files.OFFICE}presentationml.presentation.main+xml"), "letter.docx", "file_type",
    ),
    "a template": (docx(f"{files.OFFICE}wordprocessingml.template.main+xml"), "letter.docx", "file_type"),
    "contents in disguise": (
        docx('&#97;pplication/vnd.ms-word.document.macroEnabled.main+xml"/><!--' + WORD), "letter.docx",
        "file_type",
    ),
    "contents told twice": (doubled, "letter.docx", "file_type"),
    "an archive cut off": (docx()[:-40], "letter.docx", "file_type"),
    "a DOCM": (docx("application/vnd.ms-word.document.macroEnabled.main+xml"), "letter.docm", "file_macros"),
    "a DOCM called DOCX": (
        docx("application/vnd.ms-word.document.macroEnabled.main+xml"), "letter.docx", "file_macros",
    ),
    "an XLSM called XLSX": (
        xlsx("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "list.xlsx", "file_macros",
    ),
    "a DOCX with a macro inside": (docx(**{"word/vbaProject.bin": b"x"}), "letter.docx", "file_macros"),
    "an XLSX with a sheet of macros": (
        xlsx(**{"xl/macrosheets/sheet1.xml": b"x"}), "list.xlsx", "file_macros",
    ),
    "an archive bomb": (bomb, "letter.docx", "file_unpacked"),
    "an archive of ten thousand parts": (
        lambda: docx(**{f"word/{number}": b"" for number in range(10_000)}), "letter.docx", "file_unpacked",
    ),
    "a locked archive": (locked, "letter.docx", "file_type"),
    "an archive with a broken part": (broken_part, "letter.docx", "file_damaged"),
    "a PDF cut off": (PDF[:40], "paper.pdf", "file_damaged"),
    "a PDF with a page behind it": (PDF + HTML * 60, "paper.pdf", "file_damaged"),
    "a PNG cut off": (picture(size=(200, 200))[:-30], "picture.png", "file_damaged"),
    "a JPEG cut off": (picture("JPEG", size=(200, 200))[:-200], "picture.jpg", "file_damaged"),
    "a JPEG of a head alone": (b"\xff\xd8\xff\xe0" + bytes(50), "picture.jpg", "file_damaged"),
    "a PNG of 30,000 by 30,000": (giant_png(30_000, 30_000), "picture.png", "file_pixels"),
    "a PNG of 8,000 by 8,000": (giant_png(8_000, 8_000), "picture.png", "file_pixels"),
    "a PNG called PDF": (picture(), "paper.pdf", "file_ending"),
    "a PDF called PNG": (PDF, "picture.png", "file_ending"),
    "a DOCX called XLSX": (docx(), "list.xlsx", "file_ending"),
    "a PDF with a second ending": (PDF, "paper.pdf.exe", "file_ending"),
    "a PDF without an ending": (PDF, "paper", "file_ending"),
    "a PDF whose ending only looks so": (PDF, "paper\u202efdp.exe", "file_ending"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "name", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_none_of_our_kinds_is_refused(content, name, code):
    content = content() if callable(content) else content

    assert refusal_of(content, name) == code


ACCEPTED = {
    "paper.pdf": PDF,
    "PAPER.PDF": PDF,
    "picture.png": picture(),
    "picture.jpg": picture("JPEG"),
    "picture.jpeg": picture("JPEG"),
    "grey.jpg": picture("JPEG", mode="L"),
    "print.jpg": picture("JPEG", mode="CMYK"),
    "drawing.png": picture(mode="P"),
    "letter.docx": docx(),
    "list.xlsx": xlsx(),
    "list with an embedded one.xlsx": xlsx(**{"xl/embeddings/letter.docx": docx()}),
}


@pytest.mark.parametrize(("name", "content"), ACCEPTED.items(), ids=ACCEPTED.keys())
def test_our_kinds_are_accepted(name, content):
    accepted = accept(upload(content, name), name)

    assert accepted.name == name
    assert uploads.kind_of(accepted.read()) == uploads.kind_of(content)


def test_office_files_as_real_programs_write_them_are_accepted():
    openpyxl = pytest.importorskip("openpyxl")
    written = io.BytesIO()
    openpyxl.Workbook().save(written)

    assert accept(upload(written.getvalue(), "list.xlsx"), "list.xlsx").read() == written.getvalue()


def test_what_is_too_large_is_refused_with_both_sizes(settings):
    settings.UPLOAD_MAX_MB = 1

    with pytest.raises(ValidationError) as refused:
        accept(upload(PDF + bytes(2 * uploads.MB), "paper.pdf"), "paper.pdf")

    assert refused.value.messages == ["The file has 2.0 MB, at most 1 are kept. Save it smaller."]


def test_a_refusal_names_the_kinds_that_are_kept():
    with pytest.raises(ValidationError) as refused:
        accept(upload(PDF, "photo.pdf"), "photo.pdf", kinds=PICTURES)

    assert refused.value.messages == [
        "Only PNG, JPEG can be kept here. This file is none of these, whatever its name says."
    ]


# --- what is kept of a picture ---


def test_a_photo_is_kept_without_place_camera_and_comment():
    exif = Image.Exif()
    exif[0x010F] = "Camera of Nora"
    exif[0x8825] = {1: "N", 2: (51.0, 13.0, 18.0)}
    original = picture("JPEG", exif=exif, comment=b"secret", icc_profile=b"profile of Nora")

    kept = accept(upload(original, "photo.jpg"), "photo.jpg").read()

    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (6, 4)
        assert dict(image.getexif()) == {}
        assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert b"Nora" not in kept
    assert b"secret" not in kept


def test_a_photo_taken_sideways_is_kept_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    kept = accept(upload(picture("JPEG", exif=exif), "photo.jpg"), "photo.jpg").read()

    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (4, 6)


@pytest.mark.parametrize("name", ["picture.png", "picture.jpg"])
def test_what_hides_behind_a_picture_is_gone(name):
    original = picture("PNG" if name.endswith("png") else "JPEG")

    kept = accept(upload(original + HTML + docx(), name), name).read()

    assert b"<script>" not in kept
    assert b"PK\x03\x04" not in kept


def test_a_transparent_picture_stays_transparent():
    original = picture(mode="RGBA")  # of the colour (1, 0, 0, 0)

    kept = accept(upload(original, "seal.png"), "seal.png").read()

    with Image.open(io.BytesIO(kept)) as image:
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0


# --- names ---


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("Brief.pdf", "Brief.pdf"),
        ("Übersicht der Städte.pdf", "Übersicht der Städte.pdf"),
        ("胡衡华.pdf", "胡衡华.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\nora\\Brief.pdf", "Brief.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie_ x=1.pdf"),
        ("gnp\u202efdp.exe", "gnp fdp.exe"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("a\x00b.pdf", "a b.pdf"),
        ("...pdf", "pdf"),
        ("   ", "file"),
        ("a" * 500 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_the_name_people_know_is_kept_as_far_as_it_is_harmless(name, tidy):
    assert tidy_name(name) == tidy


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["../../../evil.pdf", "/etc/cron.d/evil.pdf", "a\r\nb.pdf", 'a"b.pdf', "\u202efdp.pdf", "胡.pdf"]
)
def test_the_stored_name_is_made_by_chance(name, settings):
    paper = DocumentFactory()
    paper.file.save(name, upload(PDF, "x.pdf"))

    assert re.fullmatch(r"documents/[0-9a-f]{32}\.pdf", paper.file.name)
    assert (settings.MEDIA_ROOT / paper.file.name).read_bytes() == PDF
    assert paper.file_name == tidy_name(name)


# --- whichever way it comes ---


@pytest.mark.django_db
def test_a_model_refuses_what_a_form_refuses():
    paper = DocumentFactory()
    paper.file = upload(HTML, "paper.pdf")

    with pytest.raises(ValidationError) as refused:
        paper.full_clean()

    assert list(refused.value.error_dict) == ["file"]


@pytest.mark.django_db
def test_what_was_not_validated_is_looked_at_before_it_is_stored(settings):
    paper = DocumentFactory()
    paper.file = upload(HTML, "paper.pdf")

    with pytest.raises(ValidationError):
        paper.save()

    assert not settings.MEDIA_ROOT.exists()


@pytest.mark.django_db
def test_a_person_has_a_picture_for_a_photo():
    person = PersonFactory()
    person.photo = upload(PDF, "photo.pdf")

    with pytest.raises(ValidationError) as refused:
        person.full_clean()

    assert list(refused.value.error_dict) == ["photo"]


@pytest.fixture
def officer(client, db):
    client.force_login(user_in("officer"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_a_form_takes_a_file_shows_its_name_and_removes_it(officer):
    paper = DocumentFactory()
    name = "Übersicht " + "der Städte " * 12 + ".pdf"

    saved = save(officer, url_of(paper), "document", file=upload(PDF, name))
    paper.refresh_from_db()
    page = officer.get(url_of(paper)).content.decode()

    assert saved.status_code == 302
    assert paper.file_name == tidy_name(name)
    assert f'<a href="/files/contacts.document/{paper.pk}/file/">{paper.file_name}</a>' in page
    assert paper.file.name not in page

    save(officer, url_of(paper), "document", **{"file-clear": "on"})
    paper.refresh_from_db()

    assert (paper.file.name, paper.file_name) == ("", "")


def test_a_form_says_at_the_field_what_is_kept(officer):
    paper = DocumentFactory()

    page = save(officer, url_of(paper), "document", file=upload(SVG, "picture.svg"))

    assert errors_on(page) == {
        "file": [
            "Only PDF, PNG, JPEG, DOCX, XLSX can be kept here. "
            "This file is none of these, whatever its name says."
        ]
    }


def test_a_photo_is_shown_as_a_picture(officer):
    person = PersonFactory()
    save(officer, url_of(person), "person", photo=upload(picture("JPEG"), "Nora.jpg"))
    page = officer.get(url_of(person)).content.decode()

    address = f"/files/contacts.person/{person.pk}/photo/"
    assert f'src="{address}" alt="Nora.jpg"' in page
    assert fetch(officer, address)[0]["Content-Type"] == "image/jpeg"


# --- who gets it ---


def with_file(row, field: str = "file", content: bytes = PDF, name: str = "Brief.pdf"):
    setattr(row, field, upload(content, name))
    row.save()
    return reverse("file", args=[row._meta.label_lower, row.pk, field])


def fetch(client, address: str):
    """The answer, and what it carried."""
    answer = client.get(address)
    return answer, b"".join(answer.streaming_content)


def test_a_file_is_handed_out_to_be_saved_and_never_to_be_run(officer):
    answer, content = fetch(officer, with_file(DocumentFactory()))

    assert content == PDF
    assert {name: answer[name] for name in HEADERS} == HEADERS


HEADERS = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="Brief.pdf"',
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Grüße.pdf", "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf"),
        ("胡.pdf", "attachment; filename*=utf-8''%E8%83%A1.pdf"),
        ('a"b.pdf', 'attachment; filename="a_b.pdf"'),
        ("a\r\nSet-Cookie: x.pdf", 'attachment; filename="a Set-Cookie_ x.pdf"'),
        ("../../a.pdf", 'attachment; filename="a.pdf"'),
    ],
)
def test_a_file_goes_out_under_the_name_people_know(officer, name, header):
    paper = DocumentFactory()
    paper.file.save(name, upload(PDF, "x.pdf"))

    answer, _content = fetch(officer, paper.file.url)

    assert answer["Content-Disposition"] == header
    assert "Set-Cookie" not in answer.headers


def test_rights_are_asked_at_each_download(client, officer):
    address = with_file(DocumentFactory())
    someone = UserFactory()
    client.force_login(someone)
    assert client.get(address).status_code == 403

    right = Permission.objects.get(codename="view_document")
    someone.user_permissions.add(right)
    assert fetch(client, address)[1] == PDF

    someone.user_permissions.remove(right)
    assert client.get(address).status_code == 403

    client.logout()
    assert client.get(address).url == f"{reverse('admin:login')}?next={address}"


def test_a_restricted_field_is_not_there_for_those_without_the_right(officer, monkeypatch):
    address = with_file(PersonFactory(), "photo", picture(), "photo.png")
    monkeypatch.setitem(Person.restricted, "photo", "contacts.view_address")

    assert officer.get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/files/contacts.document/4711/file/",
        "/files/contacts.document/{pk}/title/",
        "/files/contacts.document/{pk}/nothing/",
        "/files/contacts.nothing/{pk}/file/",
        "/files/nothing/{pk}/file/",
        "/files/contacts.document/{pk}/file/4711/",
        "/files/contacts.document/{empty}/file/",
        "/files/contacts.document/..%2F..%2Fetc/file/",
        "/media/{stored}",
        "/files/{stored}",
    ],
)
def test_there_is_no_way_to_a_file_but_by_its_row(officer, address):
    paper, empty = DocumentFactory(), DocumentFactory()
    with_file(paper)

    found = officer.get(address.format(pk=paper.pk, empty=empty.pk, stored=paper.file.name))

    assert found.status_code == 404


def test_a_file_that_the_disk_lost_is_not_found(officer):
    paper = DocumentFactory()
    address = with_file(paper)
    paper.file.storage.delete(paper.file.name)

    assert officer.get(address).status_code == 404


def test_a_download_is_only_read(officer):
    assert officer.post(with_file(DocumentFactory())).status_code == 405


# --- former files ---


def former_address(paper: Document) -> str:
    first = paper.history.exclude(file="").order_by("history_id").first()
    return reverse("former-file", args=["contacts.document", paper.pk, "file", first.history_id])


def test_what_a_paper_was_can_be_fetched_by_those_who_see_its_history(client, officer):
    paper = DocumentFactory()
    with_file(paper)
    with_file(paper, content=PDF + b"\n", name="Corrected.pdf")

    answer, content = fetch(officer, former_address(paper))
    history = paper.history.exclude(file="").order_by("history_id").first()
    page = officer.get(reverse("admin:contacts_document_simple_history", args=[paper.pk, history.pk]))

    assert content == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="Brief.pdf"'
    assert f'<a href="{former_address(paper)}">Brief.pdf</a>' in page.content.decode()
    client.force_login(user_in("reader"))
    assert client.get(former_address(paper)).status_code == 403


def test_a_former_photo_is_not_handed_out(client, db):
    client.force_login(UserFactory(is_superuser=True))
    person = PersonFactory()
    with_file(person, "photo", picture(), "photo.png")
    version = person.history.first().history_id

    address = reverse("former-file", args=["contacts.person", person.pk, "photo", version])

    assert client.get(address).status_code == 404


# --- what is left over ---


@pytest.fixture
def tomorrow():
    return timezone.now() + datetime.timedelta(days=2)


@pytest.mark.django_db
def test_a_replaced_photo_goes_and_the_present_one_stays(tomorrow):
    person = PersonFactory()
    with_file(person, "photo", picture(), "old.png")
    old = person.photo.name
    with_file(person, "photo", picture(), "new.png")

    assert uploads.sweep(now=tomorrow) == [old]
    assert person.photo.storage.exists(person.photo.name)


@pytest.mark.django_db
def test_a_replaced_paper_stays_with_its_history(tomorrow):
    paper = DocumentFactory()
    with_file(paper)
    with_file(paper)

    assert uploads.sweep(now=tomorrow) == []


@pytest.mark.django_db
def test_the_files_of_a_deleted_paper_go(tomorrow):
    paper = DocumentFactory()
    with_file(paper)
    former = paper.file.name
    with_file(paper)
    present = paper.file.name
    paper.delete()

    assert set(uploads.sweep(now=tomorrow)) == {former, present}


@pytest.mark.django_db
def test_a_file_that_may_just_be_coming_in_is_spared():
    paper = DocumentFactory()
    paper.file.storage.save("documents/just-written.pdf", upload(PDF, "x.pdf"))

    assert uploads.sweep() == []
