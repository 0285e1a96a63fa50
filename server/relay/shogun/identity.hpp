// What makes two datagrams the same notification. Duplicates arrive over several network paths and so from several
// addresses: the sender's address is no part of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "server/relay/shogun/notification.hpp"

namespace shogun {

// Without a packet id, notifications of the same content count as one within this window: time for all paths, and
// shorter than two takes of the same name can be.
constexpr std::chrono::milliseconds content_window{2'000};

struct Identity {
  std::optional<std::uint64_t> packet_id;  // unless it is 0 or missing
  std::uint64_t content = 0;  // a hash of kind and all that is told; not of packet id, host, process and spelling

  // What to remember: the id where there is one, else the content, and for how long: the window above in the latter
  // case. The same key with another content is a stage that has begun to count anew: take it, and say so.
  std::uint64_t key() const noexcept;
  bool by_content() const noexcept { return !packet_id; }
  bool operator==(const Identity&) const = default;
};

Identity identity_of(const Notification& notification) noexcept;

// What a datagram that is heard says of one that we sent to a stage: it confirms a start or stop by one of its own of
// the same name, or answers (Xsens). Our own datagram, heard again, says nothing: it has the packet id, or host and
// process, of what was sent.
enum class Answer : std::uint8_t { none, confirmed, refused };
Answer answer_to(const Notification& sent, const Notification& heard) noexcept;
// Without a confirmation by then there is none: an armed stage starts within it.
constexpr std::chrono::milliseconds confirmation_limit{10'000};

}  // namespace shogun
