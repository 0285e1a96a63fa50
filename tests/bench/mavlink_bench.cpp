// MAVLink frames per second on one core: found and decoded, made, and with signatures.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

using namespace mavlink;

namespace {

constexpr Address camera{42, 100};
const base::UtcTime now = base::utc_now();

// What a camera at work sends in a second or so.
const std::vector<Message>& traffic() {
  static const std::vector<Message> all{
      Heartbeat{.type = 30, .autopilot = 8, .system_status = 4},
      CommandLong{.param1 = 0, .param3 = 1, .param4 = 7, .command = 2000, .target_system = 42, .target_component = 100},
      CommandAck{.command = 2000, .target_system = 255, .target_component = 190},
      CameraCaptureStatus{.time_boot_ms = 12345, .available_capacity = 1e5F, .image_status = 1, .image_count = 300},
      CameraImageCaptured{
          .time_utc = 1'795'000'000'000'000, .image_index = 300, .file_url = "http://192.0.2.7/300.jpg"}};
  return all;
}

base::Bytes stream(Signer* signer) {
  base::Bytes made;
  for (std::uint8_t sequence = 0; sequence < 200; ++sequence) {
    FrameBytes frame = encode(traffic()[sequence % traffic().size()], camera, sequence);
    if (signer != nullptr) signer->sign(frame, now);
    made.insert(made.end(), frame.view().begin(), frame.view().end());
  }
  return made;
}

void decode_frames(benchmark::State& state) {
  const base::Bytes bytes = stream(nullptr);
  const auto piece = static_cast<std::size_t>(state.range(0));
  FrameReader reader;
  std::int64_t frames = 0;
  const FrameReader::Found found = [&](const Frame& frame) {
    benchmark::DoNotOptimize(decode(frame));
    ++frames;
  };
  const FrameReader::Refused refused = [](FrameFault, base::ByteView) {};
  for (auto _ : state)
    for (base::ByteView left = bytes; !left.empty(); left = left.subspan(std::min(piece, left.size())))
      reader.feed(left.first(std::min(piece, left.size())), found, refused);
  state.SetItemsProcessed(frames);
}
BENCHMARK(decode_frames)->ArgName("piece")->Arg(1 << 16)->Arg(100)->Arg(1);

void encode_frames(benchmark::State& state) {
  std::uint8_t sequence = 0;
  for (auto _ : state) {
    ++sequence;
    benchmark::DoNotOptimize(encode(traffic()[sequence % traffic().size()], camera, sequence));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode_frames);

void check_signatures(benchmark::State& state) {
  Signer theirs({}, 1, 0);
  const base::Bytes bytes = stream(&theirs);
  const FrameReader::Refused refused = [](FrameFault, base::ByteView) {};
  std::int64_t frames = 0;
  for (auto _ : state) {
    Signer ours({}, 2, 0);
    FrameReader reader;
    reader.feed(
        bytes, [&](const Frame& frame) { frames += ours.check(frame, now) == SignatureFault::none ? 1 : 0; }, refused);
  }
  state.SetItemsProcessed(frames);
}
BENCHMARK(check_signatures);

}  // namespace

BENCHMARK_MAIN();
