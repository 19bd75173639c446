"""The pydantic models of each API, in a module of its name."""
