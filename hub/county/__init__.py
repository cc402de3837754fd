"""A county that does not exist (合成县), to try everything on: people, organisations, cases, and what is sent."""
