// The rules by which files go: age, bytes of a device, bytes in all, and how full the volumes of this machine are.
// Oldest first, always, and never what is on hold. Without a rule nothing goes.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "storage/catalog/keeping_catalog.hpp"
#include "storage/keeping/deletion.hpp"
#include "storage/keeping/volume.hpp"

namespace storage {

// 0 of anything: no such rule.
struct RetentionRules {
  std::chrono::milliseconds max_age{0};  // since it was received
  std::uint64_t device_bytes = 0;
  std::uint64_t total_high = 0;  // above it the oldest go, until there are total_low
  std::uint64_t total_low = 0;
  double volume_high = 0;  // percent of the object store's volume
  double volume_low = 0;
};

enum class Rule : std::uint8_t { age, device, total, volume };
constexpr std::array all_rules{Rule::age, Rule::device, Rule::total, Rule::volume};
std::string_view to_string(Rule rule) noexcept;  // "age" …

struct RetentionReport {
  std::array<Deleted, all_rules.size()> deleted;              // by rule
  std::array<std::uint64_t, all_rules.size()> unreachable{};  // bytes too many, and none left that may go
};

class Retention {
 public:
  // `volume` measures the one the objects are on; empty where they are not on this machine. All outlive it.
  Retention(KeepingCatalog& catalog, Deletion& deletion, RetentionRules rules, MeasureVolume volume)
      : catalog_(catalog), deletion_(deletion), rules_(rules), volume_(std::move(volume)) {}

  // Every rule once. What was done before an error or a stop is in `report`, too. One call at a time.
  base::Result<> run(RetentionReport& report, const std::stop_token& stop);

 private:
  struct Task;
  base::Result<> enforce_age(RetentionReport& report, const std::stop_token& stop);
  base::Result<> enforce_devices(RetentionReport& report, const std::stop_token& stop);
  base::Result<> enforce_total(RetentionReport& report, const std::stop_token& stop);
  base::Result<> enforce_volume(RetentionReport& report, const std::stop_token& stop);
  base::Result<Deleted> delete_oldest(const Task& task, Deleted& counted, const std::stop_token& stop);
  base::Result<> free_bytes(Rule rule, const Task& task, RetentionReport& report, const std::stop_token& stop);

  KeepingCatalog& catalog_;
  Deletion& deletion_;
  const RetentionRules rules_;
  const MeasureVolume volume_;
};

}  // namespace storage
