"""One module a vendor: sign in, fetch, decode, translate to the model. Nothing else knows a vendor."""
