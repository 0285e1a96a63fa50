// Frames as they come over the wire, and where a router sends them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/relay/mavlink/router/router.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::router {

inline constexpr Address autopilot{1, 1};
inline constexpr Address camera{1, 100};
inline constexpr Address station{255, 190};
inline constexpr Address ours{42, 100};
inline constexpr Address ours_too{42, 101};

// Three links: 1 and 2 pass frames to each other, 3 to nobody. Peers are of their link's number times ten.
inline Options three_links() {
  return {.links = {{.link = 1, .group = {}, .forwards_to = {2}},
                    {.link = 2, .group = {}, .forwards_to = {1}},
                    {.link = 3, .group = {}, .forwards_to = {}}},
          .own = {ours, ours_too},
          .may_command = {},
          .acting = {}};
}
inline constexpr Peer on_1{1, 10};
inline constexpr Peer on_1_too{1, 11};
inline constexpr Peer on_2{2, 20};
inline constexpr Peer on_3{3, 30};

inline CommandLong command_for(Address target, std::uint16_t id = command::image_start_capture) {
  return {.command = id, .target_system = target.system, .target_component = target.component};
}

class RouterTest : public testing::Test {
 protected:
  explicit RouterTest(Options options = three_links()) : router_(std::move(options)) {}

  static base::Now at(std::int64_t ms) {
    const std::chrono::milliseconds since(ms);
    return {base::SteadyTime(std::chrono::hours(1) + since),
            base::UtcTime(std::chrono::seconds(1'790'000'000) + since)};
  }
  const Verdict& hear(Peer peer, Address from, const Message& message, std::int64_t ms = 0) {
    return hear_bytes(peer, encode(message, from, sequence_++).view(), ms);
  }
  const Verdict& hear_bytes(Peer peer, base::ByteView bytes, std::int64_t ms = 0) {
    FrameReader reader;
    reader.feed(
        bytes, [&](const Frame& frame) { router_.hear(frame, peer, at(ms), verdict_); },
        [](FrameFault fault, base::ByteView) { ADD_FAILURE() << to_string(fault); });
    return verdict_;
  }
  // A frame whose message is not of our making.
  const Verdict& hear_id(Peer peer, Address from, std::uint32_t id, bool checked, std::int64_t ms = 0) {
    const base::Bytes bytes{0xFD, 0, std::uint8_t(id), sequence_};
    const Frame frame{
        .sequence = sequence_++, .from = from, .message_id = id, .payload = {}, .bytes = bytes, .checked = checked};
    router_.hear(frame, peer, at(ms), verdict_);
    return verdict_;
  }
  std::uint64_t dropped(Drop drop) const { return router_.figures().dropped[static_cast<std::size_t>(drop)]; }
  std::vector<Peer> ways(const Message& message, std::optional<Peer> to = {}) {
    return router_.ways({.from = ours, .message = message, .to = to});
  }

  Router router_;
  Verdict verdict_;
  std::uint8_t sequence_ = 0;
};

using Peers = std::vector<Peer>;
using Addresses = std::vector<Address>;

}  // namespace mavlink::router
