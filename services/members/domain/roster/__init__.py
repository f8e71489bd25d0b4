"""The roster as a spreadsheet form: its words (``form``), its rows (``rows``), and what an import would do (``plan``)."""
