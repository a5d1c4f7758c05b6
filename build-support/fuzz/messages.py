"""Messages that no client sends: bytes as they come, and requests with something wrong in them.

Written field by field, as protobuf's wire format has it, for a library would refuse to.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_VARINT, _FIXED64, _BYTES, _GROUP, _FIXED32 = 0, 1, 2, 3, 5
_EXTREMES = [0, 1, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]


def varint(number: int) -> bytes:
    """Write a number as protobuf does; more than 64 bits are possible here."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _field(number: int, kind: int, value: bytes) -> bytes:
    return varint(number << 3 | kind) + value


def _number_field(number: int, value: int) -> bytes:
    return _field(number, _VARINT, varint(value))


def _bytes_field(number: int, value: bytes) -> bytes:
    return _field(number, _BYTES, varint(len(value)) + value)


_numbers = st.sampled_from(_EXTREMES) | st.integers(0, 2**70)
_field_numbers = st.integers(0, 5) | st.integers(0, 2**29)
_requests = st.builds(
    lambda user, category, count: _number_field(1, user)
    + _number_field(2, category)
    + _number_field(3, count),
    _numbers,
    _numbers,
    _numbers,
)
_fields = st.one_of(
    st.builds(_number_field, _field_numbers, _numbers),
    st.builds(_bytes_field, _field_numbers, st.binary(max_size=40)),
    # A length that is not the truth, up to what no memory holds.
    st.builds(
        lambda number, length, rest: _field(number, _BYTES, varint(length) + rest),
        _field_numbers,
        _numbers,
        st.binary(max_size=10),
    ),
    st.builds(lambda number: _field(number, _GROUP, b""), _field_numbers),
    st.builds(
        lambda number, value: _field(number, _FIXED32, value), _field_numbers, st.binary(max_size=4)
    ),
    st.builds(
        lambda number, value: _field(number, _FIXED64, value), _field_numbers, st.binary(max_size=8)
    ),
    st.builds(
        lambda number, kind: _field(number, kind, b"\x01"), _field_numbers, st.integers(0, 7)
    ),
)


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A request of which some bytes are others, or missing, or twice there."""
    request = bytearray(draw(_requests))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(request) - 1, 0)))
        change = draw(st.sampled_from(("other", "missing", "twice")))
        if change == "other":
            request[place : place + 1] = bytes((draw(st.integers(0, 255)),))
        elif change == "missing":
            del request[place:]
        else:
            request[place:place] = request[: draw(st.integers(0, 8))]
    return bytes(request)


def malformed() -> SearchStrategy[bytes]:
    """Give what makes bodies of messages."""
    return st.one_of(
        st.binary(max_size=200),
        _requests,
        _mutated(),
        st.lists(_fields, max_size=6).map(b"".join),
        # Half of a pair, an overlong zero, what is no beginning: invalid UTF-8.
        st.sampled_from([b"\xed\xa0\xbd", b"\xc0\x80", b"\xff\xfe"]).map(
            lambda text: _bytes_field(4, text) + _bytes_field(1, text)
        ),
        st.integers(1, 60).map(lambda depth: b"\x0b" * depth),  # Groups in groups.
    )
