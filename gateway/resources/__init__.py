"""The nouns of the interface, one file for each area. A resource gathers input, calls services, and writes the answer."""
