"""Every fact and every ruling, followed from the page to the spec, the client and the mock's answers."""
