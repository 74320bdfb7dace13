"""What vendor modules are built from: HTTP, decoding, tokens, pacing."""
