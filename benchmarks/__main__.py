"""Runs every benchmark and prints its table: `python -m benchmarks`."""

from benchmarks import commands

commands.main()
