// Finds the pictures in a camera's endless answer. Sans-IO: bytes in, cut anywhere; views of pictures out.
//
// A part is the line "--video boundary--", a header with length and date, an empty line, the picture, an empty line.
// That delimiter is nobody's multipart: with its dashes at the end it reads like the last one, and the header of the
// answer names it in more than one form. So it is looked for as it is, and the length beside it is believed only as far
// as the bytes bear it out: either may be missing, the length may be wrong. What comes out does not depend on where the
// bytes were cut.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/relay/trendnet/date_line.hpp"

namespace trendnet {

struct MjpegOptions {
  std::string delimiter = "--video boundary--";   // 1 to 70 bytes, as those of multipart
  std::size_t max_header = 4 * 1024;              // of a part; it has about 100 bytes
  std::size_t max_frame = std::size_t{4} << 20U;  // these cameras' largest pictures have some 100 KiB
};

// Valid until the next call of push(), next() or finish().
struct MjpegFrame {
  base::ByteView jpeg;           // from FFD8 to FFD9
  std::string_view camera_time;  // as the camera says it, local and without a zone; printable, may be empty
  std::optional<IoDigits> io;
  std::optional<Position> position;
};

enum class BadPart : std::uint8_t {
  no_start,         // what is between two delimiters does not begin as a JPEG does
  no_end,           // it does not end as one
  too_large,        // no end within max_frame
  header_too_long,  // no end of the header within max_header
  no_header,        // a line of it is none of a header
  cut_off,          // the stream ended within
};
constexpr std::size_t bad_parts = 6;
std::string_view to_string(BadPart reason) noexcept;  // "does not begin as a JPEG does", …

struct MjpegCounts {
  std::uint64_t frames = 0;
  std::uint64_t frame_bytes = 0;
  std::uint64_t skipped_bytes = 0;  // of neither pictures nor headers, delimiters and empty lines; of bad parts, too
  std::uint64_t wrong_lengths = 0;  // said, and not so; the frame may have been good all the same
  std::array<std::uint64_t, bad_parts> bad{};
  std::uint64_t bad_in_all() const noexcept;
  bool operator==(const MjpegCounts&) const = default;
};

class MjpegReader {
 public:
  explicit MjpegReader(MjpegOptions options = {});
  // Copies from the front of `in`, and says how many bytes: all, unless pictures wait to be taken. After next() has
  // returned nothing there is room for one byte at least.
  std::size_t push(base::ByteView in);
  // The next picture that is whole; nothing: more bytes are needed.
  std::optional<MjpegFrame> next();
  // The stream has ended: to be called when next() returned nothing. A last picture, where its end was not announced;
  // afterwards the reader is ready for another stream and goes on counting.
  std::optional<MjpegFrame> finish();

  const MjpegCounts& counts() const noexcept { return counts_; }
  // Bytes that are kept, and the most that ever are.
  std::size_t memory() const noexcept { return buffer_.size(); }
  std::size_t most_memory() const noexcept { return 2 * max_part_; }

 private:
  enum class Place : std::uint8_t { between, header, body, lost };
  struct Ended {
    std::size_t end = 0;  // of the body, from its beginning
  };
  base::ByteView rest() const noexcept { return base::ByteView(buffer_).subspan(begin_, end_ - begin_); }
  std::string_view delimiter() const noexcept { return options_.delimiter; }
  void consume(std::size_t count) noexcept { begin_ += count; }
  void skip(std::size_t count) noexcept;
  void make_room(std::size_t wanted);
  // Each: false, more bytes are needed.
  bool begin_part();
  bool read_header_line();
  bool find_again();
  void begin_header();
  bool take_header_line(std::string_view line);
  void take_length(std::string_view value);
  void take_date(std::string_view value);
  void begin_body();
  std::optional<Ended> end_of_body();
  std::optional<std::size_t> end_by_search();
  std::size_t max_body() const noexcept;
  std::optional<MjpegFrame> take_body(std::size_t end);
  void lose(BadPart reason);

  MjpegOptions options_;
  std::size_t max_part_ = 0;  // what must fit at once
  base::Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Place place_ = Place::between;
  std::size_t scanned_ = 0;        // of the rest: up to there no delimiter begins
  std::size_t lines_scanned_ = 0;  // and no header either
  std::size_t header_bytes_ = 0;   // of this part, so far
  std::optional<std::size_t> length_;
  std::string camera_time_;
  std::optional<IoDigits> io_;
  std::optional<Position> position_;
  MjpegCounts counts_;
};

}  // namespace trendnet
