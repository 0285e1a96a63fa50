// Events for the world outside, written in the transaction that makes them true and delivered later.
#pragma once

#include <string>

#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/keeping_catalog.hpp"
#include "storage/catalog/sql.hpp"
#include "storage/catalog/tracking_catalog.hpp"

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

// "media.deleted": {"id","type","time","imei","media":{"id","camera",…},"reason"}.
Event media_deleted_event(const Tombstone& file);

// "media.missing" or "media.damaged": {"id","type","time","imei","media":{"id","object"},"reason"}. The finding is of a
// stored file.
Event media_found_event(const Finding& finding);

// "media.playable": {"id","type","time","imei","media":{"id","ready":["playback",…]}}.
Event media_playable_event(const base::Uuid& media_id, const base::Imei& imei, const std::vector<DerivedObject>& ready,
                           base::UtcTime now);

// "device.event":
// {"id","type","time","imei","event":{"id","kind","at","received_at","value","name","place":{"latitude",
// "longitude","altitude_m","angle_deg","satellites","speed_kmh"}}}; a place that is not known is null.
Event device_event(const DeviceEvent& event);

// "capture.changed": {"id","type","time","imei","capture":{"request_id","part","state","was","reason","percent",
// "media_ids":[…]}}. `part` is its number; `was` is null of one that was just added; `percent` is null in states that
// have none; `media_ids` are the files that have come.
Event capture_changed_event(const CapturePart& part, std::optional<CaptureState> was, base::UtcTime now);

namespace sql {
// In the writer's transaction, in which the device's row is locked: that keeps a device's events in order.
base::Result<> add_event(Connection& connection, const Event& event);
}  // namespace sql

}  // namespace storage
