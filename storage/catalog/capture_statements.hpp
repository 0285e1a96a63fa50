// The statements about capture requests. Whoever writes has the device's row locked first: what was read behind that is
// still so when it is written.
#pragma once

#include <span>

#include "storage/catalog/capture_steps.hpp"
#include "storage/catalog/page.hpp"

namespace storage::sql {

// ---- Reading
base::Result<std::optional<CaptureRequest>> find_capture(Connection& connection, const base::Uuid& id);
base::Result<CapturePage> list_captures(Connection& connection, const CaptureQuery& query);
base::Result<std::vector<CaptureCount>> count_captures(Connection& connection);
base::Result<std::vector<CapturePart>> awaiting_reply(Connection& connection, const base::Imei& imei,
                                                      CaptureChannel channel);
base::Result<std::optional<CaptureRow>> find_part(Connection& connection, const base::Uuid& id);
// Those of the device that wait for its camera.
base::Result<std::vector<base::Uuid>> accepted_parts(Connection& connection, const base::Imei& imei);

// ---- Writing
// With its parts, and an event for each.
base::Result<> add_request(Connection& connection, const CaptureRequest& request);
// One for the same videos that need not be asked for again.
base::Result<std::optional<base::Uuid>> same_request(Connection& connection, const CaptureRequest& request);
// A part that has made a step; `was` is its state before. With what follows of it: the request's state, and the event.
base::Result<> write_part(Connection& connection, CaptureRow& row, CaptureState was, base::UtcTime now);
// Gives the part's place for this camera the file. Once only.
base::Result<> write_file(Connection& connection, const base::Uuid& part_id, base::Camera camera,
                          const base::Uuid& media_id);
// Whether a part has it.
base::Result<bool> belongs_to_part(Connection& connection, const base::Uuid& media_id);

// ---- Forgetting
struct RequestKey {
  base::Uuid id;
  base::Imei imei;
};
// Requests that were made, and last changed, before `before`, and are final.
base::Result<std::vector<RequestKey>> ended_requests(Connection& connection, base::UtcTime before, std::uint32_t limit);
// Those of `ids`, of the device that is locked, of which that is still so; how many those were.
base::Result<std::uint32_t> forget_requests(Connection& connection, std::span<const base::Uuid> ids,
                                            base::UtcTime before);

// What the calls above ask: for the tests of the query plans, too.
base::Result<Query> captures_query(const CaptureQuery& query, Dialect dialect);
std::string awaiting_reply_sql(Dialect dialect);
std::string same_request_sql(Dialect dialect);
std::string count_captures_sql(Dialect dialect);
std::string ended_requests_sql(Dialect dialect);

}  // namespace storage::sql
