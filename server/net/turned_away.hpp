// What is said of those that are turned away: a flood of them must not become a flood of lines. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace net {

class TurnedAway {
 public:
  // Who is expected: "camera".
  explicit TurnedAway(std::string who) : who_(std::move(who)) {}

  // There was no room, or no way to learn who calls. Said once a second at most, with how many there were.
  void for_want_of_room(const std::string& endpoint, const std::string& why);
  // A peer that never said who it is. Said once for each address and reason.
  void as_stranger(const std::string& address, const std::string& endpoint, const std::string& reason);

 private:
  const std::string who_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unordered_set<std::string>> strangers_;  // address → reasons told
  std::atomic<std::int64_t> last_said_{0};                                      // steady clock
  std::atomic<std::uint64_t> unsaid_{0};
};

}  // namespace net
