"""Runs every benchmark and prints its table: `python -m benchmarks`; `--record` keeps two of them in the README."""

import sys

from benchmarks import clients, commands, read
from benchmarks.mock import compare

commands.main()
read.main()
clients.main(sys.argv[1:])
compare.main(sys.argv[1:])
