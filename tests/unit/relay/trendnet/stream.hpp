// Streams of a camera, right and wrong ones, and what a reader makes of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/relay/trendnet/mjpeg_reader.hpp"

namespace trendnet::test {

// No picture of anything: begins and ends as one, and is `size` bytes long (at least 4). Line breaks, dashes and
// markers are within.
inline std::string jpeg(std::size_t size, unsigned seed = 1) {
  std::string bytes = "\xff\xd8";
  while (bytes.size() + 2 < size) {
    seed = seed * 1103515245U + 12345U;
    const unsigned value = seed >> 16U;
    if (value % 23 == 0 && bytes.size() + 6 < size)
      bytes += "\r\n--";
    else
      bytes += static_cast<char>(value);
  }
  return bytes + "\xff\xd9";
}

constexpr const char* delimiter = "--video boundary--\r\n";
constexpr const char* date = "2007-08-16 14:56:19 IO_00000001_PT_136_046";

inline std::string header(std::size_t length) {
  return "Content-length: " + std::to_string(length) + "\r\nDate: " + date + "\r\nContent-type: image/jpeg\r\n\r\n";
}
inline std::string part(const std::string& picture) {
  return delimiter + header(picture.size()) + picture + "\r\n\r\n";
}

struct Seen {
  std::string jpeg, time;
  std::optional<IoDigits> io;
  std::optional<Position> position;
  bool operator==(const Seen&) const = default;
};
struct Read {
  std::vector<Seen> frames;
  MjpegCounts counts;
  bool operator==(const Read&) const = default;
};

// In pieces of `piece` bytes behind a first one of `first`; to the end of the stream.
inline Read read(const std::string& stream, std::size_t first, std::size_t piece, const MjpegOptions& options = {}) {
  MjpegReader reader(options);
  Read seen;
  const auto take = [&](const MjpegFrame& frame) {
    seen.frames.push_back(
        {std::string(base::as_text(frame.jpeg)), std::string(frame.camera_time), frame.io, frame.position});
  };
  base::ByteView left = base::as_bytes(stream);
  for (std::size_t wanted = first; !left.empty(); wanted = piece) {
    base::ByteView now = left.first(std::min(wanted, left.size()));
    left = left.subspan(now.size());
    while (!now.empty()) {
      const std::size_t taken = reader.push(now);
      now = now.subspan(taken);
      while (const auto frame = reader.next()) take(*frame);
      if (taken == 0) return seen;  // never, and not for ever
    }
  }
  if (const auto frame = reader.finish()) take(*frame);
  seen.counts = reader.counts();
  return seen;
}
inline Read read(const std::string& stream, const MjpegOptions& options = {}) {
  return read(stream, stream.size(), stream.size(), options);
}

}  // namespace trendnet::test
