"""Requests against a mock or a live API: drawn by schemathesis, built from facts, sent through the client.

Only the modules of this package load schemathesis or hypothesis; nothing outside of it does.
"""
