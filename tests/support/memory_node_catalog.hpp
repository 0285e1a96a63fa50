// What nodes tell each other, in memory, with a clock that the test moves. Thread-safe.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "storage/catalog/node_catalog.hpp"

namespace tests {

class MemoryNodeCatalog final : public storage::NodeCatalog {
 public:
  // Every call fails so while it is set.
  void fail(std::optional<base::Errc> code) {
    const std::lock_guard lock(mutex_);
    failure_ = code;
  }
  void pass(std::chrono::milliseconds time) {
    const std::lock_guard lock(mutex_);
    now_ += time;
  }
  std::vector<storage::LeftPartial> left() const {
    const std::lock_guard lock(mutex_);
    return left_;
  }
  bool holds(std::string_view node, std::string_view file) const {
    const std::lock_guard lock(mutex_);
    return find(node, file) != claims_.end();
  }

  base::Result<> beat(std::string_view node, std::chrono::milliseconds lease) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    leases_[std::string(node)] = now_ + lease;
    return {};
  }
  base::Result<> leave(std::string_view node) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    forget(node);
    return {};
  }
  base::Result<std::vector<std::string>> alive() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::vector<std::string> names;
    for (const auto& [name, until] : leases_)
      if (until > now_) names.push_back(name);
    return names;
  }
  base::Result<std::vector<std::string>> bury() override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::vector<std::string> dead;
    for (const auto& [name, until] : leases_)
      if (until <= now_) dead.push_back(name);
    for (const std::string& name : dead) forget(name);
    return dead;
  }
  base::Result<std::uint32_t> claim(std::string_view node, std::string_view file) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::erase_if(claims_, [&](const Claim& each) { return each.node == node && each.file == file; });
    claims_.push_back({std::string(node), std::string(file)});
    return held_before(node, file);
  }
  base::Result<std::uint32_t> still_held(std::string_view node, std::string_view file) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    return held_before(node, file);
  }
  base::Result<> release(std::string_view node, std::string_view file) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::erase_if(claims_, [&](const Claim& each) { return each.node == node && each.file == file; });
    return {};
  }
  base::Result<std::vector<std::string>> asked_for(std::string_view node) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::vector<std::string> files;
    for (auto each = claims_.begin(); each != claims_.end(); ++each) {
      const bool newer =
          std::any_of(each + 1, claims_.end(), [&](const Claim& later) { return later.file == each->file; });
      if (each->node == node && newer) files.push_back(each->file);
    }
    return files;
  }

  base::Result<> add_left(const storage::LeftPartial& partial) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    left_.push_back(partial);
    return {};
  }
  base::Result<std::vector<storage::LeftPartial>> find_left(std::string_view file) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::vector<storage::LeftPartial> found;
    std::ranges::copy_if(left_, std::back_inserter(found), [&](const auto& each) { return each.file == file; });
    std::ranges::sort(found, std::greater<>(), &storage::LeftPartial::size);
    return found;
  }
  base::Result<std::vector<storage::LeftPartial>> find_left_before(base::UtcTime before, std::uint32_t limit) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::vector<storage::LeftPartial> found;
    for (const auto& each : left_)
      if (each.left_at < before && found.size() < limit) found.push_back(each);
    return found;
  }
  base::Result<> remove_left(const base::Uuid& id) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return trouble();
    std::erase_if(left_, [&](const auto& each) { return each.id == id; });
    return {};
  }

 private:
  struct Claim {
    std::string node;
    std::string file;
  };
  std::unexpected<base::Error> trouble() const { return base::fail(*failure_, "The test lets the catalog fail."); }
  std::vector<Claim>::const_iterator find(std::string_view node, std::string_view file) const {
    return std::ranges::find_if(claims_, [&](const Claim& each) { return each.node == node && each.file == file; });
  }
  std::uint32_t held_before(std::string_view node, std::string_view file) const {
    const auto ours = find(node, file);
    return static_cast<std::uint32_t>(std::count_if(claims_.begin(), ours, [&](const Claim& each) {
      const auto lease = leases_.find(each.node);
      return each.file == file && lease != leases_.end() && lease->second > now_;
    }));
  }
  void forget(std::string_view node) {
    leases_.erase(std::string(node));
    std::erase_if(claims_, [&](const Claim& each) { return each.node == node; });
  }

  mutable std::mutex mutex_;
  std::optional<base::Errc> failure_;
  std::chrono::milliseconds now_{1'000'000};
  std::map<std::string, std::chrono::milliseconds> leases_;  // until when
  std::vector<Claim> claims_;                                // oldest first
  std::vector<storage::LeftPartial> left_;
};

}  // namespace tests
