"""How each service is built. Knows no service area; imports contracts and nothing else of ours.

Two kinds of module live here. The leaf modules (settings, ids, clock, sealed, blobs, limits, logging, tracing, metrics,
health) are free of any framework: the gateway's threads and the services' greenlets use the same ones. The others
belong to the services alone.
"""
