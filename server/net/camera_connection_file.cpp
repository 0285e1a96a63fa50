// What is known and counted of the file a connection brings: its live entry, its record, its progress, its catalog row.
#include <asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "server/base/log.hpp"
#include "server/net/camera_connection.hpp"

namespace net {

namespace {
// Notes for the catalog that may wait while the store is stuck. Beyond it they are left out, never files: a second of
// a busy server's notes, less than 10 MiB.
constexpr std::size_t max_queued_notes = 10'000;

bool post_note(base::WorkerPool& notes, std::function<void()> job) {
  return notes.queued() < max_queued_notes && notes.post(std::move(job));
}
}  // namespace

std::string CameraConnection::imei_text() const {
  return session_.imei() ? session_.imei()->str() : std::string();
}

bool CameraConnection::bookkeep(std::function<void()> job) {
  return post_note(services_.notes, std::move(job));
}

// In the catalog, which then says what else the device has sent lately: of other nodes, or of the time before a
// restart. The answer is here before the device's to META REQ, as a rule; the first file does not wait for it.
void CameraConnection::note_seen() {
  bookkeep([self = weak_from_this(), &services = services_, &context = core_.context, imei = *session_.imei(),
            protocol = session_.init().protocol, peer = peer_.endpoint] {
    const base::UtcTime now = base::utc_now();
    auto noted = services.catalog.touch_device(imei, protocol, peer, now);
    if (noted) noted = services.catalog.captures().camera_connected(imei, services.patience, now);
    if (!noted)
      base::log::warning("cannot note that a device was seen",
                         {{"imei", imei.str()}, {"reason", noted.error().message}});
    services.storms.welcome(imei);
    asio::post(context, [self, taken = services.storms.taken(imei)] {
      if (const auto connection = self.lock()) connection->session_.take(taken);
    });
  });
}

// Of a file that was stored already only what came of it this time. What is taken from now on holds for the next file.
void CameraConnection::count_stored(const storage::Media& media, bool duplicate) {
  const base::Imei imei = *session_.imei();
  const bool changed = services_.storms.arrived(imei, duplicate ? base::utc_now() : media.received_at,
                                                duplicate ? session_.counters().received : media.size);
  if (changed) bookkeep([&storms = services_.storms, imei] { storms.settle(imei); });
  session_.take(services_.storms.taken(imei));
}

void CameraConnection::begin_live() {
  const dualcam::FileOffer& offer = session_.offer();
  const base::UtcTime now = base::utc_now();
  live_ = std::make_shared<LiveTransfer>(storage::Transfer{.id = base::Uuid::v7(now),
                                                           .session = name_,
                                                           .imei = *session_.imei(),
                                                           .peer = peer_.endpoint,
                                                           .node = services_.node,
                                                           .protocol = session_.init().protocol,
                                                           .camera = offer.camera,
                                                           .kind = offer.kind,
                                                           .name = offer.name,
                                                           .started_at = now,
                                                           .updated_at = now,
                                                           .total_bytes = offer.max_bytes()});
  live_->updated_ms = now.time_since_epoch().count();
  services_.live.add(live_);
  services_.metrics.live_transfers.Increment();
  counted_ = {};
  rate_received_ = 0;
  file_started_ = last_data_ = rate_mark_ = base::steady_now();
  begin_progress_window();
  begin_capture();
}

void CameraConnection::begin_capture() {
  capture_.reset();
  const storage::Media media = arrival(0).media;
  if (!CaptureProgress::may_be_asked_for(media.trigger)) return;
  capture_ = std::make_shared<CaptureProgress>(
      services_.catalog.captures(), services_.patience,
      [&notes = services_.notes](CaptureProgress::Job job) { return post_note(notes, std::move(job)); });
  capture_->begin({.imei = media.imei,
                   .camera = media.camera,
                   .kind = media.kind,
                   .trigger = media.trigger,
                   .captured_at = media.captured_at,
                   .duration_s = media.duration_s,
                   .seen_at = media.received_at});
}

// After a batch of frames: what the API and the metrics see of the file.
void CameraConnection::update_live() {
  if (!live_) return;
  const dualcam::FileCounters& now_counted = session_.counters();
  if (now_counted.received != counted_.received) {
    const base::SteadyTime now = base::steady_now();
    constexpr std::chrono::seconds stall{2};
    constexpr std::chrono::seconds rate_window{2};
    if (now - last_data_ >= stall) live_->stalls.fetch_add(1, std::memory_order_relaxed);
    last_data_ = now;
    if (now - rate_mark_ >= rate_window) {
      live_->rate = static_cast<double>(now_counted.received - rate_received_) /
                    std::chrono::duration<double>(now - rate_mark_).count();
      rate_mark_ = now;
      rate_received_ = now_counted.received;
    }
    live_->received.store(now_counted.received, std::memory_order_relaxed);
    live_->offset.store(session_.have(), std::memory_order_relaxed);
    live_->updated_ms.store(base::utc_now().time_since_epoch().count(), std::memory_order_relaxed);
    if (const std::uint64_t total = live_->facts.total_bytes; capture_ && total != 0)
      capture_->at(static_cast<std::uint32_t>(std::min(session_.have(), total) * 100 / total), now);
    services_.metrics.bytes_received.Increment(static_cast<double>(now_counted.received - counted_.received));
  }
  if (now_counted.resumes != counted_.resumes || now_counted.bad_crcs != counted_.bad_crcs ||
      now_counted.salvaged != counted_.salvaged) {
    if (now_counted.bad_crcs != counted_.bad_crcs || now_counted.salvaged != counted_.salvaged) recording_.failed();
    live_->resumes = now_counted.resumes;
    live_->bad_crcs = now_counted.bad_crcs;
    live_->salvaged = now_counted.salvaged;
    services_.metrics.resumes.Increment(now_counted.resumes - counted_.resumes);
    services_.metrics.bad_crcs.Increment(now_counted.bad_crcs - counted_.bad_crcs);
    services_.metrics.salvaged.Increment(now_counted.salvaged - counted_.salvaged);
  }
  counted_ = now_counted;
}

void CameraConnection::end_file(std::string state, std::string reason, const storage::Media* media) {
  if (!transfer_) return;
  update_live();
  services_.metrics.live_transfers.Decrement();
  storage::Transfer record = live_->snapshot();
  const double seconds = std::chrono::duration<double>(base::steady_now() - file_started_).count();
  record.bytes_per_second = seconds > 0 ? static_cast<double>(record.bytes_received) / seconds : 0;
  record.live = false;
  record.updated_at = base::utc_now();
  record.state = std::move(state);
  record.reason = std::move(reason);
  if (media) {
    record.media_id = media->id;
    record.total_bytes = record.offset = media->size;
  }
  services_.metrics.ended(record.state);
  if (capture_ && !media) capture_->broke_off(record.reason);
  capture_.reset();
  record_end(std::make_shared<const storage::Transfer>(std::move(record)));
  transfer_->detach();
  transfer_.reset();
}

// Leaves the live list only when it is in the catalog.
void CameraConnection::record_end(const std::shared_ptr<const storage::Transfer>& record) {
  services_.live.end(live_, record);
  const bool noted = bookkeep([&catalog = services_.catalog, &live = services_.live, entry = live_, record] {
    if (const auto recorded = catalog.record_transfer(*record); !recorded)
      base::log::warning(
          "cannot record a transfer",
          {{"session", record->session}, {"imei", record->imei.str()}, {"reason", recorded.error().message}});
    live.remove(entry);
  });
  if (!noted) services_.live.remove(live_);
  live_.reset();
}

void CameraConnection::begin_progress_window() {
  progress_mark_ = session_.counters().received;
  progress_deadline_.set(base::steady_now() + services_.progress.within, shared_from_this());
}

void CameraConnection::check_progress() {
  if (!live_ || ended_already_) return;
  const bool devices_turn = !blocked();
  const std::uint64_t received = session_.counters().received;
  if (devices_turn && received - progress_mark_ < services_.progress.bytes) {
    services_.metrics.refused("too slow");
    return shut_down(fmt::format("too slow: {} bytes in {} ms, at least {} are needed", received - progress_mark_,
                                 services_.progress.within.count(), services_.progress.bytes),
                     true);
  }
  begin_progress_window();
}

storage::Arrival CameraConnection::arrival(std::uint64_t size) const {
  const dualcam::FileOffer& offer = session_.offer();
  const dualcam::Metadata& metadata = offer.metadata;
  const auto time = [](std::optional<std::int64_t> ms) -> std::optional<base::UtcTime> {
    if (!ms) return std::nullopt;
    return base::UtcTime{std::chrono::milliseconds{*ms}};
  };
  return {.media = {.id = {},
                    .imei = *session_.imei(),
                    .camera = offer.camera,
                    .kind = offer.kind,
                    .captured_at = time(metadata.captured_ms),
                    .received_at = base::utc_now(),
                    .triggered_at = time(metadata.triggered_ms),
                    .trigger = metadata.trigger,
                    .duration_s = metadata.duration_s,
                    .frame_rate = metadata.frame_rate,
                    .time_zone_minutes = metadata.time_zone_minutes,
                    .latitude = metadata.latitude,
                    .longitude = metadata.longitude,
                    .driver_name = metadata.driver_name,
                    .name = offer.name,
                    .declared_size = offer.declared_size,
                    .declared_in_packets = offer.unit == dualcam::SizeUnit::packets,
                    .metadata_hex = base::to_hex(offer.raw_metadata),
                    .packets = session_.counters().packets,
                    .bad_crcs = session_.counters().bad_crcs},
          .expected_bytes = size};
}

}  // namespace net
