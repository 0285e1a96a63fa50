// The only file here that sees nlohmann.
#include "server/events/message.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace events {

base::Result<Message> message_of(const storage::OutboxEvent& event) {
  const std::string id = event.id.str();
  const std::string device = event.imei.str();
  auto data = nlohmann::ordered_json::parse(event.payload, nullptr, false);
  if (!data.is_object())
    return base::fail(base::Errc::corrupt, fmt::format("The catalog's outbox holds no JSON object at event {}.", id));
  for (const char* own : {"id", "type", "time", "imei"}) data.erase(own);
  const nlohmann::ordered_json whole{{"id", id},
                                     {"type", event.type},
                                     {"time", base::to_iso8601(event.created_at)},
                                     {"device", device},
                                     {"data", std::move(data)}};
  using Handler = nlohmann::ordered_json::error_handler_t;
  return Message{id, event.type, device, whole.dump(-1, ' ', false, Handler::replace)};
}

}  // namespace events
