"""`python -m tests.adversary [WORD…]`: the mutation run, of the guards whose names hold one of the words."""

import sys

from tests.adversary.mutations import main

if __name__ == "__main__":
    sys.exit(main())
