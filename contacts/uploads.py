"""Uploaded files: what may come in, what we keep of it, and the field that keeps it.

Whoever brings a file (form, API, loader, shell), the field lets `accept` look at its bytes before they are
stored: never at what the sender says about them. Stored names are made by chance, so nothing of the sender's
reaches the file system; the name people know stands in a column of its own.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import secrets
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import models
from django.db.models.fields.files import FieldFile
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MB = 1024 * 1024
# A telephone's picture has 12 to 50 million; each takes four bytes while it is painted again.
MOST_PIXELS = 50_000_000
# What an Office file of the allowed size may become when a program opens it.
MOST_UNPACKED = 300 * MB
MOST_PARTS = 5_000
LONGEST_NAME = 120

DAMAGED = _("This %(kind)s file is damaged or incomplete. Save it anew and choose it again.")


class Damaged(Exception):
    """The bytes begin like one of our kinds and are none."""


# --- what each kind is ---


def _whole_pdf(content: bytes) -> bytes:
    end = content[-1024:]
    if b"startxref" not in end or b"%%EOF" not in end:
        raise Damaged
    return content


def _picture_anew(content: bytes, image_format: str) -> bytes:
    """The same picture, painted again: without place, camera and comments, and without what hid behind it."""
    # Six megabytes, which only the processes hold that ever take a picture.
    from PIL import Image, ImageOps

    painted = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=[image_format]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _giant()
            ImageOps.exif_transpose(image, in_place=True)
            image.info = {key: value for key, value in image.info.items() if key == "transparency"}
            fits = image_format == "PNG" or image.mode in ("L", "RGB")
            (image if fits else image.convert("RGB")).save(painted, image_format, quality=90)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _giant() from problem
    except Exception as problem:  # Pillow's decoders raise whatever they stumble over
        raise Damaged from problem
    return painted.getvalue()


def _giant() -> ValidationError:
    return ValidationError(
        _("The picture has more than %(limit)d million pixels. Save it smaller."),
        code="file_pixels",
        params={"limit": MOST_PIXELS // 1_000_000},
    )


def _whole_archive(content: bytes) -> bytes:
    """Every part unpacks to what the archive says of it, one block at a time."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.testzip() is not None:
                raise Damaged
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise Damaged from problem
    return content


@dataclass(frozen=True)
class Kind:
    label: str
    endings: tuple[str, ...]
    media_type: str
    kept: Callable[[bytes], bytes]
    """The bytes as we keep them; raises Damaged."""


_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = Kind("PDF", (".pdf",), "application/pdf", _whole_pdf)
PNG = Kind("PNG", (".png",), "image/png", lambda content: _picture_anew(content, "PNG"))
JPEG = Kind("JPEG", (".jpg", ".jpeg"), "image/jpeg", lambda content: _picture_anew(content, "JPEG"))
DOCX = Kind("DOCX", (".docx",), f"{_OFFICE}wordprocessingml.document", _whole_archive)
XLSX = Kind("XLSX", (".xlsx",), f"{_OFFICE}spreadsheetml.sheet", _whole_archive)

PICTURES = (PNG, JPEG)
ALL_KINDS = (PDF, PNG, JPEG, DOCX, XLSX)
ANY_MEDIA_TYPE = "application/octet-stream"
MEDIA_TYPES = {ending: kind.media_type for kind in ALL_KINDS for ending in kind.endings}


_MACRO = re.compile("macroenabled|vbaproject|macrosheet|activex")


def kind_of(content: bytes) -> Kind | None:
    """The kind that these bytes are, whatever the file is called; None for all we do not keep."""
    for start, kind in ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG)):
        if content.startswith(start):
            return kind
    return _office_kind(content) if content.startswith(b"PK\x03\x04") else None


def _office_kind(content: bytes) -> Kind | None:
    # Counted before they are read: a list of a million parts takes more room than the file.
    if content.count(b"PK\x01\x02") > MOST_PARTS:
        raise _too_much_unpacked()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _too_much_unpacked()
            names = [part.filename for part in parts]
            types = _content_types(archive) if "[Content_Types].xml" in names else ""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        return None
    kind = _kind_by(types, names)
    if kind and _has_macros(types, names):
        raise ValidationError(
            _("Files with macros are not kept. Save it as DOCX or XLSX without macros."), code="file_macros"
        )
    return kind


def _content_types(archive: zipfile.ZipFile) -> str:
    with archive.open("[Content_Types].xml") as part:
        raw = part.read(MB)
    return raw.decode(
        "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="replace"
    ).lower()


def _kind_by(types: str, names: list[str]) -> Kind | None:
    # Written as no Office program writes it, so that a search of the text would not see what it says.
    if "<!" in types or "&#" in types or len(set(names)) < len(names):
        return None
    if f"{_OFFICE}wordprocessingml.document.main+xml" in types or "ms-word.document.macroenabled" in types:
        return DOCX
    if f"{_OFFICE}spreadsheetml.sheet.main+xml" in types or "ms-excel.sheet" in types:
        return XLSX
    return None


def _has_macros(types: str, names: list[str]) -> bool:
    return any(_MACRO.search(text) for text in (types, *(name.lower() for name in names)))


def _too_much_unpacked() -> ValidationError:
    return ValidationError(
        _("Unpacked, this file would be larger than %(limit)d MB. Save it smaller, or in parts."),
        code="file_unpacked",
        params={"limit": MOST_UNPACKED // MB},
    )


# --- what may come in ---


class Accepted(ContentFile):
    """Bytes that were looked at, under the name that people know."""


def accept(upload: File, name: str, *, kinds: Collection[Kind] = ALL_KINDS) -> Accepted:
    """What we keep of a file that came under this name; raises a ValidationError with what to do about it."""
    limit = settings.UPLOAD_MAX_MB
    if upload.size > limit * MB:
        raise ValidationError(
            _("The file has %(size).1f MB, at most %(limit)d are kept. Save it smaller."),
            code="file_size",
            params={"size": upload.size / MB, "limit": limit},
        )
    upload.seek(0)
    content = upload.read()
    kind = kind_of(content)
    if kind is None or kind not in kinds:
        raise ValidationError(
            _("Only %(kinds)s can be kept here. This file is none of these, whatever its name says."),
            code="file_type",
            params={"kinds": ", ".join(each.label for each in kinds)},
        )
    if PurePath(tidy_name(name)).suffix.lower() not in kind.endings:
        raise ValidationError(
            _(
                "This is a %(kind)s file, but its name does not end in %(ending)s. "
                "Rename it and choose it again."
            ),
            code="file_ending",
            params={"kind": kind.label, "ending": kind.endings[0]},
        )
    try:
        return Accepted(kind.kept(content), name=tidy_name(name))
    except Damaged as problem:
        raise ValidationError(DAMAGED, code="file_damaged", params={"kind": kind.label}) from problem


_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')


def tidy_name(name: str) -> str:
    """The sender's name for the file, such that every system can keep it and no header breaks on it.

    Without folders, without characters that cannot be seen (line ends, and those that turn the reading
    direction, so that “gnp.exe” reads “exe.png”), not longer than LONGEST_NAME.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(each if unicodedata.category(each)[0] not in "CZ" else " " for each in name)
    name = " ".join(_NOT_IN_NAMES.sub("_", name).split()).lstrip(".")
    path = PurePath(name or "file")
    return f"{path.stem[: LONGEST_NAME - len(path.suffix)]}{path.suffix}"[:LONGEST_NAME]


# --- the field ---


class Upload(FieldFile):
    """A file of a row. It has no address but the one that asks for the reader's rights."""

    field: UploadField
    _committed: bool

    @property
    def original_name(self) -> str:
        """As the people call it who brought it."""
        return getattr(self.instance, self.field.name_field) or posixpath.basename(self.name or "")

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(PurePath(self.name or "").suffix, ANY_MEDIA_TYPE)

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def url(self) -> str:
        if not self or self.instance.pk is None:
            return ""
        return reverse("file", args=[self.instance._meta.label_lower, self.instance.pk, self.field.name])

    def check(self) -> None:
        """Look at a file that is new, and take in its place what we keep of it."""
        if self and not self._committed and not isinstance(self.file, Accepted):
            self.file = accept(self.file, self.name or "", kinds=self.field.kinds)

    def save(self, name: str, content: File, save: bool = True) -> None:
        accepted = content if isinstance(content, Accepted) else accept(content, name, kinds=self.field.kinds)
        setattr(self.instance, self.field.name_field, accepted.name)
        super().save(str(accepted.name), accepted, save)


class UploadField(models.FileField):
    """A file of one of these kinds; `name_field` is the column that keeps the name people know.

    With `keeps_former` a file that was replaced stays with the former versions of its row, as long as there
    is the row; without it goes at the next sweep.
    """

    attr_class = Upload

    def __init__(
        self,
        *args: Any,
        kinds: tuple[Kind, ...] = ALL_KINDS,
        name_field: str = "",
        keeps_former: bool = False,
        **kwargs: Any,
    ) -> None:
        self.kinds, self.name_field, self.keeps_former = kinds, name_field, keeps_former
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """To a migration it is a column with a stored name; what may be stored is not its business."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs

    def clean(self, value: Any, model_instance: Any) -> Any:
        value = super().clean(value, model_instance)
        value.check()
        return value

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        file = super().pre_save(model_instance, add)
        if not file:
            setattr(model_instance, self.name_field, "")
        return file

    def generate_filename(self, instance: Any, filename: Any) -> str:
        return posixpath.join(str(self.upload_to), secrets.token_hex(16) + PurePath(filename).suffix.lower())

    def formfield(self, **kwargs: Any) -> Any:
        hint = format_lazy(
            _("{kinds}; at most {limit} MB."),
            kinds=", ".join(kind.label for kind in self.kinds),
            limit=settings.UPLOAD_MAX_MB,
        )
        # The limit of the column is for our names, not for those people choose.
        field: Any = super().formfield(**{"max_length": None, "help_text": self.help_text or hint, **kwargs})
        endings = [ending for kind in self.kinds for ending in kind.endings]
        field.widget.attrs["accept"] = ",".join(endings)
        return field


# --- what is left over ---

# Younger ones may belong to a row that is just being saved.
SPARED = datetime.timedelta(days=1)


def sweep(*, now: datetime.datetime | None = None) -> list[str]:
    """Remove stored files that no row refers to any more; returns their stored names.

    They stay behind when a photo is replaced, a row is deleted, or a transaction is taken back after its file
    was written. Former files of a row go when the row goes, not before (see UploadField).
    """
    before = (now or timezone.now()) - SPARED
    gone = []
    for field in upload_fields():
        needed = set(_referred(field))
        for name in _stored(field.storage, str(field.upload_to).rstrip("/")):
            if name not in needed and field.storage.get_modified_time(name) < before:
                field.storage.delete(name)
                gone.append(name)
    return gone


def upload_fields() -> list[UploadField]:
    return [
        field for model in apps.get_models() for field in model._meta.fields if isinstance(field, UploadField)
    ]


def _referred(field: UploadField) -> Iterator[str]:
    model: Any = field.model
    rows = model._base_manager.all()
    yield from rows.exclude(**{field.name: ""}).values_list(field.name, flat=True)
    if field.keeps_former:
        former = model.history.filter(id__in=rows.values("pk")).exclude(**{field.name: ""})
        yield from former.values_list(field.name, flat=True)


def _stored(storage: Storage, folder: str) -> Iterator[str]:
    try:
        _folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (posixpath.join(folder, name) for name in names)
