// Rows of capture requests, read.
#pragma once

#include <span>
#include <string>

#include "storage/catalog/capture_steps.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// In the order in which the functions below read them.
constexpr std::string_view request_columns =
    "id, imei, kind, begins_at, duration_s, channel, origin, event_id, created_at, deadline, state, reason, updated_at";
constexpr std::string_view part_columns =
    "id, imei, request_id, number, kind, begins_at, duration_s, command, state, attempts, percent, reply, reason, "
    "node, "
    "sent_at, replied_at, due_at, updated_at, deadline, first_sent_at, patience_ms, final_at";

base::Result<CaptureRequest> read_request(const Rows& row);  // without its parts
base::Result<base::Uuid> read_id(const Rows& row);
// The parts that `sql`, with part_columns, asks for, with their files.
base::Result<std::vector<CaptureRow>> read_parts(Connection& connection, std::string_view sql,
                                                 std::span<const Value> values);
// Gives the requests their parts.
base::Result<> read_parts_of(Connection& connection, std::span<CaptureRequest> requests);

std::unexpected<base::Error> unknown_word(std::string_view table, const Rows& row, int first, int second);

}  // namespace storage::sql
