# PYTHON_ARGCOMPLETE_OK
"""``python -m virtsdk``: the command line."""

import sys

from virtsdk.cli import main

sys.exit(main())
