"""Runs the command line as `python -m specledger`."""

from specledger.cli import main

main()
