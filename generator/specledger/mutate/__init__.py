"""One deliberate fault in one artefact at a time, and whether the ordinary gate goes red and names it."""
