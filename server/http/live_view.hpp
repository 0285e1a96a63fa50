// The pictures of a camera, as the relay has them. Implemented where cameras are talked to; their credentials stay
// there.
#pragma once

#include <functional>
#include <memory>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/http/message.hpp"

namespace http {

struct Frame {
  std::shared_ptr<const base::Bytes> jpeg;
  base::UtcTime at;  // when it came
  Headers headers;   // what else is known of it: {"X-Pan-Tilt", "136 46"}
};

// Thread-safe. No call blocks; callbacks come on any thread, also within the call.
class LiveView {
 public:
  virtual ~LiveView() = default;

  class Subscription {
   public:
    virtual ~Subscription() = default;  // ends it; a callback may be under way, and none begins later
  };
  struct Callbacks {
    std::function<void(Frame frame)> frame;
    std::function<void(const base::Error& why)> ended;  // no more frames: at most once
  };
  virtual std::unique_ptr<Subscription> subscribe(Callbacks callbacks) = 0;

  // One picture. `done` is called once, or destroyed.
  virtual void snapshot(std::function<void(base::Result<Frame> picture)> done) = 0;
};

}  // namespace http
