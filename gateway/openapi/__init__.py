"""The interface described: an OpenAPI 3.1 document made from routes and contracts, and a page to read it offline."""
