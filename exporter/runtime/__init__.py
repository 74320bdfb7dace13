"""Process-level building blocks: clock, worker thread, sockets, memory, logging."""
