// An event as it leaves.
#pragma once

#include <string>

#include "server/base/result.hpp"
#include "storage/catalog/event_catalog.hpp"

namespace events {

struct Message {
  std::string id;      // the same at every delivery
  std::string type;    // "media.stored"
  std::string device;  // the IMEI
  std::string body;    // JSON, UTF-8: {"id","type","time","device","data":{…}}
};

// `data` is what the event has beside those. `corrupt`: the outbox holds no JSON object there.
base::Result<Message> message_of(const storage::OutboxEvent& event);

}  // namespace events
