// What handlers work with, and the handlers, one file per group of routes.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/worker_pool.hpp"
#include "server/http/live_slots.hpp"
#include "server/http/message.hpp"
#include "server/http/metrics.hpp"
#include "server/http/readiness.hpp"
#include "server/http/reply.hpp"
#include "server/http/server.hpp"
#include "server/http/target.hpp"

namespace http {

struct Context {
  Options options;
  Sources sources;
  base::SteadyTime started;
  std::shared_ptr<base::WorkerPool> pool;  // kept by answers whose body is read through it
  Metrics metrics;
  std::shared_ptr<LiveSlots> live_slots;

  bool draining() const { return sources.draining && sources.draining(); }
};

// One request on its way through a handler. `values` are what the {parts} of the route's pattern stood for.
struct Call {
  const Request& request;
  const Target& target;
  const std::vector<std::string>& values;
};

using Handler = Response (*)(const Context&, const Call&);
// Answers later, from any thread. Must not block, and keeps nothing of its arguments but the reply.
using LaterHandler = void (*)(const Context&, const Call&, Reply);

// status_handlers.cpp
Response get_health(const Context&, const Call&);
Response get_metrics(const Context&, const Call&);
Response readiness_response(const Context&, const ReadinessReport&);

// asset_handlers.cpp: the pages and openapi.json, embedded in the program
Response get_asset(const Context&, const Call&);

// media_handlers.cpp
Response list_media(const Context&, const Call&);
Response get_latest(const Context&, const Call&);
Response get_media(const Context&, const Call&);
// The media item whose id is the first value of the call, or the answer that says why there is none.
std::expected<storage::Media, Response> media_of(const Context&, const Call&);
Response media_response(const Context&, const storage::Media&);

// keeping_handlers.cpp
Response delete_media(const Context&, const Call&);
Response put_hold(const Context&, const Call&);
Response delete_hold(const Context&, const Call&);
Response get_scrub(const Context&, const Call&);
// Of an id without a file: 410 with when and why, where it was deleted; else 404.
Response no_such_media(const Context&, const base::Uuid& id);

// content_handler.cpp
Response get_content(const Context&, const Call&);

// derived_handlers.cpp
Response get_playback(const Context&, const Call&);
Response get_remux(const Context&, const Call&);
Response get_thumbnail(const Context&, const Call&);
Response get_strip(const Context&, const Call&);
Response get_probe(const Context&, const Call&);

// job_handlers.cpp
Response list_jobs(const Context&, const Call&);
Response retry_media(const Context&, const Call&);

// transfer_handlers.cpp
Response list_transfers(const Context&, const Call&);

// device_handlers.cpp
Response list_devices(const Context&, const Call&);
Response get_device(const Context&, const Call&);
// The device whose IMEI is the first value of the call, or the answer that says why it is none.
std::expected<base::Imei, Response> imei_of(const Call&);

// recording_handlers.cpp
Response get_recording_policy(const Context&, const Call&);
Response put_recording_policy(const Context&, const Call&);
Response delete_recording_policy(const Context&, const Call&);
Response list_recordings(const Context&, const Call&);
Response get_recording(const Context&, const Call&);
Response delete_recording(const Context&, const Call&);

// tracking_handlers.cpp
Response get_track(const Context&, const Call&);
Response list_device_events(const Context&, const Call&);
Response get_device_event(const Context&, const Call&);

// event_handlers.cpp
Response get_events(const Context&, const Call&);

// trigger_handlers.cpp: the relay's log
Response list_triggers(const Context&, const Call&);
Response get_trigger(const Context&, const Call&);
Response list_takes(const Context&, const Call&);
Response get_take(const Context&, const Call&);
// Of everything about the relay where there is none.
Response no_relay();

// relay_handlers.cpp
Response get_rules(const Context&, const Call&);
Response put_rules(const Context&, const Call&);
Response try_rules(const Context&, const Call&);
Response list_arms(const Context&, const Call&);
Response put_arm(const Context&, const Call&);
Response create_trigger(const Context&, const Call&);

// camera_handlers.cpp
Response list_cameras(const Context&, const Call&);
Response get_camera(const Context&, const Call&);
Response create_command(const Context&, const Call&);
Response get_definition(const Context&, const Call&);
void get_live(const Context&, const Call&, Reply);
void get_snapshot(const Context&, const Call&, Reply);

// capture_handlers.cpp
Response create_capture(const Context&, const Call&);
Response list_captures(const Context&, const Call&);
Response get_capture(const Context&, const Call&);
Response cancel_capture(const Context&, const Call&);
Response reply_to_capture(const Context&, const Call&);
Response put_capture_profile(const Context&, const Call&);

}  // namespace http
