"""Replicas: which targets are this replica's, and whether it polls them."""
