"""The offline pre-check kit (试报工具): one file with which a department judges its files without the hub.

``hub contract kit`` makes it: our own code, the living contracts and the packages that a precheck imports, in one zip
that Python starts. ``start.py`` is its beginning and imports nothing but the standard library; ``judging.py`` is what
it does then. The verdict is that of ``hub check``, because it is the same code.
"""
