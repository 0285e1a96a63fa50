// The trackers' side put together: their links, what they report, and the requests for files that go over them.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/app/settings.hpp"
#include "server/capture/dispatcher.hpp"
#include "server/net/avl_server.hpp"
#include "storage/catalog/catalog.hpp"

namespace app {

class Trackers {
 public:
  // Binds; takes links from start() on. `node` is the name of this start; `catalog` and `registry` outlive it.
  // `sos` is told when an SOS was stored: on the writer's thread, not to block.
  static base::Result<std::unique_ptr<Trackers>> create(const Settings& settings, const std::string& node,
                                                        storage::Catalog& catalog, prometheus::Registry& registry,
                                                        std::function<void()> sos = {},
                                                        recorder::Recorder* recorder = nullptr);
  ~Trackers();

  void start();
  // The addresses taken, with the real ports.
  std::vector<net::ListenAddress> listening() const;  // TCP, plain and TLS
  std::vector<net::ListenAddress> listening_udp() const;
  capture::Dispatcher& dispatcher() noexcept;
  base::Result<> reload();
  // Ends every link: trackers keep what is not answered, and come again.
  void stop();

 private:
  struct Parts;
  explicit Trackers(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace app
