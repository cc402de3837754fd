"""Causes (原因): what one change would mend a bad file. Tried on a sample, told to the sender, never applied.

A file that goes wrong as a whole mostly has one cause, and a list of ten thousand errors hides it. ``explain`` runs a
fixed catalogue of transformations over a bounded, deterministic sample and says of each how many rows would pass.
"""
