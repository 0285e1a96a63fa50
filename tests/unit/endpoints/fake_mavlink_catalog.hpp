// What the MAVLink side keeps, in memory, for one node; it can be away. Called on the pool, looked at by the test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/catalog/mavlink_catalog.hpp"

namespace endpoints {

class FakeMavlinkCatalog final : public storage::MavlinkCatalog {
 public:
  base::Result<> add_images(std::string_view node, std::span<const storage::MavlinkImage> images) override {
    const std::lock_guard lock(mutex_);
    if (may_fail()) return away();
    EXPECT_EQ(node, "n");
    rows_.insert(rows_.end(), images.begin(), images.end());
    return {};
  }
  base::Result<std::vector<storage::MavlinkImage>> images(std::string_view, std::string_view camera,
                                                          std::uint32_t first, std::uint32_t last,
                                                          std::uint32_t limit) override {
    const std::lock_guard lock(mutex_);
    if (may_fail()) return away();
    std::vector<storage::MavlinkImage> found;
    for (const auto& row : rows_)
      if (row.camera == camera && row.index >= first && row.index <= last && found.size() < limit) found.push_back(row);
    return found;
  }
  base::Result<std::uint32_t> image_count(std::string_view, std::string_view) override { return 0; }
  base::Result<> forget_images(std::string_view, std::string_view) override {
    const std::lock_guard lock(mutex_);
    rows_.clear();
    return {};
  }
  base::Result<std::vector<storage::MavlinkNumber>> numbers(std::string_view) override {
    const std::lock_guard lock(mutex_);
    if (may_fail()) return away();
    std::vector<storage::MavlinkNumber> all;
    for (const auto& [name, value] : numbers_) all.push_back({name, value});
    return all;
  }
  base::Result<> set_numbers(std::string_view, std::span<const storage::MavlinkNumber> numbers) override {
    const std::lock_guard lock(mutex_);
    if (may_fail() || failing_writes_) return away();
    for (const auto& number : numbers) numbers_.insert_or_assign(number.name, number.value);
    return {};
  }

  void fail(bool failing) {
    const std::lock_guard lock(mutex_);
    failing_ = failing;
  }
  void fail_writes(bool failing) {  // of numbers
    const std::lock_guard lock(mutex_);
    failing_writes_ = failing;
  }
  void add(std::uint32_t index) {
    const std::lock_guard lock(mutex_);
    rows_.push_back({.camera = "front", .index = index, .url = "http://a/" + std::to_string(index)});
  }
  std::vector<storage::MavlinkImage> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  void keep(const std::string& name, std::int64_t value) {
    const std::lock_guard lock(mutex_);
    numbers_.insert_or_assign(name, value);
  }
  std::optional<std::int64_t> number(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  bool may_fail() {
    ++calls_;
    return failing_;
  }
  static std::unexpected<base::Error> away() { return base::fail(base::Errc::unavailable, "The catalog is away."); }

  std::mutex mutex_;
  std::vector<storage::MavlinkImage> rows_;
  std::map<std::string, std::int64_t> numbers_;
  bool failing_ = false;
  bool failing_writes_ = false;
  int calls_ = 0;
};

}  // namespace endpoints
