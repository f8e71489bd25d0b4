"""The HTTP door of the platform: parses, authenticates, calls one service, answers. Never imports a service or nameko."""
