"""The ways out (共享出口). ``sharing.py`` alone decides what may leave; an outlet only carries it."""
