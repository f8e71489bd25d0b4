"""How the platform is started, here and in containers, and the simulator of the outside world."""
