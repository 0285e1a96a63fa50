#include "server/endpoints/switches.hpp"

#include <tuple>
#include <utility>

namespace endpoints {

namespace {
bool is_of_the_same(const storage::RelayArm& one, const storage::RelayArm& other) {
  return one.scope == other.scope && one.name == other.name;
}

bool is_the_same(const storage::RelayArm& one, const storage::RelayArm& other) {
  return is_of_the_same(one, other) && std::tie(one.armed, one.until) == std::tie(other.armed, other.until);
}
}  // namespace

void Switches::owe(storage::RelayArm row) {
  const std::lock_guard lock(mutex_);
  std::erase_if(owed_, [&](const storage::RelayArm& other) { return is_of_the_same(other, row); });
  owed_.push_back(std::move(row));
}

bool Switches::owes() const {
  const std::lock_guard lock(mutex_);
  return !owed_.empty();
}

std::vector<storage::RelayArm> Switches::owed() const {
  const std::lock_guard lock(mutex_);
  return owed_;
}

void Switches::written(const storage::RelayArm& row) {
  const std::lock_guard lock(mutex_);
  std::erase_if(owed_, [&](const storage::RelayArm& other) { return is_the_same(other, row); });
}

base::Result<> Switches::save() {
  const std::lock_guard one_at_a_time(saving_);
  base::Result<> all;
  for (const storage::RelayArm& row : owed()) {
    auto kept = catalog_.set_arm(row);
    if (kept)
      written(row);
    else
      all = std::unexpected(std::move(kept.error()));
  }
  return all;
}

}  // namespace endpoints
