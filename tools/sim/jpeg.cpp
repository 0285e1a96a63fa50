#include "tools/sim/jpeg.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <string>

#include "tools/sim/random.hpp"

namespace sim {

namespace {
constexpr int width = 1280;
constexpr int height = 720;
constexpr int tile_columns = width / 8;
constexpr int tile_rows = height / 8;

// Huffman tables (ITU-T T.81, B.2.4.2): how many codes there are of each length, then their symbols.
struct Huffman {
  std::array<std::uint8_t, 16> lengths;
  base::ByteView symbols;
};
constexpr std::array<std::uint8_t, 12> dc_symbols{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
constexpr std::array<std::uint8_t, 4> ac_symbols{0x00, 0x01, 0x02, 0x03};  // end of block; next coefficient, 1..3 bits
constexpr Huffman dc_table{{0, 1, 5, 1, 1, 1, 1, 1, 1}, dc_symbols};
constexpr Huffman ac_table{{0, 3, 1}, ac_symbols};

struct Code {
  std::uint32_t bits = 0;
  int count = 0;
};
using Codes = std::array<Code, 16>;  // by symbol; the largest one in use is 11

constexpr Codes codes_of(const Huffman& table) {
  Codes codes{};
  std::uint32_t next = 0;
  std::size_t symbol = 0;
  for (int length = 1; length <= 16; ++length, next <<= 1)
    for (int n = table.lengths[static_cast<std::size_t>(length - 1)]; n > 0; --n)
      codes[table.symbols[symbol++]] = {next++, length};
  return codes;
}
constexpr Codes dc_codes = codes_of(dc_table);
constexpr Codes ac_codes = codes_of(ac_table);

class BitWriter {
 public:
  explicit BitWriter(base::Bytes& out) : out_(out) {}

  void put(std::uint32_t bits, int count) {
    pending_ = (pending_ << count) | bits;
    held_ += count;
    for (; held_ >= 8; held_ -= 8) byte(static_cast<std::uint8_t>(pending_ >> (held_ - 8)));
  }
  void finish() {
    if (held_ > 0) put((1U << (8 - held_)) - 1, 8 - held_);  // filled up with ones, as the standard asks
  }
  // A symbol that says how many bits follow, then the value in its "additional bits" form.
  void value(const Codes& codes, int number) {
    const int size = static_cast<int>(std::bit_width(static_cast<unsigned>(std::abs(number))));
    const Code& code = codes[static_cast<std::size_t>(size)];
    put(code.bits, code.count);
    const int additional = number < 0 ? number + (1 << size) - 1 : number;
    if (size > 0) put(static_cast<std::uint32_t>(additional), size);
  }

 private:
  void byte(std::uint8_t value) {
    out_.push_back(value);
    if (value == 0xff) out_.push_back(0);  // byte stuffing
  }
  base::Bytes& out_;
  std::uint64_t pending_ = 0;
  int held_ = 0;
};

void segment(base::Bytes& out, std::uint8_t marker, base::ByteView body) {
  const std::size_t length = body.size() + 2;
  out.insert(out.end(), {0xff, marker, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)});
  out.insert(out.end(), body.begin(), body.end());
}

void huffman_segment(base::Bytes& out, std::uint8_t id, const Huffman& table) {
  base::Bytes body{id};
  body.insert(body.end(), table.lengths.begin(), table.lengths.end());
  body.insert(body.end(), table.symbols.begin(), table.symbols.end());
  segment(out, 0xc4, body);
}

void headers(base::Bytes& out, std::string_view comment) {
  constexpr std::array<std::uint8_t, 14> jfif{'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};
  constexpr std::array<std::uint8_t, 15> frame{
      8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0};  // 4:2:0
  constexpr std::array<std::uint8_t, 10> scan{3, 1, 0, 2, 0, 3, 0, 0, 63, 0};
  base::Bytes quantization(65, 8);  // one table, 8 everywhere: a DC value is then the tile's mean minus 128
  quantization[0] = 0;
  out.insert(out.end(), {0xff, 0xd8});
  segment(out, 0xe0, jfif);
  segment(out, 0xfe, base::as_bytes(comment));
  segment(out, 0xdb, quantization);
  segment(out, 0xc0, frame);
  huffman_segment(out, 0x00, dc_table);
  huffman_segment(out, 0x10, ac_table);
  segment(out, 0xda, scan);
}

// Digits of 3×5 points, a row in three bits.
constexpr std::array<std::array<std::uint8_t, 5>, 10> digits{{{7, 5, 5, 5, 7},
                                                              {2, 6, 2, 2, 7},
                                                              {7, 1, 7, 4, 7},
                                                              {7, 1, 7, 1, 7},
                                                              {5, 5, 7, 1, 1},
                                                              {7, 4, 7, 1, 7},
                                                              {7, 4, 7, 5, 7},
                                                              {7, 1, 1, 1, 1},
                                                              {7, 5, 7, 5, 7},
                                                              {7, 5, 7, 1, 7}}};
constexpr std::array<std::uint8_t, 5> hyphen{0, 0, 7, 0, 0};

// Whether a tile belongs to the writing: two lines, each point of a digit 2×3 tiles wide and high.
bool lettered(std::string_view caption, int column, int row) {
  constexpr int left = 12, top = 18, point_width = 2, point_height = 3, line_height = 30, pitch = 9;
  if (column < left || row < top) return false;
  for (int line = (row - top) / line_height; line > 0; --line) {
    const std::size_t end = caption.find('\n');
    caption = end == std::string_view::npos ? std::string_view{} : caption.substr(end + 1);
  }
  caption = caption.substr(0, caption.find('\n'));
  const auto letter = static_cast<std::size_t>((column - left) / pitch);
  const int x = (column - left) % pitch / point_width;
  const int y = (row - top) % line_height / point_height;
  if (letter >= caption.size() || x >= 3 || y >= 5) return false;
  const char c = caption[letter];
  if (c != '-' && (c < '0' || c > '9')) return false;
  const auto& shape = c == '-' ? hyphen : digits[static_cast<std::size_t>(c - '0')];
  return (shape[static_cast<std::size_t>(y)] >> (2 - x) & 1) != 0;
}

// One component: the running DC prediction and the dice.
struct Encoder {
  BitWriter& bits;
  std::uint64_t seed;
  std::array<int, 3> predicted{};
  std::uint64_t drawn = 0;

  int noise(int range) { return static_cast<int>(mix(seed, ++drawn) % static_cast<unsigned>(2 * range + 1)) - range; }

  void tile(std::size_t component, int mean, int texture) {
    bits.value(dc_codes, mean - predicted[component]);
    predicted[component] = mean;
    for (int n = 0; n < texture; ++n) {
      const int coefficient = noise(3);
      bits.value(ac_codes, coefficient == 0 ? 1 : coefficient);  // size 0 would mean the end of the block
    }
    bits.put(ac_codes[0].bits, ac_codes[0].count);
  }
};
}  // namespace

base::Bytes make_photo(std::uint64_t seed, std::string_view caption) {
  base::Bytes out;
  constexpr std::size_t largest_photo = 56 * 1024;
  out.reserve(largest_photo);
  headers(out, "made by dualcam sim\n" + std::string(caption));
  BitWriter bits(out);
  Encoder encoder{.bits = bits, .seed = seed};
  const int blue = encoder.noise(60), red = encoder.noise(60), slope = encoder.noise(40);
  const int grain = 4 + std::abs(encoder.noise(8));
  const auto luma = [&](int column, int row) {
    const int ground = slope * (row - tile_rows / 2) / tile_rows - 20;
    encoder.tile(0, (lettered(caption, column, row) ? 90 : ground) + encoder.noise(grain), 2);
  };
  for (int row = 0; row < tile_rows; row += 2)
    for (int column = 0; column < tile_columns; column += 2) {
      luma(column, row);
      luma(column + 1, row);
      luma(column, row + 1);
      luma(column + 1, row + 1);
      encoder.tile(1, blue + encoder.noise(3), 0);
      encoder.tile(2, red + encoder.noise(3), 0);
    }
  bits.finish();
  out.insert(out.end(), {0xff, 0xd9});
  return out;
}

}  // namespace sim
