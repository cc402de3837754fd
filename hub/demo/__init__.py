"""The demonstration: a synthetic county and everything that it needs to run on one machine."""
