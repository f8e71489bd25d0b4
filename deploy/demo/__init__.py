"""The demonstration county: 27,385 invented members under the public names of one county's townships.

Everything about people is made up by a program from a seed. Nothing here is part of a service; the loader takes the same ways
in as a county would.
"""
