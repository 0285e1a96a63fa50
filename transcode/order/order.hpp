// What one worker process is asked to do with one file, and what it says when it has done it. Both cross a process
// boundary as text: the order on the command line, the report through a pipe. The report's reader trusts nothing in it,
// since the process that wrote it has met a stranger's bytes.
// Pure: no file, no process, no FFmpeg.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "storage/formats/format.hpp"
#include "storage/formats/media_probe.hpp"

namespace transcode {

// Of the H.264 of a playback, and of pictures.
struct Encoding {
  std::uint32_t max_height = 720;   // higher ones are made smaller; 0: as they are. Width follows, both even
  std::uint32_t crf = 23;           // x264's, 1..51: lower is better and larger
  std::string preset = "veryfast";  // x264's
  std::uint32_t threads = 0;        // of decoder and encoder each; 0: one per core
  std::uint32_t thumbnail_width = 320;
  bool operator==(const Encoding&) const = default;
};

// Where the worker writes one derived object: an empty regular file, read and write, of a number it was started with.
struct Output {
  base::Derived derived = base::Derived::thumbnail;
  int descriptor = -1;
  bool operator==(const Output&) const = default;
};

// Pictures a second; above it is no rate but damage.
constexpr std::uint32_t highest_frame_rate = 1'000;

struct Order {
  storage::Format format = storage::Format::unknown;  // forced: nothing is guessed of hostile bytes
  std::uint32_t frame_rate = 0;  // that the camera named beside the file, for one that does not say; 0: it named none
  std::vector<Output> outputs;   // none: only the probe. Each kind once at most
  Encoding encoding;
  bool operator==(const Order&) const = default;
};

// "format=ptmf remux=5 thumbnail=6 max-height=720 …", a word each.
std::vector<std::string> to_words(const Order& order);
base::Result<Order> parse_order(std::span<const std::string> words);

// How a browser gets to see it.
enum class Playable : std::uint8_t {
  no,         // no picture that moves
  as_it_is,   // the file itself: a fast-start MP4 with H.264, and AAC or no sound
  as_remux,   // its remux is: H.264 in another container
  as_encoded  // only what was encoded anew
};

struct Report {
  storage::MediaProbe probe;
  Playable playable = Playable::no;
  std::vector<base::Derived> made;  // of the outputs asked for; a photo has no remux, an empty clip no thumbnail
  bool operator==(const Report&) const = default;
};

// Lines of the report pipe: "percent 42" while it works, then one of "done" behind the report's own lines, or
// "failed SENTENCE". What one worker may write in all, lines of progress included.
constexpr std::size_t max_report_bytes = 64 * 1024;

std::string percent_line(unsigned percent);
std::string to_lines(const Report& report);  // with the "done"
std::string failed_line(std::string_view reason);

// Takes the pipe's bytes in pieces of any size.
class ReportReader {
 public:
  // An error: these are no lines of a worker. It is to be ended.
  base::Result<> feed(std::string_view piece);
  unsigned percent() const noexcept { return percent_; }
  enum class State : std::uint8_t { working, done, failed };
  State state() const noexcept { return state_; }
  const Report& report() const noexcept { return report_; }       // of done
  const std::string& reason() const noexcept { return reason_; }  // of failed: printable, bounded

 private:
  base::Result<> take(std::string_view line);
  bool take_row(std::string_view key, std::string_view value);
  std::string line_;
  std::size_t taken_ = 0;
  unsigned percent_ = 0;
  std::uint32_t seen_ = 0;  // bits: which of the report's lines there were
  State state_ = State::working;
  Report report_;
  std::string reason_;
};

}  // namespace transcode
