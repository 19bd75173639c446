"""Runs every benchmark and prints its table: `python -m benchmarks`; `--record` keeps the clients' in the README."""

import sys

from benchmarks import clients, commands, read

commands.main()
read.main()
clients.main(sys.argv[1:])
