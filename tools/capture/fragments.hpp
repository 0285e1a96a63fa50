// IP packets put together from their fragments (RFC 791, 3.2; RFC 8200, 4.5). Sans-IO; bounded.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "server/base/bytes.hpp"
#include "tools/capture/conversation.hpp"
#include "tools/capture/ranges.hpp"

namespace captures {

// What fragments of one packet have in common.
struct FragmentKey {
  std::array<std::uint8_t, 16> from{};
  std::array<std::uint8_t, 16> to{};
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;
  auto operator<=>(const FragmentKey&) const = default;
};

struct Fragment {
  std::size_t at = 0;
  base::ByteView bytes;    // captured of it
  std::size_t length = 0;  // of it on the wire
  bool last = false;
};

class Fragments {
 public:
  // A receiver waits for as long (RFC 8200: 60 s, Linux: 30 s); then the number may be another packet's.
  static constexpr std::chrono::seconds longest_wait{60};
  static constexpr std::size_t most_packets = 256;  // of 64 KiB

  // The packet's payload when this was the last that was missing.
  std::optional<base::Bytes> add(const FragmentKey& key, const Fragment& fragment, Time time);
  // Packets that were not complete when they were given up; those that still wait are among them.
  std::uint64_t incomplete() const noexcept { return given_up_ + waiting_.size(); }

 private:
  struct Waiting {
    base::Bytes bytes;
    Ranges<std::size_t> known;
    std::optional<std::size_t> size;
    Time since;
  };
  void make_room(Time time);

  std::map<FragmentKey, Waiting> waiting_;
  std::uint64_t given_up_ = 0;
};

}  // namespace captures
