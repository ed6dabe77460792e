"""What the page takes out of real encoders' pictures, judged by real decoders (issue 3)."""

import base64
import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

from tests.crypto.typescript import command
from tests.intake.pictures import (
    ORIENTATION,
    PLACE,
    WORD,
    gif_with_comment,
    quiet_pictures,
    telling_pictures,
)

TURNED_BY_EXIF = [
    *("jpeg", "jpeg_progressive", "jpeg_restarts", "jpeg_cmyk", "jpeg_thumbnail", "jpeg_several"),
    *("jpeg_wide", "jpeg_screen", "png", "png_palette", "png_animated"),
    *("webp", "webp_wide", "webp_alpha", "webp_lossless", "webp_animated"),
]
# These are turned by properties of their own.
TURNED_BY_BOXES = ["heic", "heic_wide", "avif"]
TELLING = [*TURNED_BY_EXIF, *TURNED_BY_BOXES, "gif"]
WITH_PLACE = [name for name in TELLING if name not in {"jpeg_thumbnail", "gif"}]
QUIET = ["jpeg_quiet", "png_quiet", "webp_quiet", "gif_quiet"]
FRAMES = {"jpeg_several": 1}
NO_LISTED_DATA = sorted({*TELLING} - {"jpeg_wide", "webp_wide", "heic", "heic_wide"})
TELLING_INFO = {"xmp", "comment", "icc_profile", "Author", "Note", "Comment", "XML:com.adobe.xmp"}


@dataclass(frozen=True)
class Cleaning:
    """A file, what was found in it, and what came out."""

    before: bytes
    after: bytes
    inspection: Mapping[str, Any]
    again: Mapping[str, Any]

    @property
    def codes(self) -> set[str]:
        """What was found."""
        return {finding["code"] for finding in self.inspection["findings"]}


@pytest.fixture(scope="session")
def cleanings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cleaning]:
    """Every picture, cleaned by the page's own code."""
    pillow_heif.register_heif_opener()
    files = {**telling_pictures(), **quiet_pictures(), "gif": gif_with_comment()}
    encoded = json.dumps([base64.b64encode(file).decode() for file in files.values()])
    run = command(tmp_path_factory.mktemp("cleaning"), "clean_main")
    done = subprocess.run(run, input=encoded.encode(), capture_output=True, check=True)
    return {
        name: Cleaning(
            file, base64.b64decode(answer["cleaned"]), answer["inspection"], answer["again"]
        )
        for (name, file), answer in zip(files.items(), json.loads(done.stdout), strict=True)
    }


def _frames(raw: bytes) -> int:
    return int(getattr(Image.open(io.BytesIO(raw)), "n_frames", 1))


def _shown(raw: bytes, count: int) -> list[tuple[tuple[int, int], str, bytes]]:
    """The first frames as a viewer turns them: size, mode and pixels."""
    image = Image.open(io.BytesIO(raw))
    frames = []
    for i in range(count):
        image.seek(i)
        turned = ImageOps.exif_transpose(image)
        frames.append((turned.size, turned.mode, turned.tobytes()))
    return frames


@pytest.mark.parametrize("name", [*TELLING, *QUIET])
def test_the_picture_stays_the_same(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """Issue 3: byte level, no canvas; every pixel of every frame, turned the same way."""
    cleaning = cleanings[name]

    # Pictures behind the first one of a JPEG file are not the picture.
    frames = FRAMES.get(name, _frames(cleaning.before))

    assert _frames(cleaning.after) == frames
    assert _shown(cleaning.after, frames) == _shown(cleaning.before, frames)


@pytest.mark.parametrize("name", TELLING)
def test_no_word_of_any_field_is_left(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """Issue 3: not even where no reader looks."""
    cleaning = cleanings[name]

    assert WORD.encode() in cleaning.before
    assert WORD.encode() not in cleaning.after
    assert WORD.encode("utf-16-le") not in cleaning.after


@pytest.mark.parametrize("name", TURNED_BY_EXIF)
def test_exif_says_how_to_turn_and_nothing_else(
    cleanings: Mapping[str, Cleaning], name: str
) -> None:
    """A photo must not lie on its side after cleaning."""
    block = Image.open(io.BytesIO(cleanings[name].after)).getexif()

    assert dict(block) == {ExifTags.Base.Orientation: ORIENTATION}
    assert not block.get_ifd(ExifTags.IFD.GPSInfo)
    assert not block.get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("name", TURNED_BY_BOXES)
def test_exif_and_xmp_items_are_empty(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """HEIC and AVIF: cleaned in place, as long as before, and still an Exif block to readers."""
    cleaning = cleanings[name]

    image = Image.open(io.BytesIO(cleaning.after))

    assert len(cleaning.after) == len(cleaning.before)
    assert set(image.getexif()) <= {ExifTags.Base.Orientation}
    assert not image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert image.info.get("xmp", b"").strip(b"\0") == b""


@pytest.mark.parametrize("name", NO_LISTED_DATA)
def test_no_packet_text_or_profile_is_left(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """XMP, comments, text chunks, and profiles that viewers assume or that tell a screen."""
    image = Image.open(io.BytesIO(cleanings[name].after))
    image.load()

    assert {key for key in TELLING_INFO if image.info.get(key)} == set()


@pytest.mark.parametrize("name", ["jpeg_wide", "webp_wide", "heic_wide"])
def test_a_shared_wide_colour_space_stays_without_its_maker(
    cleanings: Mapping[str, Cleaning], name: str
) -> None:
    """Colours look the same; date, creator and texts of the profile are gone."""
    cleaning = cleanings[name]
    before, after = (
        Image.open(io.BytesIO(raw)).info["icc_profile"] for raw in (cleaning.before, cleaning.after)
    )
    patches = Image.linear_gradient("L").resize((64, 64))
    colours = Image.merge("RGB", (patches, patches.rotate(90), patches.rotate(180)))

    def seen(profile: bytes) -> bytes:
        screen = ImageCms.createProfile("sRGB")
        shown = ImageCms.profileToProfile(colours, io.BytesIO(profile), screen)
        assert shown is not None
        return shown.tobytes()

    assert seen(after) == seen(before)
    assert after[24:36] == bytes(12)
    assert (b"s\0R\0G\0B" in before, b"s\0R\0G\0B" in after) == (True, False)
    assert (b"desc" in before, b"desc" in after) == (True, False)


@pytest.mark.parametrize("name", WITH_PLACE)
def test_the_place_comes_first(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """Issue 3: the page shows what a photo would give away."""
    cleaning = cleanings[name]

    assert cleaning.inspection["findings"][0] == {"code": "place", "detail": PLACE}
    assert {"device", "time", "author", "serial", "software", "comment"} <= cleaning.codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("jpeg", "trailing"),
        ("jpeg", "profile"),
        ("jpeg_thumbnail", "thumbnail"),
        ("jpeg_several", "preview"),
        ("jpeg_several", "trailing"),
        ("gif", "comment"),
    ],
)
def test_what_else_is_found(cleanings: Mapping[str, Cleaning], name: str, code: str) -> None:
    """Issue 3: also what no camera writes on purpose."""
    assert code in cleanings[name].codes


@pytest.mark.parametrize("name", TELLING)
def test_a_cleaned_file_is_clean(cleanings: Mapping[str, Cleaning], name: str) -> None:
    """A second look finds nothing."""
    cleaning = cleanings[name]

    assert cleaning.inspection["verdict"] == "removable"
    assert (cleaning.again["verdict"], cleaning.again["findings"]) == ("clean", [])


@pytest.mark.parametrize("name", QUIET)
def test_a_file_that_tells_nothing_stays_as_it_is(
    cleanings: Mapping[str, Cleaning], name: str
) -> None:
    """No byte changes where nothing is to be taken out."""
    cleaning = cleanings[name]

    assert cleaning.after == cleaning.before
    assert cleaning.inspection["verdict"] == "clean"
    assert cleaning.inspection["findings"] == []
