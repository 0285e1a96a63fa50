// A relay catalog that remembers what it was told to note, and fails or hangs when told to. Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "storage/catalog/relay_catalog.hpp"
#include "tests/support/eventually.hpp"

namespace tests {

class HeldRelayCatalog final : public storage::RelayCatalog {
 public:
  // Every call of note() from now on; nothing: they succeed.
  void fail_with(std::optional<base::Errc> code) {
    const std::lock_guard lock(mutex_);
    failure_ = code;
    changed_.notify_all();
  }
  // Calls of note() wait from now on, until let_go().
  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    changed_.notify_all();
  }
  // Until so many calls were begun in all.
  bool wait_for_calls(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return calls_ >= count; });
  }
  std::size_t calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::vector<storage::RelayNotes> noted() const {  // that succeeded
    const std::lock_guard lock(mutex_);
    return noted_;
  }
  std::vector<storage::Trigger> rows() const {
    std::vector<storage::Trigger> all;
    for (const auto& notes : noted()) all.insert(all.end(), notes.triggers.begin(), notes.triggers.end());
    return all;
  }

  base::Result<> note(const storage::RelayNotes& notes) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !holding_; });
    // `invalid` is about what is in the rows of the log.
    if (failure_ && (failure_ != base::Errc::invalid || refuses(notes))) return base::fail(*failure_, "as it was told");
    noted_.push_back(notes);
    return {};
  }
  base::Result<storage::TriggerPage> list_triggers(const storage::TriggerQuery&) override { return nobody_asks(); }
  base::Result<std::optional<storage::Trigger>> find_trigger(const base::Uuid&) override { return nobody_asks(); }
  base::Result<storage::RelayTakePage> list_takes(std::uint32_t, std::string_view) override { return nobody_asks(); }
  base::Result<std::optional<storage::RelayTake>> find_take(const base::Uuid&) override { return nobody_asks(); }
  base::Result<std::uint64_t> last_take_number() override { return nobody_asks(); }
  base::Result<std::vector<storage::PendingCommand>> pending(std::string_view) override { return nobody_asks(); }
  base::Result<storage::RelayRules> rules() override { return nobody_asks(); }
  base::Result<storage::RelayRules> set_rules(std::string_view, std::uint64_t, base::UtcTime) override {
    return nobody_asks();
  }
  base::Result<std::vector<storage::RelayArm>> arms() override { return nobody_asks(); }
  base::Result<> set_arm(const storage::RelayArm&) override { return nobody_asks(); }
  base::Result<std::vector<storage::RelayLatency>> latencies() override { return nobody_asks(); }
  base::Result<> set_latency(const storage::RelayLatency&) override { return nobody_asks(); }
  base::Result<> end_left_open(std::string_view, std::string_view) override { return nobody_asks(); }
  base::Result<std::uint32_t> forget_triggers(base::UtcTime, std::uint32_t) override { return nobody_asks(); }

 private:
  static std::unexpected<base::Error> nobody_asks() { return base::fail(base::Errc::unavailable, "nobody asks"); }
  static bool refuses(const storage::RelayNotes& notes) {
    for (const auto& each : notes.triggers)
      if (each.kind == "refused") return true;
    return false;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<base::Errc> failure_;
  bool holding_ = false;
  std::size_t calls_ = 0;
  std::vector<storage::RelayNotes> noted_;
};

}  // namespace tests
