"""Pictures by real encoders, with a telling word in every field that they can carry."""

import io
import struct
from typing import Final

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

WORD: Final = "CANARY"
ORIENTATION: Final = 6
PLACE: Final = "31.23040 N, 121.47369 E"

XMP: Final = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>
<rdf:Description xmp:CreatorTool="{WORD}-tool" xmp:CreateDate="2026-03-05T14:03:22+08:00">
<dc:creator><rdf:Seq><rdf:li>{WORD}-creator</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()

# D50 primaries (red, green, blue; X, Y, Z) of Display P3, and of no screen that is made.
DISPLAY_P3: Final = (
    *(0.51512, 0.24120, -0.00105),
    *(0.29198, 0.69225, 0.04189),
    *(0.15710, 0.06657, 0.78407),
)
ONE_SCREEN: Final = (0.48, 0.23, 0.0, 0.31, 0.69, 0.05, 0.15, 0.07, 0.77)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of an encoded picture."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def scene() -> Image.Image:
    """160 by 120 pixels in colour, different at every side."""
    image = Image.effect_mandelbrot((160, 120), (-2, -1.5, 1, 1.5), 50)
    return Image.merge(
        "RGB", (image, image.rotate(180), Image.linear_gradient("L").resize((160, 120)))
    )


def scenes() -> list[Image.Image]:
    """Four frames of an animation."""
    return [scene().rotate(30 * i) for i in range(4)]


def exif() -> Image.Exif:
    """Place, device, person and time, and how to turn the picture."""
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = ORIENTATION
    block[ExifTags.Base.Make] = f"{WORD}-make"
    block[ExifTags.Base.Model] = f"{WORD}-model"
    block[ExifTags.Base.Artist] = f"{WORD}-artist"
    block[ExifTags.Base.Software] = f"{WORD}-software"
    block[ExifTags.Base.ImageDescription] = f"{WORD}-description"
    details = block.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:03:05 14:03:22"
    details[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    details[ExifTags.Base.BodySerialNumber] = f"{WORD}-serial"
    details[ExifTags.Base.MakerNote] = f"{WORD}-note".encode()
    place = block.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    place[ExifTags.GPS.GPSLatitude] = (31.0, 13.0, 49.44)
    place[ExifTags.GPS.GPSLongitude] = (121.0, 28.0, 25.3)
    return block


def exif_with_thumbnail() -> bytes:
    """An Exif block whose second directory points to a JPEG of its own."""
    small = saved(scene().resize((16, 12)), "JPEG", comment=f"{WORD}-thumbnail".encode())

    def field(tag: int, kind: int, value: int) -> bytes:
        return struct.pack(">HHII", tag, kind, 1, value << 16 if kind == 3 else value)

    first = struct.pack(">H", 1) + field(0x0112, 3, ORIENTATION) + struct.pack(">I", 26)
    second = struct.pack(">H", 2) + field(0x0201, 4, 56) + field(0x0202, 4, len(small))
    tiff = b"MM\0*\0\0\0\x08" + first + second + struct.pack(">I", 0)
    return b"Exif\0\0" + tiff + small


def profile(primaries: tuple[float, ...] | None = None) -> bytes:
    """LittleCMS's sRGB profile, perhaps with the primaries of another colour space."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    numbers = [round(value * 65536) for value in primaries or ()]
    for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ") if primaries else ()):
        start = struct.unpack_from(">I", raw, raw.index(name) + 4)[0]
        struct.pack_into(">3i", raw, start + 8, *numbers[3 * i : 3 * i + 3])
    return bytes(raw)


def _text_chunks() -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Author", f"{WORD}-author")
    chunks.add_text("Note", f"{WORD}-packed" * 9, zip=True)
    chunks.add_itxt("Comment", f"{WORD}-comment")
    chunks.add_itxt("XML:com.adobe.xmp", XMP.decode())
    chunks.add(b"prVt", f"{WORD}-private".encode())
    return chunks


def telling_pictures() -> dict[str, bytes]:
    """One file of every make, by a name for it."""
    still, frames, block = scene(), scenes(), exif()
    more = {"save_all": True, "append_images": frames[1:]}
    seen_through = still.convert("RGBA")
    seen_through.putalpha(128)
    full = {"exif": block, "xmp": XMP, "icc_profile": profile()}
    return {
        "jpeg": saved(still, "JPEG", comment=f"{WORD}-comment".encode(), **full)
        + f"PK{WORD}-behind".encode(),
        "jpeg_progressive": saved(still, "JPEG", exif=block, progressive=True, subsampling=0),
        "jpeg_restarts": saved(still.convert("L"), "JPEG", exif=block, restart_marker_blocks=3),
        "jpeg_cmyk": saved(still.convert("CMYK"), "JPEG", exif=block, optimize=True),
        "jpeg_thumbnail": saved(still, "JPEG", exif=exif_with_thumbnail()),
        "jpeg_several": saved(frames[0], "MPO", exif=block, **more),
        "jpeg_wide": saved(still, "JPEG", exif=block, icc_profile=profile(DISPLAY_P3)),
        "jpeg_screen": saved(still, "JPEG", exif=block, icc_profile=profile(ONE_SCREEN)),
        "png": saved(still, "PNG", pnginfo=_text_chunks(), dpi=(72, 72), **full),
        "png_palette": saved(still.quantize(), "PNG", exif=block, transparency=0),
        "png_animated": saved(frames[0], "PNG", exif=block, pnginfo=_text_chunks(), **more),
        "webp": saved(still, "WEBP", **full),
        "webp_wide": saved(still, "WEBP", exif=block, icc_profile=profile(DISPLAY_P3)),
        "webp_alpha": saved(seen_through, "WEBP", exif=block, xmp=XMP),
        "webp_lossless": saved(seen_through, "WEBP", exif=block, xmp=XMP, lossless=True),
        "webp_animated": saved(frames[0], "WEBP", exif=block, xmp=XMP, **more),
        "heic": saved(still, "HEIF", exif=block.tobytes(), xmp=XMP, icc_profile=profile()),
        "heic_wide": saved(still, "HEIF", exif=block.tobytes(), icc_profile=profile(DISPLAY_P3)),
        "avif": saved(still, "AVIF", **full),
    }


def quiet_pictures() -> dict[str, bytes]:
    """Files that say nothing but what they show."""
    still, frames = scene(), scenes()
    more = {"save_all": True, "append_images": frames[1:]}
    return {
        "jpeg_quiet": saved(still, "JPEG"),
        "png_quiet": saved(still, "PNG"),
        "webp_quiet": saved(still, "WEBP"),
        "gif_quiet": saved(frames[0], "GIF", loop=3, duration=50, **more),
    }


def gif_with_comment() -> bytes:
    """An animation that loops, with a comment."""
    frames = scenes()
    comment = f"{WORD}-comment".encode()
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=3, comment=comment)
