"""The code that every generated client shares: values on the wire, requests, answers, errors."""
