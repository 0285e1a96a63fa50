// Commands under way: those that wait for their time, and those that wait for their outcome. By id and by time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "server/relay/hub/hub.hpp"

namespace hub {

struct UnderWay {
  Command command;     // with `fired`: handed to the driver
  bool noted = false;  // as pending
  bool kept = false;   // in the catalog, too
};

class Schedule {
 public:
  // Waits until `when`: for its time, or for the end of the patience with it. Those of one moment keep their order.
  void add(UnderWay one, base::SteadyTime when);
  // Null: nothing of that id.
  const UnderWay* find(const base::Uuid& id) const;
  std::optional<UnderWay> take(const base::Uuid& id);
  std::optional<UnderWay> take_due(base::SteadyTime now);

  std::optional<base::SteadyTime> next_due() const noexcept;
  std::size_t size() const noexcept { return by_id_.size(); }
  std::vector<base::Uuid> waiting() const;  // not fired yet, by time

 private:
  using Place = std::pair<base::SteadyTime, std::uint64_t>;
  struct Entry {
    UnderWay one;
    Place place;
  };
  UnderWay remove(std::map<base::Uuid, Entry>::iterator entry);

  std::uint64_t count_ = 0;
  std::map<base::Uuid, Entry> by_id_;
  std::map<Place, base::Uuid> by_time_;
};

}  // namespace hub
