"""Code that ships verbatim inside the generated packages; it imports nothing of specledger."""
