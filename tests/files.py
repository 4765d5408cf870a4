"""Files as people and attackers bring them, made on the spot."""

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n28\n%%EOF\n"
OFFICE = "application/vnd.openxmlformats-officedocument."
WORD = f"{OFFICE}wordprocessingml.document.main+xml"
EXCEL = f"{OFFICE}spreadsheetml.sheet.main+xml"


def upload(content: bytes, name: str, media_type: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)


def picture(
    image_format: str = "PNG", *, size: tuple[int, int] = (6, 4), mode: str = "RGB", **options
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, 1).save(made, image_format, **options)
    return made.getvalue()


def archive(parts: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


def content_types(main: str) -> str:
    return f'<?xml version="1.0"?><Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'


def docx(main: str = WORD, **parts: bytes) -> bytes:
    return archive({"[Content_Types].xml": content_types(main), "word/document.xml": b"<w/>", **parts})


def xlsx(main: str = EXCEL, **parts: bytes) -> bytes:
    return archive({"[Content_Types].xml": content_types(main), "xl/workbook.xml": b"<x/>", **parts})


def giant_png(width: int, height: int) -> bytes:
    """Says that it is so large; holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b""))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
