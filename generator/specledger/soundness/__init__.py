"""Whether hand-written files are sound in themselves, before anything is compared with them."""
