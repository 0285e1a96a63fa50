// The HTTP API, version 1, and the first page. One thread does all socket work; a small bounded pool does whatever may
// block (catalog, object store, metrics), and each probe of /readyz has a thread of its own, so that a disk that hangs
// holds up nothing but its own answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/camera_request.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/job_catalog.hpp"
#include "storage/objects/object_store.hpp"

namespace prometheus {
class Registry;
}

namespace storage {
class RelayCatalog;
}

namespace recorder {
class Recorder;
}

namespace http {

class Feed;
class LiveView;
class Relay;

struct Options {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address, or a name that resolves to one
  std::uint16_t port = 8080;          // 0 takes a free one
  unsigned workers = 4;               // threads for blocking calls

  // Requests that wait for a worker; the next one is answered 503 with Retry-After. At 5 ms a query and four workers,
  // 256 are a third of a second of waiting.
  std::size_t max_queued = 256;
  // Connections at a time; more wait in the kernel's backlog until one ends.
  std::size_t max_connections = 1024;
  // Readers of events and live pictures among them; the next one is answered 503. The rest is for everything else.
  std::size_t max_live = 768;

  std::chrono::milliseconds idle_timeout{30'000};    // for a whole request head, and between two requests
  std::chrono::milliseconds answer_timeout{30'000};  // from the request to the first byte of the answer
  std::chrono::milliseconds write_timeout{60'000};   // per piece of 256 KiB: a reader slower than 4 KiB/s is let go
  std::chrono::milliseconds heartbeat{15'000};       // of an answer without an end that has nothing to say
  std::chrono::milliseconds camera_timeout{10'000};  // for a camera's picture; keep it below answer_timeout
  std::chrono::milliseconds probe_timeout{5'000};    // for one check of /readyz; keep it below answer_timeout
  std::chrono::milliseconds probe_cache{1'000};      // /readyz answers from memory for so long
  std::chrono::milliseconds stop_grace{2'000};       // stop(): for answers under way, then again for blocking calls
};

// A durable path that /readyz tries: writes, syncs, reads back and deletes. May block, on a thread of its own.
struct Probe {
  std::string name;  // "catalog", "objects", "spool"
  std::function<base::Result<>()> run;
};

// How requests for captures go their way once they are in the catalog. Every function may be empty: then requests wait
// in the catalog for a node that has them.
struct Capturing {
  storage::CaptureChannel channel = storage::CaptureChannel::avl;  // where a request names none
  std::string profile = "classic";                                 // of devices that have none
  std::optional<avl::Destination> camera_address;                  // where cameras reach this server; see capture::Wish
  std::function<void()> added;                                     // must not block
  // What a device answered; see capture::Dispatcher::reply().
  std::function<base::Result<storage::CaptureRequest>(const base::Uuid&, std::optional<std::uint32_t> part,
                                                      std::string_view text)>
      reply;
};

// What the API tells about. References, pointers and functions stay valid until stop() has returned; the functions are
// called from several threads.
struct Sources {
  storage::Catalog& catalog;
  storage::ObjectStore& objects;
  storage::JobCatalog& jobs;
  // Among them those that have ended, until the catalog has them.
  std::function<std::vector<storage::Transfer>()> live_transfers;
  Capturing capturing;
  std::vector<Probe> probes;
  std::shared_ptr<prometheus::Registry> registry;  // also gets the figures of this server, dualcamd_http_*
  std::function<bool()> draining;                  // must not block; may be empty
  std::string version;

  Feed* feed = nullptr;                            // what /api/v1/events tells; null: there is no such address
  Relay* relay = nullptr;                          // null: this server relays nothing
  storage::RelayCatalog* relay_catalog = nullptr;  // the relay's log
  // Of one of its cameras; null: there is none of that name, or it sends no pictures. Must not block.
  std::function<std::shared_ptr<LiveView>(std::string_view camera)> live_view;
  recorder::Recorder* recorder = nullptr;  // null: this server records nothing
};

class Server {
 public:
  // Binds and serves at once. The error says which address and why not.
  static base::Result<std::unique_ptr<Server>> start(const Options& options, Sources sources);
  ~Server();

  std::uint16_t port() const noexcept;
  std::string endpoint() const;  // "127.0.0.1:8080", "[::1]:8080"

  // Takes no more connections, lets answers under way finish for stop_grace, ends the rest. Returns within three times
  // stop_grace: a blocking call that has not returned by then is left behind with its thread, and that is logged.
  // May be called twice.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace http
