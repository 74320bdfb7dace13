"""What any long-running process needs: clock, worker thread, sockets, memory, logging."""
