"""A set of ids that takes little memory where ids lie close together, as a catalogue's do."""

_BITS = 10
_MASK = (1 << _BITS) - 1


class IdSet:
    """Holds whole numbers from 0 on: a bit for each in blocks of 1024."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def add(self, number: int) -> bool:
        """Add a number; give whether it was new."""
        block = self._blocks.get(number >> _BITS)
        if block is None:
            block = self._blocks[number >> _BITS] = bytearray(1 << (_BITS - 3))
        at, bit = (number & _MASK) >> 3, 1 << (number & 7)
        if block[at] & bit:
            return False
        block[at] |= bit
        return True

    def __contains__(self, number: int) -> bool:
        block = self._blocks.get(number >> _BITS)
        return block is not None and bool(block[(number & _MASK) >> 3] & 1 << (number & 7))
