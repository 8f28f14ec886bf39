"""What of a picture is shown, and where: by a frame that is drawn around it."""

import json

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import DataConfig, crop, decode, open_dataset
from ada_tf.data.crop import CROPS, Fit
from ada_tf.data.fitting_costs import Cost, changes_of
from ada_tf.shape import Shape
from tests.data import samples
from tests.sentences import refused

SIZES = [(1, 1), (8, 8), (30, 20), (20, 30), (7, 300), (300, 7), (33, 17)]
TARGETS = [(16, 16), (32, 24), (24, 32), (64, 8)]


def framed(size, mode="RGB", inside="blue", frame="red", width=2) -> Image.Image:
    """A picture of one colour in a frame of another."""
    image = Image.new(mode, size, frame)
    image.paste(inside, (width, width, size[0] - width, size[1] - width))
    return image


def fitted(image, how, side=16, color=None, channels=3):
    return decode.to_shape(image, Shape(side, side, channels), Fit(how, color, "box"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("how", CROPS)
def test_boxes_lie_inside_in_the_centre(size, target, how):
    shown, at = crop.place(size, target, how)
    for box, (width, height) in ((shown, size), (at, target)):
        left, top, right, bottom = box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert width - right - left in (0, 1)
        assert height - bottom - top in (0, 1)


def of_aspect(width, height, across, down) -> bool:
    """Whether no box of whole pixels comes closer to an aspect by a change of one side."""
    return abs(width * down - height * across) <= max(across, down) / 2


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("target", TARGETS)
def test_each_crop_keeps_what_it_says(size, target):
    whole, full = (0, 0, *size), (0, 0, *target)
    shown, at = crop.place(size, target, "center")
    assert at == full
    assert shown[:3:2] == (0, size[0]) or shown[1::2] == (0, size[1])  # as much as there is
    width, height = crop.extent(shown)
    assert 1 in (width, height) or of_aspect(width, height, *target)
    shown, at = crop.place(size, target, "pad")
    assert shown == whole
    assert at[:3:2] == (0, target[0]) or at[1::2] == (0, target[1])  # as large as it can be
    width, height = crop.extent(at)
    assert 1 in (width, height) or of_aspect(width, height, *size)
    assert crop.place(size, target, "resize") == (whole, full)


def test_center_cuts_the_frame_of_the_longer_side():
    pixels = fitted(framed((64, 32), width=4), "center")
    assert (pixels[:2] == (255, 0, 0)).all()
    assert (pixels[2:14, [0, -1]] == (0, 0, 255)).all()


@pytest.mark.parametrize("how", ["resize", "pad"])
def test_the_whole_frame_is_kept(how):
    pixels = fitted(framed((64, 32), width=4), how, color="lime" if how == "pad" else None)
    red = (pixels == (255, 0, 0)).all(axis=2)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert (columns[0], columns[-1]) == (0, 15)
    assert (rows[0], rows[-1]) == ((4, 11) if how == "pad" else (0, 15))
    if how == "pad":
        assert (pixels[:4] == (0, 255, 0)).all()
        assert (pixels[12:] == (0, 255, 0)).all()


@pytest.mark.parametrize("how", CROPS)
def test_what_has_the_shape_is_left_alone(how):
    image = samples.noise(0, (16, 16))
    np.testing.assert_array_equal(fitted(image, how), np.asarray(image))
    assert changes_of(image, Shape(16, 16, 3), Fit(how)) == ((), frozenset())


def test_what_is_turned_upright_is_placed_upright():
    sideways = framed((32, 64), width=4)
    sideways.getexif()[0x0112] = 6
    pixels = fitted(sideways, "pad", color="lime")
    assert (pixels[:4] == (0, 255, 0)).all()
    assert (pixels[4:12] != (0, 255, 0)).any(axis=2).all()


@pytest.mark.parametrize(
    ("color", "channels", "largest", "expected"),
    [
        (None, 1, 255, (255,)),
        (None, 2, 255, (255, 0)),
        (None, 3, 255, (255, 255, 255)),
        (None, 4, 65535, (65535, 65535, 65535, 0)),
        (None, 6, 65535, (65535,) * 6),
        ("red", 1, 255, (76,)),
        ("Red", 3, 255, (255, 0, 0)),
        ("#0102fF", 4, 255, (1, 2, 255, 255)),
        ("#0102ff", 3, 65535, (257, 514, 65535)),
        ("white", 2, 65535, (65535, 65535)),
        ("#030303", 5, 255, (3,) * 5),
    ],
)
def test_ground(color, channels, largest, expected):
    assert crop.ground(color, channels, largest) == expected


def test_bands_have_no_colours():
    with refused("pad_color='red'"):
        crop.ground("red", 5, 255)


@pytest.mark.parametrize(
    "wishes",
    [
        {"crop": "middle"},
        {"crop": "pad", "pad_color": "blu"},
        {"crop": "pad", "pad_color": "#12345"},
        {"crop": "pad", "pad_color": "rgb(1,2,3)"},
        {"pad_color": "red"},
    ],
)
def test_impossible_wishes(wishes):
    with refused():
        DataConfig(**wishes)


@pytest.mark.parametrize("color", ["Red", "rebeccapurple", "#00fF00", None])
def test_colours(color):
    assert DataConfig(crop="pad", pad_color=color).fit == Fit("pad", color)


def costs(image, how="center", channels=3):
    return changes_of(image, Shape(16, 16, channels), Fit(how)).costs


@pytest.mark.parametrize(("width", "much"), [(267, True), (266, False), (200, False)])
def test_more_than_a_quarter_is_much(width, much):
    image = Image.new("RGB", (width, 200))
    assert (Cost.AREA in costs(image)) == much
    assert Cost.AREA not in costs(image, "pad") | costs(image, "resize")


@pytest.mark.parametrize(
    ("image", "channels", "expected"),
    [
        (Image.new("RGBA", (16, 16), (1, 2, 3, 254)), 3, {Cost.ALPHA}),
        (Image.new("RGBA", (16, 16), (1, 2, 3, 255)), 3, set()),
        (Image.new("RGB", (16, 16)), 1, {Cost.COLOUR}),
        (Image.new("L", (16, 16)), 3, set()),
        (Image.new("I;16", (16, 16)), 1, {Cost.DEPTH}),
        (Image.new("RGB", (20, 12)), 3, {Cost.AREA, Cost.SIZE}),
        (Image.new("RGB", (15, 15)), 3, {Cost.SIZE}),
    ],
)
def test_costs(image, channels, expected):
    assert costs(image, channels=channels) == expected


def test_a_quarter_itself_is_not_much():
    assert Cost.AREA not in costs(Image.new("RGB", (40, 30)))


@pytest.mark.parametrize(
    ("how", "done"),
    [
        ("center", ("centre cropped", "reduced from 32 pixels")),
        ("pad", ("padded", "reduced from 64x32 pixels")),
        ("resize", ("stretched", "reduced from 64x32 pixels")),
    ],
)
def test_what_is_done_is_said(how, done):
    assert changes_of(Image.new("RGB", (64, 32)), Shape(16, 16, 3), Fit(how)).done == done


def test_what_is_turned_upright_is_measured_upright():
    sideways = samples.noise(0, (16, 32))
    sideways.getexif()[0x0112] = 6
    assert changes_of(sideways, Shape(16, 32, 3), Fit()).done == ("turned upright",)


def test_a_padded_picture_is_enlarged_if_its_longer_side_is_shorter():
    assert Cost.SIZE in costs(Image.new("RGB", (15, 4)), "pad")
    assert Cost.SIZE not in costs(Image.new("RGB", (16, 4)), "pad")
    assert Cost.SIZE in costs(Image.new("RGB", (16, 4)), "resize")


def opened(source, cache, **wishes):
    """(what was said, the report as text, as JSON)."""
    said = []
    config = DataConfig(str(source), resolution=16, cache_dir=str(cache), **wishes)
    open_dataset(config, said.append)
    (text,), (record,) = (list(cache.glob(f"*/data_report.{end}")) for end in ("txt", "json"))
    return said, text.read_text(), json.loads(record.read_text())


def test_what_is_lost_is_said_with_an_example(tmp_path):
    source = samples.folder(tmp_path / "set", ["fits.png", "fits_too.png"], (16, 16))
    samples.folder(source, ["wide.png", "wider.png"], (40, 20))
    samples.folder(source, ["small.png"], (9, 9))
    samples.folder(source, ["icon.png"], (16, 16), "RGBA")
    said, text, record = opened(source, tmp_path / "cache")
    first, *costs, few = said
    assert costs == [
        "data: more than a quarter cut off: 2 of 6 images, such as wide.png; --crop=pad or"
        " --crop=resize keeps all of a picture",
        "data: enlarged: 1 of 6 images, such as small.png; a smaller --resolution has no need to",
        "data: transparent parts laid on white: 1 of 6 images, such as icon.png;"
        " --channels=4 (2 of grey ones) keeps alpha",
    ]
    assert "prepared 6 of 6 images" in first
    assert few.startswith("data: 6 images are few")
    for line in costs:
        assert f"\n{line.removeprefix('data: ')}\n" in text
    expected = {"cropped": 2, "enlarged": 1, "alpha": 1, "colour": 0, "depth": 0}
    assert record["costs"] == expected
    assert (record["crop"], record["resize_filter"]) == ("center", "lanczos")


@pytest.mark.parametrize("how", CROPS)
def test_nothing_is_said_where_nothing_is_lost(tmp_path, how):
    source = samples.folder(tmp_path / "set", ["a.png", "b.png"], (20, 16))
    said, text, record = opened(source, tmp_path / "cache", crop=how)
    assert len(said) == 2  # that it is prepared, and of few images
    assert "images, such as" not in text
    assert not any(record["costs"].values())


def test_the_whole_picture_comes_through_the_door(tmp_path):
    source = tmp_path / "set"
    source.mkdir()
    framed((64, 32), width=4).save(source / "a.png")
    cache = tmp_path / "cache"
    options = {"resolution": 16, "cache_dir": str(cache), "resize_filter": "box"}
    for how in CROPS:
        dataset = open_dataset(DataConfig(str(source), crop=how, **options), samples.quiet)
        expected = fitted(framed((64, 32), width=4), how)
        np.testing.assert_array_equal(dataset.images([0])[0], expected)
    assert len([path for path in cache.iterdir() if path.is_dir()]) == len(CROPS)


@pytest.mark.parametrize(
    ("picture", "wishes", "ground"),
    [
        (Image.new("RGBA", (32, 16), (9, 9, 9, 255)), {"channels": 4}, (255, 255, 255, 0)),
        (Image.new("RGBA", (32, 16), (9, 9, 9, 255)), {"channels": 3}, (255, 255, 255)),
        (Image.new("LA", (32, 16), (9, 255)), {"channels": 2, "pad_color": "black"}, (0, 255)),
        (Image.new("I;16", (32, 16), 9), {"channels": 1, "bits": 16}, (65535,)),
    ],
)
def test_the_ground_has_the_channels_and_bits_of_the_set(tmp_path, picture, wishes, ground):
    source = tmp_path / "set"
    source.mkdir()
    picture.save(source / "a.png")
    config = DataConfig(
        str(source), resolution="16x32", crop="pad", cache_dir=str(tmp_path / "cache"), **wishes
    )
    pixels = open_dataset(config, samples.quiet).images([0])[0]
    assert pixels.shape == (32, 16, len(ground))
    assert (pixels[:12] == ground).all()
    assert (pixels[20:] == ground).all()
    assert (pixels[12:20, :, 0] == 9).all()


def test_a_ground_that_bands_cannot_have_is_refused_before_the_work(tmp_path):
    np.save(tmp_path / "stack.npy", np.zeros([2, 8, 16, 6], np.uint8))
    config = {"resolution": 8, "crop": "pad", "cache_dir": str(tmp_path / "cache")}
    with refused("pad_color='red'"):
        open_dataset(
            DataConfig(str(tmp_path / "stack.npy"), pad_color="red", **config), samples.quiet
        )
    dataset = open_dataset(DataConfig(str(tmp_path / "stack.npy"), **config), samples.quiet)
    assert (dataset.images([0])[0][:2] == 255).all()
