// Which parts of capture requests are to be done: those to be sent, and those that have waited too long.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

struct PartKey {
  base::Uuid id;
  base::Imei imei;
};

// Parts that may be sent now over `channel`, by `node` where that matters, oldest requests first, one for each device.
struct Sending {
  CaptureChannel channel = CaptureChannel::avl;
  std::string_view node;
  base::UtcTime now;
};
base::Result<std::vector<PartKey>> parts_to_send(Connection& connection, const Sending& sending, std::uint32_t limit);
// Whether one of those may still be sent, under the lock of its device.
base::Result<bool> may_send(Connection& connection, const Sending& sending, const base::Uuid& part_id);

// Parts that are overdue, or past their deadline.
base::Result<std::vector<PartKey>> parts_to_settle(Connection& connection, base::UtcTime now, std::uint32_t limit);

// What the calls above ask: for the tests of the query plans, too.
std::string parts_to_send_sql(CaptureChannel channel, Dialect dialect);
std::string parts_due_sql(Dialect dialect);
std::string parts_past_deadline_sql(Dialect dialect);

}  // namespace storage::sql
