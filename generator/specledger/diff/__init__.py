"""Two versions of a contract compared: what changed, and whom it breaks."""
