"""The members database: tables, and functions over an open connection that read and write them."""
