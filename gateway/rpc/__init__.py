"""How the gateway reaches the services: one client for a process, typed stubs on top of it."""
