"""The checker of invariants: what must hold of the platform's data, whatever happened to them before."""
