"""The mock server beside its peers: a core for the server, a core for the load, the same requests in the same run."""
