// Replaced by the next commits.
