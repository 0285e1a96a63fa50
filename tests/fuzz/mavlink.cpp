// Arbitrary bytes as a stream and as datagrams: every byte is in one frame or refused, however they were cut; what was
// decoded says the same when it is made again. The first byte is the seed of the cuts.
#include <vector>

#include "server/relay/mavlink/wire/codec.hpp"
#include "server/relay/mavlink/wire/describe.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/signing.hpp"
#include "tests/fuzz/reader.hpp"

namespace {
void must(bool good) {
  if (!good) __builtin_trap();
}

using Bits = std::array<std::uint8_t, mavlink::longest_payload>;
Bits bits_of(const mavlink::Message& message) {
  Bits made{};
  std::visit([&](const auto& of) { mavlink::store_payload(of, true, made.data()); }, message);
  return made;
}

void check_again(const mavlink::Frame& frame, const mavlink::Message& message) {
  const mavlink::FrameBytes made = mavlink::encode(message, frame.from, frame.sequence, frame.version);
  std::size_t found = 0;
  mavlink::FrameReader reader;
  reader.feed(
      made.view(),
      [&](const mavlink::Frame& again) {
        ++found;
        const auto same = mavlink::decode(again);
        must(same && bits_of(*same) == bits_of(message));
        must(again.from == frame.from && again.sequence == frame.sequence && again.version == frame.version);
        must(mavlink::target_of(again) == mavlink::target_of(frame));
      },
      [](mavlink::FrameFault, base::ByteView) { must(false); });
  must(found == 1);
  must(!mavlink::describe(message).empty());
}

void check(const mavlink::Frame& frame) {
  static mavlink::Signer signer({}, 1, 0);
  must(frame.from.system != 0 && frame.from.component != 0);
  must(frame.bytes.size() <= mavlink::longest_frame && frame.payload.size() < frame.bytes.size());
  must(frame.checked == mavlink::known(frame.message_id).has_value());
  signer.check(frame, {});
  if (const auto message = mavlink::decode(frame)) check_again(frame, *message);
}

// What comes out of the bytes in pieces of 1 to `longest`.
struct Outcome {
  std::vector<base::Bytes> frames;
  std::size_t bytes = 0;
};
Outcome read(base::ByteView bytes, std::uint8_t seed, std::size_t longest) {
  Outcome made;
  const auto found = [&](const mavlink::Frame& frame) {
    check(frame);
    made.frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    made.bytes += frame.bytes.size();
  };
  const auto refused = [&](mavlink::FrameFault, base::ByteView garbage) {
    must(!garbage.empty());
    made.bytes += garbage.size();
  };
  mavlink::FrameReader reader;
  std::uint32_t random = seed;
  while (!bytes.empty()) {
    random = random * 1664525 + 1013904223;
    const std::size_t piece = std::min<std::size_t>(bytes.size(), 1 + (random >> 16) % longest);
    reader.feed(bytes.first(piece), found, refused);
    bytes = bytes.subspan(piece);
  }
  reader.end(found, refused);
  return made;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  const std::uint8_t seed = reader.byte();
  const Outcome whole = read(reader.left, seed, SIZE_MAX / 2);
  const Outcome pieces = read(reader.left, seed, 1 + seed * 3U);
  must(whole.bytes == reader.left.size() && pieces.bytes == whole.bytes);
  must(whole.frames == pieces.frames);
  return 0;
}
