// A camera's stream in arbitrary bytes: the same pictures and counts however it is cut, nothing but pictures, bounded
// memory. And what it answers to questions: what was taken is said again.
#include <string>
#include <vector>

#include "server/relay/trendnet/mjpeg_reader.hpp"
#include "server/relay/trendnet/probe.hpp"
#include "tests/fuzz/reader.hpp"

using namespace trendnet;

static void require(bool holds) {
  if (!holds) __builtin_trap();
}

struct Read {
  std::vector<std::string> frames;
  MjpegCounts counts;
};

static Read read(base::ByteView stream, std::size_t piece, const MjpegOptions& options) {
  MjpegReader reader(options);
  Read seen;
  const auto take = [&](const MjpegFrame& frame) {
    require(is_whole_jpeg(frame.jpeg) && frame.jpeg.size() <= options.max_frame);
    require(frame.camera_time.size() <= max_time_text && frame.io.has_value() == frame.position.has_value());
    std::string text(base::as_text(frame.jpeg));
    text += frame.camera_time;
    if (frame.position) text += to_string(*frame.position);
    seen.frames.push_back(std::move(text));
  };
  fuzz::Reader left{stream};
  while (!left.empty()) {
    base::ByteView now = left.bytes(piece);
    while (!now.empty()) {
      const std::size_t taken = reader.push(now);
      require(taken > 0 && reader.memory() <= reader.most_memory());
      now = now.subspan(taken);
      while (const auto frame = reader.next()) take(*frame);
    }
  }
  if (const auto frame = reader.finish()) take(*frame);
  seen.counts = reader.counts();
  return seen;
}

static void check_stream(base::ByteView stream, std::size_t piece) {
  const MjpegOptions options{.max_header = 128, .max_frame = 512};
  const Read whole = read(stream, std::max<std::size_t>(stream.size(), 1), options);
  const Read cut = read(stream, piece, options);
  require(whole.frames == cut.frames && whole.counts == cut.counts);
  require(whole.counts.frames == whole.frames.size());
  require(whole.counts.frame_bytes + whole.counts.skipped_bytes <= stream.size());
}

static void check_answers(base::ByteView body, int status) {
  const std::string_view text = base::as_text(body);
  if (const auto outputs = parse_outputs(text))
    require(parse_outputs(to_text(outputs->outputs))->outputs == outputs->outputs);
  const DateLine date = parse_date_line(text);
  if (date.position) require(parse_position(to_string(*date.position)) == date.position);
  if (const auto position = parse_position(text)) require(parse_position(to_string(*position)) == position);
  Probe probe(Model{});
  for (int questions = 0; probe.next(); ++questions) {
    require(questions < 2);
    probe.answered({.status = status, .body = body});
  }
  require(probe.verdict() && !probe.verdict()->text.empty());
  const std::string name = preset_name(text, 3);
  require(!name.empty() && name.size() <= max_preset_name && name.find_first_of("&=\r\n %") == std::string::npos);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const std::size_t piece = reader.byte() + 1U;
  check_stream(reader.left, piece);
  check_answers(reader.left, static_cast<int>(piece) * 3);
  return 0;
}
