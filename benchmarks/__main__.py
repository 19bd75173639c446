"""Runs every benchmark and prints its table: `python -m benchmarks`; `--record` keeps three of them in the README."""

import sys

from benchmarks import clients, commands, proofs, read
from benchmarks.mock import compare

commands.main()
read.main()
clients.main(sys.argv[1:])
compare.main(sys.argv[1:])
proofs.main([one for one in sys.argv[1:] if one == "--record"])
