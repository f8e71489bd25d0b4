"""The whole interface under inputs that no page would send."""
