"""Work on large arrays, element by element, in blocks that stay in the processor's cache."""

from typing import Final

# From so many elements on an array is large: it is worth a look at its memory, and at how the work is cut up.
LARGE: Final = 1 << 16
