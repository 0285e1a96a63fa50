#include "server/http/feed_events.hpp"

#include "server/http/capture_json.hpp"
#include "server/http/json.hpp"
#include "server/http/relay_json.hpp"

namespace http {

void publish(Feed& feed, const storage::Trigger& trigger) {
  feed.publish(Topic::trigger, trigger_json(trigger));
}

void publish(Feed& feed, const storage::RelayTake& take) {
  feed.publish(Topic::take, take_json(take));
}

void publish(Feed& feed, const RelayCamera& camera) {
  feed.publish(Topic::camera, camera_json(camera, base::utc_now()));
}

void publish(Feed& feed, const hub::ArmState& arm) {
  feed.publish(Topic::arm, arm_json(arm));
}

void publish(Feed& feed, const storage::CaptureRequest& request) {
  feed.publish(Topic::capture, capture_json(request));
}

// A file that was just stored: nothing is made of it yet.
void publish(Feed& feed, const storage::Media& media) {
  feed.publish(Topic::media, media_json(media, {}));
}

}  // namespace http
