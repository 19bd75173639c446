"""Measures the mock alone: `python -m benchmarks.mock [--record | --memory]`."""

import sys

from benchmarks.mock import compare

compare.main(sys.argv[1:])
