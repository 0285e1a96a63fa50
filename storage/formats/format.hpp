// What a stored file is, told from its bytes and never from its name, and whether it is whole.
// Sans-IO: blocks in, verdict out. Used once per file, when it is complete.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"

namespace storage {

enum class Format : std::uint8_t { jpeg, ptmf, annexb, mp4, mpegts, json, unknown };

std::string_view to_string(Format format) noexcept;
std::string_view content_type(Format format) noexcept;     // image/jpeg, video/x-ptmf, video/h265, …
std::string_view extension(Format format) noexcept;        // "jpg", "ptmf", "h265", "mp4", "ts", "json", "bin"
Format format_of(std::string_view content_type) noexcept;  // content_type()'s inverse

// From the first bytes; so many are enough for every format known. MPEG-TS has no magic: two packets of it say the
// same.
constexpr std::size_t sniff_size = 192;
Format sniff(base::ByteView head) noexcept;

struct FormatVerdict {
  Format format = Format::unknown;
  // A sentence when the file is not whole ("the JPEG does not end with an EOI marker"), nothing when it is.
  std::optional<std::string> defect;
  // PTMF and MP4 say more; 0 when not known.
  std::uint32_t pictures = 0;
  std::uint32_t sounds = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// Feed the whole file in blocks of any size, then ask. Keeps no more than a record header.
class FormatCheck {
 public:
  FormatCheck();
  FormatCheck(FormatCheck&&) noexcept;
  FormatCheck& operator=(FormatCheck&&) noexcept;
  ~FormatCheck();
  void feed(base::ByteView block);
  FormatVerdict finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ---- PTMF, the record stream of DualCam video. Little endian; a record is a 36-byte header and its payload.
constexpr std::size_t ptmf_header_size = 36;

struct PtmfHeader {
  char type = 0;  // 'I' key frame, 'P' frame, 'A' audio (G.711 A-law, 8 kHz mono, behind 4 bytes)
  std::uint8_t frames_per_second = 0;
  std::uint16_t width = 0;
  std::uint16_t height = 0;
  std::uint32_t sequence = 0;  // separate for picture and sound, +1 per record
  std::uint32_t payload_size = 0;
  std::uint64_t timestamp_us = 0;  // camera uptime
};

// Nothing unless `bytes` begins with a plausible record header (magic, type, payload below 16 MiB).
std::optional<PtmfHeader> parse_ptmf_header(base::ByteView bytes) noexcept;
void append_ptmf_record(base::Bytes& out, const PtmfHeader& header, base::ByteView payload);

}  // namespace storage
