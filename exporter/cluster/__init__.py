"""Sharding and leader election among replicas."""
