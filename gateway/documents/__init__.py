"""Documents for people to keep: drawn from a service's data, holding no data of their own."""
