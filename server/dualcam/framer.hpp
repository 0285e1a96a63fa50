// Frames of the device's side found in a borrowed buffer: views, no copies, no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/dualcam/wire.hpp"

namespace dualcam {

// Largest payload of an ENHANCED DATA frame taken: no capture shows one; INIT names 1024 as the chunk size, and 16 KiB
// leaves room while two frames still fit into one read buffer.
constexpr std::size_t max_enhanced_length = 16 * 1024 + enhanced_overhead;
// A driver's buffer must hold a bad frame and the whole retransmission that may start inside it.
constexpr std::size_t max_session_input = 2 * (header_size + max_enhanced_length);

struct FrameView {
  Command command{};
  base::ByteView body;
  std::size_t size = 0;  // on the wire, header included
};

enum class Framing : std::uint8_t {
  whole,       // `frame` is set
  incomplete,  // more bytes are needed
  lost,        // no device frame starts here
};

struct FramingResult {
  Framing framing = Framing::incomplete;
  FrameView frame;
};

// The frame at the front of `in`. The length is checked against what its command may have before it is believed.
FramingResult next_frame(base::ByteView in) noexcept;

// DATA and ENHANCED DATA taken apart. Precondition: the frame is whole and of that command.
struct DataView {
  std::optional<std::uint32_t> offset;  // ENHANCED DATA only
  base::ByteView bytes;
  std::uint16_t crc = 0;
};
DataView data_of(const FrameView& frame) noexcept;

// ---- Recovery (seen on real devices): a frame breaks off and its whole retransmission, with a new header and a CRC
// that chains from the last good one, follows in the middle of what the first header promised.
struct WantedData {
  Command command = Command::data;
  std::size_t min_length = 1;  // of the file bytes
  std::size_t max_length = packet_size;
  std::uint16_t running_crc = 0;  // of the last good frame; ignored for ENHANCED DATA
  std::uint32_t offset = 0;       // ENHANCED DATA must carry it
};
enum class Search : std::uint8_t { found, incomplete, none };
struct SearchResult {
  Search search = Search::none;
  std::size_t at = 0;  // found: where the retransmission begins
};
// Looks at every offset in [1, range] of `in`. `incomplete`: a header that could be it needs more bytes than there are.
SearchResult find_retransmission(base::ByteView in, std::size_t range, const WantedData& wanted) noexcept;

// Whether the CRC of `data` continues from `wanted`.
bool continues(const DataView& data, const WantedData& wanted) noexcept;

// The first `pattern` in `in`; in.size() when there is none.
std::size_t find_bytes(base::ByteView in, base::ByteView pattern) noexcept;

// ---- Traffic that belongs elsewhere, by its first bytes.
// "AVL traffic (login)", "HTTP", …; empty when it is not recognised (or not yet: at least 4 bytes are needed).
std::string_view recognise_foreign_traffic(base::ByteView first_bytes) noexcept;

}  // namespace dualcam
