// Takes: what belongs together, from a start over its end to the file that is ready, or one event by itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/relay/hub/hub.hpp"

namespace hub {

class Takes {
 public:
  // A start whose end was not heard within `expiry` is an orphan then; as long a finished one waits for its file.
  explicit Takes(std::chrono::milliseconds expiry) : expiry_(expiry) {}
  // Nobody records more at once; the oldest goes.
  static constexpr std::size_t most_open = 1000;

  void next_number(std::uint64_t number) noexcept { number_ = number; }

  struct Heard {
    Take take;
    std::string orphan;  // why it fits no take; empty: it does
  };
  // An event with a mark. `changed`: takes that come to their end by it; the event's own is the caller's to tell.
  Heard hear(const Event& event, const TakeMark& mark, Now now, const NewId& new_id, std::vector<Take>& changed);
  // An event without a mark.
  Take single(const Event& event, const NewId& new_id);
  // What either would give, but for the id.
  Take foresee(const Event& event) const;
  // So many commands more, kept where the take goes on.
  void caused(Take& take, const Event& event, std::uint32_t commands);

  void advance(Now now, std::vector<Take>& changed);
  std::optional<base::SteadyTime> next_due() const noexcept;
  std::size_t open() const noexcept { return open_.size(); }

 private:
  struct Open {
    Take take;
    base::SteadyTime expires;
  };
  using OpenTakes = std::map<std::string, Open, std::less<>>;

  static std::string key_of(const Event& event, const TakeMark& mark);
  Take begin(const Event& event, std::string_view name) const;
  void number(Take& take, const NewId& new_id);
  void wait(std::string key, Take take, Now now);
  void forget(OpenTakes::iterator open, std::vector<Take>& changed);

  std::chrono::milliseconds expiry_;
  std::uint64_t number_ = 1;
  OpenTakes open_;
  std::map<std::pair<base::SteadyTime, std::uint64_t>, std::string> by_expiry_;  // with the number: keys of open_
};

}  // namespace hub
