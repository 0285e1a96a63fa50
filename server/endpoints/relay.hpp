// The relay: its endpoints, the hub between them, and the thread they share. Everything else talks to it through the
// calls here, which are of any thread and take a bounded time.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/endpoints/config.hpp"
#include "server/endpoints/dualcam_device.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/media_writer.hpp"
#include "server/recorder/recorder.hpp"
#include "server/relay/hub/hub.hpp"
#include "storage/catalog/mavlink_catalog.hpp"
#include "storage/catalog/relay_catalog.hpp"
#include "storage/intake.hpp"
#include "storage/journal/relay_journal.hpp"

namespace endpoints {

// How an endpoint is, for people and pages.
struct EndpointState {
  hub::EndpointInfo info;
  std::string address;  // for people
  Health health;
  std::optional<std::chrono::microseconds> latency;  // measured
  bool armed = true;
  bool live = false;  // it has pictures
};

// What those who watch are told of: a row of the log, a take, how an endpoint is, a switch.
using Told = std::variant<storage::Trigger, storage::RelayTake, EndpointState, hub::ArmState>;

struct Services {
  storage::RelayCatalog& catalog;
  storage::MavlinkCatalog& mavlink;
  storage::RelayJournal& journal;
  std::string node;                            // the same at every start: pending commands are found by it
  std::function<void(const Told& told)> tell;  // on the relay's thread; must not block. May be empty
  storage::Intake* intake = nullptr;           // where pictures are stored; null: none are
  CaptureDesk captures;                        // where DualCams are asked for files
  recorder::Recorder* recorder = nullptr;      // null: nothing is recorded
};

struct RuleSet {
  std::vector<hub::Rule> rules;  // the file's first
  std::uint64_t version = 0;     // of the API's
};

class Relay {
 public:
  // Opens the sockets, reads what the catalog keeps. Errors are sentences that name the endpoint. `services` and
  // `registry` outlive it.
  static base::Result<std::unique_ptr<Relay>> create(Config config, Services services, prometheus::Registry& registry);
  // The same with endpoints that somebody else makes.
  using Build = std::function<base::Result<std::vector<std::unique_ptr<Endpoint>>>(Host& host, MediaWriter* media)>;
  static base::Result<std::unique_ptr<Relay>> create(Config config, Services services, prometheus::Registry& registry,
                                                     const Build& build);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  void start();  // what was pending at the end of the last run goes on
  // Pending commands stay in the catalog for the next start. Calls answer `unavailable` from then on.
  void stop();

  std::vector<EndpointState> endpoints() const;
  std::optional<EndpointState> endpoint(std::string_view name) const;
  hub::Figures figures() const;
  std::shared_ptr<FrameFeed> pictures(std::string_view name) const;  // null: it has none

  base::Result<std::string> definition(std::string_view camera) const;  // `not_found`

  // One command by hand; the id of its row. Errors: `not_found`, `invalid`, `refused` (disarmed, over the rate).
  base::Result<base::Uuid> command(std::string_view target, std::string_view verb, hub::Fields parameters);
  // An event by hand, or of another backend: judged as any other. The id of its row.
  base::Result<base::Uuid> hear(hub::Event event);
  void hear_later(hub::Event event);  // does not block, and says nothing of what came of it
  base::Result<hub::DryRun> dry_run(hub::Event event) const;
  // What a datagram would be at that endpoint. `invalid`: none; why.
  base::Result<hub::Event> what_is(std::string_view endpoint, base::ByteView datagram) const;

  RuleSet rules() const;
  // Checked as a whole, kept, in force when this returns. `conflict`: another version stands.
  base::Result<RuleSet> set_rules(std::vector<hub::Rule> rules, std::uint64_t expected);
  // Rules of the file and of other nodes' API, anew.
  base::Result<> reload(Config config);

  std::vector<hub::ArmState> arms() const;
  base::Result<> arm(const hub::ArmState& state);

 private:
  struct State;
  explicit Relay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace endpoints
