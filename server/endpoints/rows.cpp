#include "server/endpoints/rows.hpp"

#include <algorithm>
#include <utility>

#include "server/base/json.hpp"

namespace endpoints {

std::string fields_json(const hub::Fields& fields) {
  base::JsonWriter json;
  json.begin_object();
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const bool again =
        std::any_of(fields.begin(), field, [&](const auto& before) { return before.name == field->name; });
    if (!again) json.member(field->name, field->value);
  }
  json.end_object();
  return std::move(json).take();
}

storage::Trigger row_of(hub::Note&& note, const std::string& node) {
  storage::Trigger row{.id = note.id,
                       .incoming = note.incoming,
                       .node = node,
                       .protocol = std::string(hub::to_string(note.protocol)),
                       .endpoint = std::move(note.endpoint),
                       .kind = std::move(note.kind),
                       .rule = std::move(note.rule),
                       .outcome = std::string(hub::to_string(note.outcome)),
                       .reason = std::move(note.reason),
                       .fields = fields_json(note.fields),
                       .raw = std::move(note.raw),
                       .peer = std::move(note.peer),
                       .cause = note.cause,
                       .take_id = note.take,
                       .at = note.at,
                       .due_at = note.due_at,
                       .late_us = note.late.count()};
  if (note.latency) row.latency_us = note.latency->count();
  return row;
}

storage::RelayTake row_of(const hub::Take& take, const std::string& node) {
  return {.id = take.id,
          .number = take.number,
          .node = node,
          .source = take.source,
          .name = take.name,
          .state = take.state,
          .result = take.result,
          .started_at = take.started_at,
          .ended_at = take.ended_at,
          .completed_at = take.completed_at,
          .commands = take.commands};
}

storage::PendingCommand row_of(const hub::Command& command, const std::string& node) {
  return {.id = command.id,
          .node = node,
          .target = command.target,
          .rule = command.rule,
          .command = hub::to_json(command),
          .due_at = command.due.utc,
          .expires_at = command.due.utc + command.expiry};
}

}  // namespace endpoints
