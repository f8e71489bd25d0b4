"""Messages and what reads them."""
