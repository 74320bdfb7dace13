"""Load settings: read, merge and validate files, environment variables, flags and secrets."""
