"""Roster files: their dry run, their application in one transaction, and the export in the same form."""
