"""The whole gate as one command."""
