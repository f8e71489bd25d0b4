"""Excel in and out: the only place that knows calamine and xlsxwriter. What the form means is for ``domain.roster``."""
