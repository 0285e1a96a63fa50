#include <sys/ioctl.h>

#include <asio/serial_port.hpp>
#include <utility>

#include "server/net/mavlink/link_errors.hpp"
#include "server/net/mavlink/one_peer_link.hpp"
#include "server/net/mavlink/stream_links.hpp"

namespace net::mavlink {

namespace {
using asio::serial_port;

// 8N1 without flow control, as autopilots have it.
std::error_code set_up(serial_port& port, unsigned baud) {
  std::error_code error;
  port.set_option(serial_port::baud_rate(baud), error);
  if (!error) port.set_option(serial_port::character_size(8), error);
  if (!error) port.set_option(serial_port::parity(serial_port::parity::none), error);
  if (!error) port.set_option(serial_port::stop_bits(serial_port::stop_bits::one), error);
  if (!error) port.set_option(serial_port::flow_control(serial_port::flow_control::none), error);
  return error;
}

class SerialLink final : public OnePeerLink<serial_port> {
 public:
  SerialLink(asio::io_context& context, Plan plan, std::string device)
      : OnePeerLink(context, std::move(plan), std::move(device), {}) {}

 private:
  void try_open() override {
    serial_port port(context_);
    std::error_code error;
    port.open(where_, error);
    if (!error) error = set_up(port, plan_.options.baud);
    if (error) return failed(cannot_open_device(plan_.options.name, where_, error.value()));
    // Two programs on one line each get half of the frames, in silence.
    ioctl(port.native_handle(), TIOCEXCL);
    opened(std::move(port));
  }
};
}  // namespace

base::Result<std::unique_ptr<Link>> open_serial(asio::io_context& context, LinkOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  std::string device = plan->options.device;
  return std::make_unique<SerialLink>(context, std::move(*plan), std::move(device));
}

}  // namespace net::mavlink
