"""A baseline JPEG encoder of the smallest kind: grey, each block of 8x8 pixels has one brightness (its DC coefficient)."""
import struct

# Annex K of the standard: the luminance DC table; of the AC table nothing but "end of block" is used, 1010.
_DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
_AC_COUNTS = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D]
_AC_VALUES = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a43"
    "4445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2"
    "b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa")
_END_OF_BLOCK = "1010"
_QUANTUM = 8  # of all coefficients, so that a DC step is one step of brightness


def _codes(counts, values):
    code, place, table = 0, 0, {}
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            table[values[place]] = format(code, f"0{length}b")
            code, place = code + 1, place + 1
        code <<= 1
    return table


_DC_CODES = _codes(_DC_COUNTS, bytes(range(12)))


def _difference(value):
    """A DC difference: the code of its size in bits, then its bits; negative ones as the complement."""
    size = abs(value).bit_length()
    bits = format(value if value > 0 else value + (1 << size) - 1, f"0{size}b") if size else ""
    return _DC_CODES[size] + bits


def _segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def encode(columns, rows, brightness, comment=b""):
    """An image of columns x rows blocks; brightness(column, row) is 0..255. The comment can be read back from the bytes."""
    bits, last = [], 0
    for row in range(rows):
        for column in range(columns):
            level = brightness(column, row) - 128
            bits.append(_difference(level - last) + _END_OF_BLOCK)
            last = level
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    return b"".join([
        b"\xff\xd8", _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        *(_segment(0xFE, comment[place:place + 65000]) for place in range(0, len(comment), 65000)),
        _segment(0xDB, b"\0" + bytes([_QUANTUM]) * 64),
        _segment(0xC0, struct.pack(">BHHBBBB", 8, rows * 8, columns * 8, 1, 1, 0x11, 0)),
        _segment(0xC4, b"\x00" + bytes(_DC_COUNTS) + bytes(range(12))),
        _segment(0xC4, b"\x10" + bytes(_AC_COUNTS) + _AC_VALUES),
        _segment(0xDA, b"\x01\x01\0\0\x3f\0"), scan, b"\xff\xd9"])
