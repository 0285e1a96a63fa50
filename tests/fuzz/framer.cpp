// Frames and retransmissions in arbitrary bytes: sizes stay inside, what is whole stays the same when more follows.
#include "server/dualcam/framer.hpp"

#include "tests/fuzz/reader.hpp"

using namespace dualcam;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Reader reader{{data, size}};
  WantedData wanted{.command = (reader.byte() & 1) != 0 ? Command::enhanced_data : Command::data,
                    .min_length = reader.byte(),
                    .running_crc = reader.byte(),
                    .offset = reader.byte()};
  const std::size_t range = reader.byte() * 8U;
  const base::ByteView in = reader.left;
  recognise_foreign_traffic(in);
  const auto [framing, frame] = next_frame(in);
  for (std::size_t n = 0; n < std::min<std::size_t>(in.size(), 64); ++n) {
    const auto part = next_frame(in.first(n));
    if (part.framing != Framing::incomplete && part.framing != framing) __builtin_trap();
    if (part.framing == Framing::whole && part.frame.size != frame.size) __builtin_trap();
  }
  const SearchResult found = find_retransmission(in, range, wanted);
  if (found.search == Search::none) return 0;
  if (found.at < 1 || found.at > range || found.at >= in.size()) __builtin_trap();
  const auto again = next_frame(in.subspan(found.at));
  if (found.search == Search::incomplete) return again.framing == Framing::incomplete ? 0 : (__builtin_trap(), 0);
  if (again.framing != Framing::whole || !continues(data_of(again.frame), wanted)) __builtin_trap();
  return 0;
}
