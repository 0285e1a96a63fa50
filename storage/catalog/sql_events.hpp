// EventCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/event_catalog.hpp"

namespace storage {

class SqlEvents final : public EventCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlEvents(sql::Database& database) : database_(database) {}

  base::Result<std::optional<std::int64_t>> hold_target(std::string_view name, std::string_view node,
                                                        std::chrono::milliseconds lease) override;
  base::Result<bool> advance_target(std::string_view name, std::string_view node, std::int64_t position,
                                    std::chrono::milliseconds lease) override;
  base::Result<> let_go_of_targets(std::string_view node) override;
  base::Result<std::uint64_t> forget_targets(base::UtcTime before) override;
  base::Result<std::uint64_t> number_events(std::uint32_t limit) override;
  base::Result<std::vector<OutboxEvent>> events_behind(std::int64_t position, std::uint32_t limit) override;
  base::Result<EventBacklog> backlog(std::string_view target) override;
  base::Result<TrimmedEvents> trim_events(std::optional<base::UtcTime> too_old, std::uint32_t limit) override;

 private:
  sql::Database& database_;
};

}  // namespace storage
