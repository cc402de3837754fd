"""``run.py`` of an unpacked kit: only Python's own library and the kit's are on the path, then the work begins."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

if __name__ == "__main__":
    from hub.kit.judging import main

    raise SystemExit(main(sys.argv[1:]))
