"""One package per vendor: sign in, fetch, decode and map to the model. No other code depends on a vendor."""
