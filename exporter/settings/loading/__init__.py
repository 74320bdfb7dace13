"""Reads, merges and checks configuration files, variables, flags and secrets."""
