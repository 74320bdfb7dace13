"""Building blocks of vendor packages: HTTP, decoding, tokens, pacing."""
