"""The pictures that tools drew, as files that a person can open."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path

from ankus_runner.errors import PictureError
from ankus_runner.hosts import Image

ENDINGS = {
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}


def save_pictures(images: Iterable[Image], folder: Path) -> list[Path]:
    """Write each as `chart-<n>.<ending>`, with the first numbers that are free, and give the paths.

    Raises:
        PictureError: The folder cannot be made or written to.
    """
    return [_save(image, folder) for image in images]


def _save(image: Image, folder: Path) -> Path:
    ending = ENDINGS.get(image.media_type, "bin")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            path = folder / f"chart-{number}.{ending}"
            try:
                with path.open("xb") as file:
                    file.write(image.data)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise PictureError(
            f"Cannot write a picture into {folder}: {error.strerror}.", hint="Name another with --charts."
        ) from error
    raise AssertionError  # count does not end
