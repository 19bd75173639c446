"""Emitters: an Api in, files out; nothing here writes outside of a temporary folder."""
