"""The RPC services of the platform, one package each, with the contracts and the chassis they stand on."""
