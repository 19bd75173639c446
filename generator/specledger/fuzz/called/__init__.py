"""A generated client held to what it documents: what it sends, what it makes of answers, when it sends again."""
