// One device and its socket. Internal to the player.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "server/base/clock.hpp"
#include "tools/replay/device.hpp"
#include "tools/sim/link.hpp"

namespace replay {

// What the drivers of a run share.
struct Run {
  asio::io_context io{1};
  base::SteadyTime epoch;
  Pace pace;
  std::optional<asio::ssl::context> tls;
  std::uint64_t sent_bytes = 0;

  Time now() const { return std::chrono::duration_cast<Time>(base::steady_now() - epoch); }
};

// Handlers on their way keep it alive.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual void start() = 0;  // once; from then on it does what the device wants, and tells `done` once
  virtual const DeviceReport& report() const = 0;
};

// On the thread of the run. All but the device is borrowed.
using Done = std::function<void()>;
std::shared_ptr<Driver> drive_tcp(Run& run, const asio::ip::tcp::endpoint& server, const std::string& host, bool tls,
                                  std::unique_ptr<Device> device, Done done);
std::shared_ptr<Driver> drive_udp(Run& run, const asio::ip::udp::endpoint& server, std::unique_ptr<Device> device,
                                  Done done);

}  // namespace replay
