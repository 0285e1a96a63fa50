// Sees to it that every capture request comes to its end: sends commands when trackers can be reached, reads answers,
// tries again, gives up in time. What it knows is in the catalog: it can be killed at any moment, and any number of
// nodes share one catalog. A thread of its own for all that blocks, and one more for each gateway.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/capture/gateway.hpp"
#include "storage/catalog/capture_catalog.hpp"

namespace capture {

struct DispatcherOptions {
  std::string node;  // as the links of its trackers name it
  storage::CapturePatience patience;
  std::chrono::milliseconds look_interval = std::chrono::seconds{1};  // for requests that other nodes have taken
};

class Dispatcher {
 public:
  // Puts one command onto the tracker's live link; false: there is none. Any thread; must not block.
  using Send = std::function<bool(const base::Imei& imei, std::string_view command)>;

  // `webhook` and `sms` may be null: requests of that channel then wait until a node has one. All outlive it.
  Dispatcher(DispatcherOptions options, storage::CaptureCatalog& captures, Send send, Gateway* webhook, Gateway* sms,
             prometheus::Registry& registry);
  // Cancels what the gateways are at and waits for the call to the catalog that is under way.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Hints, from any thread, which do not block: a tracker has a link, a request was added or cancelled.
  void tracker_linked(const base::Imei& imei);
  void look();
  // What a tracker said on its link. From any thread; does not block. Pieces of one answer are joined.
  void tracker_said(const base::Imei& imei, std::string_view text);

  // What a backend says that a device answered to a part's command. Blocks; `not_found`, `conflict` (it has been
  // answered), `invalid` (not an answer to a request, or not to that part). Without a part: the one it fits.
  base::Result<storage::CaptureRequest> reply(const base::Uuid& request_id, std::optional<std::uint32_t> part,
                                              std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capture
