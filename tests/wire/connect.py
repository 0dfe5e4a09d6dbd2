"""`python -m tests.wire.connect BASE …`: the command line of Pullquote, on a double's `base`."""

from __future__ import annotations

import sys

from bot.cli import main
from tests.wire.clients import redirected

if __name__ == "__main__":
    with redirected(sys.argv.pop(1)):
        main()
