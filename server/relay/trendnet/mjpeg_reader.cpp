#include "server/relay/trendnet/mjpeg_reader.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "server/relay/trendnet/answer.hpp"
#include "server/relay/trendnet/mjpeg_scan.hpp"
#include "server/relay/trendnet/text.hpp"

namespace trendnet {

namespace {

constexpr std::size_t first_buffer = 16 * 1024;
constexpr std::size_t longest_delimiter = 70;  // multipart's own limit
constexpr std::size_t least_header = 64;
constexpr std::size_t least_frame = 4;   // the markers at its two ends
constexpr std::size_t look_ahead = 128;  // a delimiter, or the beginning of a header, behind the longest picture

MjpegOptions sane(MjpegOptions options) {
  if (options.delimiter.empty() || options.delimiter.size() > longest_delimiter)
    options.delimiter = MjpegOptions{}.delimiter;
  options.max_header = std::max(options.max_header, least_header);
  options.max_frame = std::max(options.max_frame, least_frame);
  return options;
}

// Both 0xFF and 0xD8, or one and not the other, or too early to say.
Match begins_as_jpeg(base::ByteView in) noexcept {
  if (in.empty()) return Match::undecided;
  if (in[0] != 0xff) return Match::no;
  if (in.size() < 2) return Match::undecided;
  return in[1] == 0xd8 ? Match::yes : Match::no;
}

Match begins_with(std::string_view text, std::string_view what) noexcept {
  if (text.starts_with(what)) return Match::yes;
  return what.starts_with(text) ? Match::undecided : Match::no;
}

}  // namespace

std::string_view to_string(BadPart reason) noexcept {
  switch (reason) {
    case BadPart::no_start: return "does not begin as a JPEG does";
    case BadPart::no_end: return "does not end as a JPEG does";
    case BadPart::too_large: return "is larger than a picture may be";
    case BadPart::header_too_long: return "has a header that is too long";
    case BadPart::no_header: return "has a header with a line that is none";
    case BadPart::cut_off: break;
  }
  return "breaks off";
}

std::uint64_t MjpegCounts::bad_in_all() const noexcept {
  return std::accumulate(bad.begin(), bad.end(), std::uint64_t{0});
}

MjpegReader::MjpegReader(MjpegOptions options)
    : options_(sane(std::move(options))), max_part_(std::max(options_.max_frame, options_.max_header) + look_ahead) {
  camera_time_.reserve(max_time_text);
}

std::size_t MjpegReader::push(base::ByteView in) {
  if (in.empty()) return 0;
  make_room(in.size());
  const std::size_t taken = std::min(in.size(), buffer_.size() - end_);
  std::copy_n(in.begin(), taken, buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += taken;
  return taken;
}

// The buffer is at most half full behind it, so that what is moved to its front is little beside what came in since.
void MjpegReader::make_room(std::size_t wanted) {
  if (buffer_.size() - end_ >= wanted) return;
  const std::size_t used = end_ - begin_;
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, used);
  begin_ = 0;
  end_ = used;
  const std::size_t size = std::min(most_memory(), std::max(first_buffer, 2 * (used + std::min(wanted, max_part_))));
  if (size > buffer_.size()) buffer_.resize(size);
}

void MjpegReader::skip(std::size_t count) noexcept {
  counts_.skipped_bytes += count;
  consume(count);
}

void MjpegReader::lose(BadPart reason) {
  ++counts_.bad[static_cast<std::size_t>(reason)];
  place_ = Place::lost;
}

std::optional<MjpegFrame> MjpegReader::next() {
  while (true) {
    if (place_ == Place::body) {
      const auto ended = end_of_body();
      if (!ended && place_ == Place::body) return std::nullopt;
      if (!ended) continue;
      if (auto frame = take_body(ended->end)) return frame;
      continue;
    }
    const bool went_on = place_ == Place::between  ? begin_part()
                         : place_ == Place::header ? read_header_line()
                                                   : find_again();
    if (!went_on) return std::nullopt;
  }
}

// ---- Between two parts: a delimiter, or the first line of a header, or, where both are missing, a picture.

bool MjpegReader::begin_part() {
  while (begin_ < end_ && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n')) consume(1);
  const base::ByteView in = rest();
  if (in.empty()) return false;
  const Match delimited = begins_with(base::as_text(in), delimiter());
  if (delimited == Match::undecided) return false;
  if (delimited == Match::yes) {
    consume(delimiter().size());
    return true;
  }
  const Match picture = begins_as_jpeg(in);
  if (picture == Match::undecided) return false;
  const Match header = begins_with_header(base::as_text(in));
  if (header == Match::undecided) return false;
  begin_header();
  if (picture == Match::yes)
    begin_body();
  else
    place_ = header == Match::yes ? Place::header : Place::lost;
  return true;
}

// ---- The header.

void MjpegReader::begin_header() {
  header_bytes_ = 0;
  length_.reset();
  camera_time_.clear();
  io_.reset();
  position_.reset();
}

bool MjpegReader::read_header_line() {
  const base::ByteView in = rest();
  const std::string_view text = base::as_text(in);
  if (text.empty()) return false;
  // The empty line before the picture is missing.
  const Match picture = begins_as_jpeg(in);
  const Match delimited = begins_with(text, delimiter());
  if (picture == Match::undecided || delimited == Match::undecided) return false;
  if (picture == Match::yes) {
    begin_body();
    return true;
  }
  if (delimited == Match::yes) {
    ++counts_.bad[static_cast<std::size_t>(BadPart::cut_off)];
    place_ = Place::between;
    return true;
  }
  const auto line_end = text.find('\n');
  const std::size_t size = line_end == std::string_view::npos ? text.size() : line_end + 1;
  if (header_bytes_ + size > options_.max_header) {
    lose(BadPart::header_too_long);
    return true;
  }
  if (line_end == std::string_view::npos) return false;
  const std::string_view line = trim(text.substr(0, line_end));
  if (line.empty()) {
    consume(size);
    begin_body();
  } else if (take_header_line(line)) {
    consume(size);
    header_bytes_ += size;
  } else {
    lose(BadPart::no_header);
  }
  return true;
}

bool MjpegReader::take_header_line(std::string_view line) {
  const auto colon = line.find(':');
  if (begins_with_header(line) != Match::yes) return false;
  const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
  if (equals_ignoring_case(name, "content-length")) take_length(value);
  if (equals_ignoring_case(name, "date")) take_date(value);
  return true;
}

void MjpegReader::take_length(std::string_view value) {
  length_ = to_number<std::size_t>(value);
  if (length_ && *length_ <= options_.max_frame) return;
  length_.reset();
  ++counts_.wrong_lengths;
}

void MjpegReader::take_date(std::string_view value) {
  const DateLine date = parse_date_line(value);
  camera_time_.assign(date.time);
  std::ranges::replace_if(camera_time_, [](char c) { return c < ' ' || c > '~'; }, '?');
  io_ = date.io;
  position_ = date.position;
}

// ---- The picture.

void MjpegReader::begin_body() {
  place_ = Place::body;
  scanned_ = 0;
  lines_scanned_ = 0;
}

std::optional<MjpegReader::Ended> MjpegReader::end_of_body() {
  const base::ByteView in = rest();
  if (length_) {
    // A delimiter comes earlier than the length says: the length is wrong.
    const base::ByteView said = in.first(std::min(in.size(), *length_));
    const auto delimited = base::as_text(said).find(delimiter(), scanned_);
    if (delimited != std::string_view::npos) {
      ++counts_.wrong_lengths;
      return Ended{delimited};
    }
    scanned_ = std::max(scanned_, said.size() - std::min(said.size(), delimiter().size() - 1));
    if (in.size() < *length_) return std::nullopt;
    if (is_whole_jpeg(without_breaks(said))) return Ended{*length_};
    ++counts_.wrong_lengths;
    length_.reset();
  }
  if (const auto end = end_by_search()) return Ended{*end};
  if (in.size() >= max_body()) lose(BadPart::too_large);
  return std::nullopt;
}

std::size_t MjpegReader::max_body() const noexcept {
  return options_.max_frame + look_ahead;
}

std::optional<std::size_t> MjpegReader::end_by_search() {
  const base::ByteView in = rest().first(std::min(rest().size(), max_body()));
  const auto delimited = base::as_text(in).find(delimiter(), scanned_);
  const bool found = delimited != std::string_view::npos;
  const auto header = find_header(found ? in.first(delimited) : in, lines_scanned_, true);
  if (header.at) return header.at;
  if (found) return delimited;
  scanned_ = std::max(scanned_, in.size() - std::min(in.size(), delimiter().size() - 1));
  lines_scanned_ = header.searched;
  return std::nullopt;
}

std::optional<MjpegFrame> MjpegReader::take_body(std::size_t end) {
  const base::ByteView picture = without_breaks(rest().first(end));
  place_ = Place::between;
  if (is_whole_jpeg(picture) && picture.size() <= options_.max_frame) {
    consume(end);
    ++counts_.frames;
    counts_.frame_bytes += picture.size();
    return MjpegFrame{.jpeg = picture, .camera_time = camera_time_, .io = io_, .position = position_};
  }
  const auto reason = begins_as_jpeg(picture) != Match::yes ? BadPart::no_start
                      : is_whole_jpeg(picture)              ? BadPart::too_large
                                                            : BadPart::no_end;
  ++counts_.bad[static_cast<std::size_t>(reason)];
  skip(end);
  return std::nullopt;
}

// ---- Lost: on to the next delimiter, or a header that is known.

bool MjpegReader::find_again() {
  const base::ByteView in = rest();
  const auto delimited = base::as_text(in).find(delimiter());
  const bool found = delimited != std::string_view::npos;
  const auto header = find_header(found ? in.first(delimited) : in, 0, false);
  if (!found && !header.at) {
    skip(std::min(header.searched, in.size() - std::min(in.size(), delimiter().size() - 1)));
    return false;
  }
  skip(header.at.value_or(delimited));
  place_ = Place::between;
  return true;
}

std::optional<MjpegFrame> MjpegReader::finish() {
  const bool within = place_ == Place::body || place_ == Place::header;
  std::optional<MjpegFrame> last;
  if (place_ == Place::body && is_whole_jpeg(without_breaks(rest()))) {
    if (length_) ++counts_.wrong_lengths;  // else it would have been taken
    last = take_body(rest().size());
  } else if (within) {
    ++counts_.bad[static_cast<std::size_t>(BadPart::cut_off)];
  }
  skip(rest().size());
  place_ = Place::between;
  return last;
}

}  // namespace trendnet
