// RelayCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace storage {

class SqlRelay final : public RelayCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlRelay(sql::Database& database) : database_(database) {}

  base::Result<> note(const RelayNotes& notes) override;
  base::Result<TriggerPage> list_triggers(const TriggerQuery& query) override;
  base::Result<std::optional<Trigger>> find_trigger(const base::Uuid& id) override;
  base::Result<RelayTakePage> list_takes(std::uint32_t limit, std::string_view cursor) override;
  base::Result<std::optional<RelayTake>> find_take(const base::Uuid& id) override;
  base::Result<std::uint64_t> last_take_number() override;
  base::Result<std::vector<PendingCommand>> pending(std::string_view node) override;
  base::Result<> end_left_open(std::string_view node, std::string_view reason) override;
  base::Result<RelayRules> rules() override;
  base::Result<RelayRules> set_rules(std::string_view rules, std::uint64_t expected, base::UtcTime now) override;
  base::Result<std::vector<RelayArm>> arms() override;
  base::Result<> set_arm(const RelayArm& arm) override;
  base::Result<std::vector<RelayLatency>> latencies() override;
  base::Result<> set_latency(const RelayLatency& latency) override;
  base::Result<std::uint32_t> forget_triggers(base::UtcTime older_than, std::uint32_t limit) override;

 private:
  template <class Change>
  auto change_settings(Change change) -> decltype(change(std::declval<sql::Connection&>()));

  sql::Database& database_;
};

}  // namespace storage
