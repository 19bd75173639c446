"""What is done with a reading: a draft, a new API, drift against the facts, its acceptance, and the watch."""
