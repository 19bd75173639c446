"""Keeps documentation pages, OpenAPI specs, generated clients and a mock server in step."""

__version__ = "0.1.0"
