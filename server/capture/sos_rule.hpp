// A rule that asks for the clip around every SOS of a tracker. Looks at device events in the order in which they came,
// each one until it is dealt with, also after a crash: the request's id follows from the event's. A thread of its own.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/avl/camera_request.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace capture {

struct SosOptions {
  bool video = true;  // with neither of the two events are only ticked off
  bool photo = false;
  bool front = true;
  bool rear = true;
  std::chrono::seconds before{5};
  std::chrono::seconds after{5};
  // Names of triggers, as device events have them: "din1", "crash". Empty: all. Never "server_request", which is what a
  // request of ours causes.
  std::vector<std::string> triggers;
  // Trackers deliver late what they recorded without a network; of older events the clip is not asked for.
  std::chrono::milliseconds max_age = std::chrono::hours{24};
  storage::CaptureChannel channel = storage::CaptureChannel::avl;
  std::chrono::milliseconds patience = std::chrono::hours{24};  // from the request to its deadline
  std::chrono::milliseconds look_interval = std::chrono::seconds{2};
};

// The same for the same event and kind, on every node; sorts by the time at which the event came, as others' do.
base::Uuid sos_request_id(const base::Uuid& event_id, base::MediaKind kind);

class SosRule {
 public:
  // `added` is called on the rule's thread when there are new requests: Dispatcher::look(). All outlive it.
  SosRule(SosOptions options, storage::TrackingCatalog& tracking, storage::CaptureCatalog& captures,
          std::function<void()> added, prometheus::Registry& registry);
  ~SosRule();
  SosRule(const SosRule&) = delete;
  SosRule& operator=(const SosRule&) = delete;

  void look();  // a hint that there may be an event; any thread, does not block

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capture
