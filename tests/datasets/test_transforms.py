"""Transforms of images: what torchvision's documentation promises, its numbers for a seed, and images as tensors.

torchvision is not needed: Pillow is what it uses for images, and PyTorch's draws are what it draws.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tidu as torch
from tidu.datasets import transforms as T
from tidu.datasets.transforms import functional as F

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (11, 14, 3), np.uint8)
COLOUR, GREY = Image.fromarray(PIXELS), Image.fromarray(PIXELS[..., 0])
BYTES = torch.from_numpy(PIXELS.transpose(2, 0, 1).copy())
FLOATS = BYTES.float() / 255


def same(image: Any, tensor: Any, off: float = 0) -> None:
    """An image of Pillow's and a tensor of bytes show the same."""
    found = np.asarray(image).reshape(image.height, image.width, -1).transpose(2, 0, 1).astype(int)
    assert found.shape == tuple(tensor.shape)
    assert np.abs(found - tensor.numpy().astype(int)).max() <= off


# ---- from one kind to the other


def test_bytes_become_floats_from_0_to_1() -> None:
    found = T.ToTensor()(COLOUR)
    assert found.dtype == torch.float32 and found.is_contiguous() and torch.equal(found, FLOATS)
    assert torch.equal(T.ToTensor()(PIXELS), FLOATS)
    assert T.ToTensor()(GREY).shape == (1, 11, 14)
    assert T.ToTensor()(Image.new("1", (2, 1), 1)).tolist() == [[[1.0, 1.0]]]


def test_other_numbers_stay_what_they_are() -> None:
    for mode, dtype in (("F", torch.float32), ("I", torch.int32), ("I;16", torch.uint16)):
        found = T.ToTensor()(Image.new(mode, (3, 2), 300))
        assert (found.dtype, found.shape, found.tolist()) == (dtype, (1, 2, 3), [[[300] * 3] * 2])
    doubles = np.ones((2, 3))
    assert T.ToTensor()(doubles).dtype == torch.float64
    assert T.PILToTensor()(COLOUR).dtype == torch.uint8 and torch.equal(T.PILToTensor()(COLOUR), BYTES)


def test_floats_are_of_the_default_dtype() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert T.ToTensor()(GREY).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "pic", [COLOUR, GREY, COLOUR.convert("RGBA"), COLOUR.convert("LA"), Image.new("I;16", (3, 2), 9)]
)
def test_there_and_back(pic: Any) -> None:
    back = T.ToPILImage()(T.PILToTensor()(pic))
    assert back.mode == pic.mode and back.tobytes() == pic.tobytes()
    assert T.ToPILImage()(np.asarray(pic)).tobytes() == pic.tobytes()


def test_floats_become_bytes() -> None:
    assert F.to_pil_image(FLOATS).tobytes() == COLOUR.tobytes()
    assert F.to_pil_image(FLOATS[0]).mode == "L" and F.to_pil_image(FLOATS, "HSV").mode == "HSV"
    assert np.asarray(F.to_pil_image(FLOATS[:1], "F")).dtype == np.float32


def test_dtypes_scale() -> None:
    ends = torch.tensor([0, 255], dtype=torch.uint8)
    assert F.convert_image_dtype(ends, torch.float32).tolist() == [0.0, 1.0]
    assert F.convert_image_dtype(torch.tensor([0.0, 0.5, 1.0]), torch.uint8).tolist() == [0, 127, 255]
    assert F.convert_image_dtype(ends, torch.int16).tolist() == [0, 255 * 128]
    assert F.convert_image_dtype(torch.tensor([0, 32767], dtype=torch.int16), torch.uint8).tolist() == [0, 255]
    assert T.ConvertImageDtype(torch.float64)(ends).dtype == torch.float64
    with pytest.raises(RuntimeError, match=r"cast from torch.float32 to torch.int64 cannot be performed safely"):
        F.convert_image_dtype(FLOATS, torch.int64)


def test_normalizing() -> None:
    mean, std = [0.1, 0.2, 0.3], (0.5, 0.25, 2.0)
    found = T.Normalize(mean, std)(FLOATS)
    wanted = (FLOATS.numpy() - np.float32(mean)[:, None, None]) / np.float32(std)[:, None, None]
    assert np.array_equal(found.numpy(), wanted)
    assert T.Normalize((0.5,), (0.5,))(FLOATS).max() <= 1 and FLOATS.min() >= 0
    batch = FLOATS[None].clone()
    assert T.Normalize(mean, std, inplace=True)(batch) is batch and np.array_equal(batch[0].numpy(), wanted)
    x = FLOATS.clone().requires_grad_()
    T.Normalize(mean, std)(x).sum().backward()
    assert x.grad[1, 0, 0] == 4


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: T.ToTensor()([1]), TypeError, "pic should be PIL Image or ndarray. Got <class 'list'>"),
        (lambda: T.ToTensor()(np.zeros(3)), ValueError, "pic should be 2/3 dimensional. Got 1 dimensions."),
        (lambda: T.PILToTensor()(PIXELS), TypeError, "pic should be PIL Image. Got"),
        (lambda: T.ToPILImage()(COLOUR), TypeError, "pic should be Tensor or ndarray"),
        (lambda: F.to_pil_image(torch.zeros(5, 2, 2)), ValueError, "pic should not have > 4 channels. Got 5 channels."),
        (lambda: F.to_pil_image(GREY and BYTES[:1], "RGB"), ValueError, "Incorrect mode (RGB) supplied"),
        (lambda: F.to_pil_image(BYTES, "L"), ValueError, "Only modes ['RGB', 'YCbCr', 'HSV'] are supported"),
        (lambda: T.Normalize([0.5], [0.5])(COLOUR), TypeError, "img should be Tensor Image. Got"),
        (lambda: T.Normalize([0.5], [0.5])(BYTES), TypeError, "Input tensor should be a float tensor. Got torch.uint8"),
        (lambda: T.Normalize([0.5], [0])(FLOATS), ValueError, "leading to division by zero"),
        (lambda: T.Normalize([0.5], [1])(FLOATS[0]), ValueError, "Expected tensor to be a tensor image of size"),
        (lambda: T.Resize(4)(PIXELS), TypeError, "img should be PIL Image or a tensor. Got <class 'numpy.ndarray'>"),
        (lambda: T.Resize(4.5), TypeError, "Size should be int or sequence. Got <class 'float'>"),
        (lambda: T.Resize((1, 2, 3)), ValueError, "If size is a sequence, it should have 1 or 2 values"),
        (lambda: T.Resize(4, max_size=4)(COLOUR), ValueError, "max_size = 4 must be strictly greater than"),
        (lambda: T.Resize((4, 4), max_size=9)(COLOUR), ValueError, "max_size should only be passed if size specifies"),
        (lambda: T.Resize(4, "bilinear"), TypeError, "Argument interpolation should be a InterpolationMode"),
        (lambda: T.RandomCrop(99)(COLOUR), ValueError, "(99, 99) is larger than input image size (11, 14)"),
        (lambda: T.CenterCrop((1, 2, 3)), ValueError, "Please provide only two dimensions (h, w) for size."),
        (lambda: T.FiveCrop(12)(COLOUR), ValueError, "Requested crop size (12, 12) is bigger than input size (11, 14)"),
        (lambda: T.Pad("1"), TypeError, "Got inappropriate padding arg"),
        (lambda: T.Pad(1, padding_mode="wrap"), ValueError, "Padding mode should be either constant, edge, reflect"),
        (lambda: T.Pad((1, 2, 3)), ValueError, "Padding must be an int or a 1, 2, or 4 element tuple, not a 3 element"),
        (lambda: T.Pad(1, (1, 2))(COLOUR), ValueError, "does not match the number of channels of the image (2 != 3)"),
        (lambda: T.Lambda(3), TypeError, "Argument lambd should be callable, got 'int'"),
        (lambda: T.RandomChoice(3), TypeError, "Argument transforms should be a sequence"),
        (lambda: T.RandomRotation(-1), ValueError, "If degrees is a single number, it must be positive."),
        (lambda: T.RandomRotation((1, 2, 3)), ValueError, "degrees should be a sequence of length 2."),
        (lambda: T.RandomAffine(0, (0.1, 1.5)), ValueError, "translation values should be between 0 and 1"),
        (lambda: T.RandomAffine(0, scale=(0, 1)), ValueError, "scale values should be positive"),
        (lambda: T.RandomAffine(0, shear=(1, 2, 3)), ValueError, "shear should be a sequence of length 2 or 4."),
        (lambda: T.ColorJitter(-1), ValueError, "If brightness is a single number, it must be non negative."),
        (lambda: T.ColorJitter(hue=0.7), ValueError, "hue values should be between (-0.5, 0.5), but got [-0.7, 0.7]."),
        (lambda: T.ColorJitter(contrast="1"), TypeError, "contrast should be a single number or a list/tuple"),
        (lambda: T.RandomErasing(2), ValueError, "Random erasing probability should be between 0 and 1"),
        (lambda: T.RandomErasing(value="x"), ValueError, "If value is str, it should be 'random'"),
        (lambda: T.RandomErasing(1, value=(1, 2))(FLOATS), ValueError, "either a single value or 3 (number of input"),
        (lambda: T.GaussianBlur(4), ValueError, "Kernel size value should be an odd and positive number."),
        (lambda: T.Grayscale(2)(COLOUR), ValueError, "num_output_channels should be either 1 or 3"),
        (lambda: F.adjust_hue(COLOUR, 0.6), ValueError, "hue_factor (0.6) is not in [-0.5, 0.5]."),
        (lambda: F.adjust_brightness(COLOUR, -1), ValueError, "brightness_factor (-1) is not non-negative."),
        (lambda: F.adjust_contrast(torch.zeros(4, 2, 2), 1), TypeError, "values are [1, 3], but found 4"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_it_says(call: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error) as found:
        call()
    assert told in str(found.value)


# ---- printed forms

PRINTED = """
ToTensor()
PILToTensor()
ToPILImage()
ToPILImage(mode=RGB)
Normalize(mean=(0.5,), std=(0.25,))
Resize(size=32, interpolation=bilinear, max_size=None, antialias=True)
Resize(size=[8, 9], interpolation=nearest, max_size=None, antialias=True)
CenterCrop(size=(4, 4))
Pad(padding=2, fill=0, padding_mode=constant)
Grayscale(num_output_channels=1)
RandomCrop(size=(8, 8), padding=1)
RandomHorizontalFlip(p=0.5)
RandomVerticalFlip(p=0.1)
RandomResizedCrop(size=(8, 8), scale=(0.08, 1.0), ratio=(0.75, 1.3333), interpolation=bilinear, antialias=True)
RandomRotation(degrees=[-10.0, 10.0], interpolation=nearest, expand=False, fill=0)
RandomAffine(degrees=[-5.0, 5.0], translate=(0.1, 0.2), shear=[-3.0, 3.0], fill=9)
ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, hue=(-0.1, 0.1))
RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False)
GaussianBlur(kernel_size=(3, 3), sigma=(0.1, 2.0))
Lambda()
FiveCrop(size=(4, 4))
TenCrop(size=(4, 4), vertical_flip=False)
"""


def test_they_print_as_torchvisions_do() -> None:
    made = [
        T.ToTensor(), T.PILToTensor(), T.ToPILImage(), T.ToPILImage("RGB"), T.Normalize((0.5,), (0.25,)), T.Resize(32),
        T.Resize([8, 9], T.InterpolationMode.NEAREST), T.CenterCrop(4), T.Pad(2), T.Grayscale(), T.RandomCrop(8, 1),
        T.RandomHorizontalFlip(), T.RandomVerticalFlip(0.1), T.RandomResizedCrop(8), T.RandomRotation(10),
        T.RandomAffine(5, (0.1, 0.2), shear=3, fill=9), T.ColorJitter(0.5, hue=0.1), T.RandomErasing(),
        T.GaussianBlur(3), T.Lambda(str), T.FiveCrop(4), T.TenCrop(4),
    ]  # fmt: skip
    assert [repr(transform) for transform in made] == PRINTED.strip().splitlines()
    inner = [T.ToTensor(), T.Grayscale()]
    listed = "\n    ToTensor()\n    Grayscale(num_output_channels=1)\n)"
    assert repr(T.Compose(inner)) == f"Compose({listed}"
    assert repr(T.RandomApply(inner, 0.3)) == f"RandomApply(\n    p=0.3{listed}"
    assert repr(T.RandomChoice(inner)) == f"RandomChoice({listed}(p=None)"
    assert repr(T.RandomOrder(inner)) == f"RandomOrder({listed}"


# ---- images and tensors alike


@pytest.mark.parametrize(
    ("act", "off"),
    [
        (F.hflip, 0), (F.vflip, 0),
        (lambda x: F.crop(x, 2, 3, 5, 6), 0),
        (lambda x: F.crop(x, -2, 9, 8, 9), 0),
        (lambda x: F.crop(x, 20, 20, 3, 3), 0),
        (lambda x: F.center_crop(x, 5), 0),
        (lambda x: F.center_crop(x, (20, 4)), 0),
        (lambda x: F.center_crop(x, (16, 17)), 0),
        (lambda x: F.pad(x, 2, 7), 0),
        (lambda x: F.pad(x, (1, 2, 3, 4), padding_mode="edge"), 0),
        (lambda x: F.pad(x, [3, 2], padding_mode="reflect"), 0),
        (lambda x: F.pad(x, [3], padding_mode="symmetric"), 0),
        (lambda x: F.pad(x, (-1, 2, -3, 0)), 0),
        (lambda x: F.pad(x, (-1, 2, -3, 0), padding_mode="edge"), 0),
        (lambda x: F.resize(x, 22), 1),
        (lambda x: F.resize(x, (5, 7)), 1),
        (lambda x: F.resize(x, 5, max_size=6), 1),
        (lambda x: F.resize(x, (22, 28), T.InterpolationMode.NEAREST), 0),
        (lambda x: F.resized_crop(x, 1, 2, 6, 7, (9, 9)), 1),
        (lambda x: F.rgb_to_grayscale(x), 1),
        (lambda x: F.rgb_to_grayscale(x, 3), 1),
        (lambda x: F.adjust_brightness(x, 1.7), 1),
        (lambda x: F.adjust_contrast(x, 0.3), 1),
        (lambda x: F.adjust_contrast(x, 1.8), 2),
        (lambda x: F.adjust_saturation(x, 0.4), 1),
        (lambda x: F.adjust_saturation(x, 2.5), 3),
        (F.invert, 0),
        (lambda x: F.rotate(F.crop(x, 0, 0, 10, 14), 90), 0),
        (lambda x: F.rotate(x, 180), 0),
        (lambda x: F.rotate(F.crop(x, 0, 0, 10, 14), 90, expand=True), 0),
        (lambda x: F.rotate(F.crop(x, 0, 0, 10, 14), 90, fill=9), 0),
        (lambda x: F.affine(x, 0, [3, -2], 1.0, 0.0), 0),
        (lambda x: F.affine(x, 0, [3, -2], 1.0, 0.0, fill=[1, 2, 3]), 0),
        (lambda x: F.gaussian_blur(x, 3), 0),
    ],
)  # fmt: skip
def test_a_tensor_is_as_good_as_an_image(act: Any, off: float) -> None:
    """Up to where Pillow rounds in between."""
    same(act(COLOUR), act(BYTES), off)
    batch = act(torch.stack([BYTES, BYTES]))
    assert torch.equal(batch[1], act(BYTES))
    assert act(FLOATS).dtype == torch.float32


@pytest.mark.parametrize(
    ("act", "share"),
    [
        (lambda x: F.rotate(x, 30), 0.95),
        (lambda x: F.rotate(x, -20, T.InterpolationMode.BILINEAR, center=(2, 3)), 0.85),
        (lambda x: F.rotate(x, 33, expand=True), 0.95),
        (lambda x: F.affine(x, 20, (1, 2), 1.3, (5, -8)), 0.95),
        (lambda x: F.affine(x, -10, (0, 0), 0.7, 12, T.InterpolationMode.BILINEAR, center=(0, 0)), 0.85),
        (lambda x: F.adjust_hue(x, 0.2), 0.6),
    ],
)
def test_where_they_round_otherwise_most_pixels_are_the_same(act: Any, share: float) -> None:
    image, tensor = np.asarray(act(COLOUR)).transpose(2, 0, 1).astype(int), act(BYTES).numpy().astype(int)
    assert image.shape == tensor.shape
    assert (np.abs(image - tensor) <= 3).mean() >= share


def test_colours_turn_as_they_do_in_hsv() -> None:
    """Once around is where it began, a third of the way makes green of red; grey has no hue."""
    red = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1)
    assert F.adjust_hue(red, 1 / 3).flatten().tolist() == pytest.approx([0, 1, 0], abs=1e-6)
    assert F.adjust_hue(red, -1 / 3).flatten().tolist() == pytest.approx([0, 0, 1], abs=1e-6)
    assert torch.allclose(F.adjust_hue(FLOATS, 0.0), FLOATS, atol=1e-6)
    import colorsys

    turned = F.adjust_hue(FLOATS, 0.3).numpy()
    for i, j in ((0, 0), (5, 7), (10, 13)):
        h, s, v = colorsys.rgb_to_hsv(*FLOATS[:, i, j].tolist())
        assert turned[:, i, j].tolist() == pytest.approx(colorsys.hsv_to_rgb((h + 0.3) % 1, s, v), abs=1e-5)
    grey = torch.full((3, 2, 2), 0.4)
    assert torch.allclose(F.adjust_hue(grey, 0.4), grey)


def test_five_and_ten_crops() -> None:
    five = T.FiveCrop((4, 5))(BYTES)
    assert [tuple(part.shape) for part in five] == [(3, 4, 5)] * 5
    assert torch.equal(five[3], BYTES[:, 7:, 9:]) and torch.equal(five[4], F.center_crop(BYTES, (4, 5)))
    ten = T.TenCrop(4)(COLOUR)
    assert len(ten) == 10 and ten[5].tobytes() == F.crop(F.hflip(COLOUR), 0, 0, 4, 4).tobytes()


def test_erasing_leaves_the_rest() -> None:
    found = F.erase(FLOATS, 1, 2, 3, 4, torch.tensor([5.0])[:, None, None])
    assert (found[:, 1:4, 2:6] == 5).all() and found is not FLOATS and torch.equal(found[:, 4:], FLOATS[:, 4:])
    mine = FLOATS.clone()
    assert F.erase(mine, 0, 0, 1, 1, 7.0, inplace=True) is mine and mine[0, 0, 0] == 7


def test_whitening() -> None:
    matrix, mean = torch.eye(3 * 11 * 14) * 2, torch.full((3 * 11 * 14,), 0.5)
    assert torch.allclose(T.LinearTransformation(matrix, mean)(FLOATS), (FLOATS - 0.5) * 2)
    with pytest.raises(ValueError, match="should be square"):
        T.LinearTransformation(torch.zeros(2, 3), torch.zeros(2))


# ---- draws

RANDOM = {
    "crop": lambda t: T.RandomCrop(6, padding=2),
    "crop if needed": lambda t: T.RandomCrop((20, 8), pad_if_needed=True, fill=3),
    "flip": lambda t: T.RandomHorizontalFlip(),
    "vertical": lambda t: T.RandomVerticalFlip(0.3),
    "resized": lambda t: T.RandomResizedCrop(6),
    "rotation": lambda t: T.RandomRotation((-30, 60)),
    "affine": lambda t: T.RandomAffine(10, (0.2, 0.1), (0.8, 1.2), (1, 2, 3, 4)),
    "jitter": lambda t: T.ColorJitter(0.2, 0.3, 0.4, 0.1),
    "grey": lambda t: T.RandomGrayscale(0.5),
    "apply": lambda t: T.RandomApply([T.RandomVerticalFlip(1.0)], 0.4),
    "blur": lambda t: T.GaussianBlur(3),
}


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_does_the_same_to_images_and_tensors(name: str) -> None:
    transform = RANDOM[name](T)
    for seed in range(3):
        torch.manual_seed(seed)
        image = transform(COLOUR)
        state = torch.get_rng_state()
        torch.manual_seed(seed)
        tensor = transform(BYTES)
        assert torch.equal(torch.get_rng_state(), state)  # as many draws
        assert np.asarray(image).shape[:2] == tuple(tensor.shape[-2:])


@pytest.fixture
def theirs() -> Any:
    return pytest.importorskip("torch")


def test_draws_are_those_of_torchvision(theirs: Any) -> None:
    """What its documentation says it draws, drawn by PyTorch: ``get_params`` returns it."""

    def uniform(low: float, high: float) -> float:
        return theirs.empty(1).uniform_(low, high).item()

    for seed in range(5):
        theirs.manual_seed(seed), torch.manual_seed(seed)
        i, j = (theirs.randint(0, n, size=(1,)).item() for n in (11 - 6 + 1, 14 - 7 + 1))
        assert T.RandomCrop.get_params(COLOUR, (6, 7)) == (i, j, 6, 7)
        assert T.RandomRotation.get_params([-30.0, 60.0]) == uniform(-30, 60)
        angle, across, down = uniform(-5, 5), uniform(-2.8, 2.8), uniform(-1.1, 1.1)
        scale, shear = uniform(0.5, 2), uniform(-1, 1)
        found = T.RandomAffine.get_params([-5, 5], (0.2, 0.1), (0.5, 2), [-1, 1], [14, 11])
        assert found == (angle, (round(across), round(down)), scale, (shear, 0.0))
        order = theirs.randperm(4).tolist()
        factors = uniform(0.5, 1.5), uniform(-0.1, 0.1)
        order_found, *found = T.ColorJitter.get_params((0.5, 1.5), None, None, (-0.1, 0.1))
        assert order_found.tolist() == order and found == [factors[0], None, None, factors[1]]
        flips = [bool(theirs.rand(1) < 0.5) for _ in range(8)]
        flip = T.RandomHorizontalFlip()
        assert [not torch.equal(flip(BYTES), BYTES) for _ in range(8)] == flips
        log = theirs.log(theirs.tensor((0.75, 4 / 3)))
        area, ratio = 154 * uniform(0.3, 0.4), theirs.exp(theirs.empty(1).uniform_(log[0], log[1])).item()
        w, h = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
        i, j = (theirs.randint(0, n, size=(1,)).item() for n in (11 - h + 1, 14 - w + 1))
        assert T.RandomResizedCrop.get_params(COLOUR, (0.3, 0.4), (0.75, 4 / 3)) == (i, j, h, w)
        area, ratio = 154 * uniform(0.1, 0.2), theirs.exp(theirs.empty(1).uniform_(log[0], log[1])).item()
        h, w = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
        noise = theirs.empty([3, h, w]).normal_()
        i, j = (theirs.randint(0, n, size=(1,)).item() for n in (11 - h + 1, 14 - w + 1))
        *found, drawn = T.RandomErasing.get_params(FLOATS, (0.1, 0.2), (0.75, 4 / 3))
        assert found == [i, j, h, w] and np.allclose(drawn.numpy(), noise.numpy(), atol=1e-6)


def test_the_geometry_of_tensors_is_what_pytorch_makes_of_the_same_grid(theirs: Any) -> None:
    """Turned by PyTorch's own ``grid_sample``, over the grid that torchvision's documentation describes."""
    for angle, mode in ((30.0, "nearest"), (-75.0, "bilinear")):
        turn = np.radians(angle)
        inverse = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        x, y = np.meshgrid(np.arange(14) - 6.5, np.arange(11) - 5.0)
        places = np.stack([x, y], -1) @ inverse.T / [7.0, 5.5]
        grid = theirs.from_numpy(places.astype(np.float32))[None]
        image = theirs.from_numpy(FLOATS.numpy())[None]
        wanted = theirs.nn.functional.grid_sample(image, grid, mode, "zeros", align_corners=False)[0]
        found = F.rotate(FLOATS, angle, T.InterpolationMode(mode))
        assert np.allclose(found.numpy(), wanted.numpy(), atol=1e-5)


@pytest.mark.parametrize("size", [(5, 7), (30, 38)])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
def test_tensors_of_another_size_are_pytorchs(mode: str, size: tuple[int, int], theirs: Any) -> None:
    options = {"align_corners": False, "antialias": True} if mode in ("bilinear", "bicubic") else {}
    image = theirs.from_numpy(BYTES.numpy())[None].float()
    wanted = theirs.nn.functional.interpolate(image, size, mode=mode, **options)[0].clamp(0, 255)
    found = F.resize(BYTES, size, T.InterpolationMode(mode))
    assert found.dtype == torch.uint8 and np.abs(found.numpy() - wanted.numpy()).max() <= 0.51


def test_pythons_random_chooses_among_transforms() -> None:
    found, wanted = [], []
    choice = T.RandomChoice([lambda x: 0, lambda x: 1, lambda x: 2], p=[0.2, 0.5, 0.3])
    for seed in range(20):
        random.seed(seed)
        found.append(choice(None))
        random.seed(seed)
        wanted.append(random.choices([0, 1, 2], weights=[0.2, 0.5, 0.3])[0])
    assert found == wanted
    random.seed(1)
    order = T.RandomOrder([lambda x: [*x, "a"], lambda x: [*x, "b"], lambda x: [*x, "c"]])
    assert sorted("".join(order([])) for _ in range(30))[0] == "abc"
    assert len({"".join(order([])) for _ in range(30)}) > 3


def test_probabilities_of_none_and_all() -> None:
    always, never = T.RandomHorizontalFlip(1.0), T.RandomHorizontalFlip(0.0)
    for _ in range(5):
        assert torch.equal(always(BYTES), BYTES.flip(-1)) and never(BYTES) is BYTES
    assert T.RandomErasing(p=0.0)(FLOATS) is FLOATS
    erased = T.RandomErasing(p=1.0, value=-1.0)(FLOATS)
    assert (erased == -1).any() and (FLOATS >= 0).all()


# ---- as programs use them


def test_a_chain_over_real_images() -> None:
    from tidu.datasets import Digits
    from tidu.utils.data import DataLoader

    chain = T.Compose(
        [T.Resize(28), T.RandomCrop(28, padding=2), T.RandomRotation(5), T.ToTensor(), T.Normalize((0.5,), (0.5,))]
    )
    torch.manual_seed(0)
    images, labels = next(iter(DataLoader(Digits(transform=chain), batch_size=16, shuffle=True)))
    assert images.shape == (16, 1, 28, 28) and images.dtype == torch.float32 and labels.dtype == torch.int64
    assert images.min() == -1 and images.max() > 0.5


def test_transforms_stand_in_a_sequential() -> None:
    chain = torch.nn.Sequential(T.CenterCrop(8), T.Normalize((0.5,) * 3, (0.5,) * 3))
    assert chain(FLOATS).shape == (3, 8, 8)


def test_pillow_is_loaded_with_the_first_image() -> None:
    import subprocess
    import sys

    code = "import sys; from tidu import datasets as d; d.Digits(); d.transforms; print('PIL' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
