"""Runs every benchmark and prints its table: `python -m benchmarks`."""

from benchmarks import commands, read

commands.main()
read.main()
