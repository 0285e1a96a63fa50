// What the scrub reads and writes. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/keeping_catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

base::Result<std::vector<KeptFile>> media_behind(Connection& connection, std::string_view object_key,
                                                 std::uint32_t limit);
base::Result<std::optional<KeptFile>> find_media_of(Connection& connection, std::string_view object_key);
base::Result<std::optional<KeptFile>> find_content(Connection& connection, const base::Imei& imei,
                                                   std::string_view sha256);

base::Result<bool> note_finding(Connection& connection, const Finding& finding, const base::Uuid& run);
base::Result<> drop_finding(Connection& connection, FindingKind kind, std::string_view object_key);
base::Result<std::vector<Finding>> findings(Connection& connection, std::uint32_t limit);
base::Result<> settle_findings(Connection& connection, const base::Uuid& run);

base::Result<> record_run(Connection& connection, const ScrubRun& run);
base::Result<std::optional<ScrubRun>> last_run(Connection& connection);
base::Result<std::string> sample_cursor(Connection& connection);
base::Result<> set_sample_cursor(Connection& connection, std::string_view object_key);

}  // namespace storage::sql
