// Events for the world outside, written in the transaction that makes them true and delivered later.
#pragma once

#include <string>

#include "storage/catalog/catalog.hpp"

namespace storage {

struct Event {
  base::Uuid id;  // the same at every delivery
  base::Imei imei;
  std::string type;
  base::UtcTime created_at;
  std::string payload;  // the whole event in JSON, UTF-8
};

// "media.stored": {"id","type","time","imei","media":{…}} with the media item as the API shows it.
Event media_stored_event(const Media& media);
// "device.intake": {"id","type","time","imei","intake":{"state","was","since","reason","files","bytes","files_limit",
// "bytes_limit","window_s"}}; a limit that there is none of is null.
Event device_intake_event(const IntakeChange& change);

}  // namespace storage
