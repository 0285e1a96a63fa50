#include <fmt/format.h>

#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <utility>

#include "server/net/mavlink/link_errors.hpp"
#include "server/net/mavlink/one_peer_link.hpp"
#include "server/net/mavlink/stream_links.hpp"

namespace net::mavlink {

using asio::ip::tcp;

namespace {
class TcpClient final : public OnePeerLink<tcp::socket> {
 public:
  TcpClient(asio::io_context& context, Plan plan, std::string where, std::chrono::milliseconds idle)
      : OnePeerLink(context, std::move(plan), std::move(where), idle), connecting_(context), deadline_(context) {}

 private:
  void try_open() override {
    connecting_ = tcp::socket(context_);
    deadline_.expires_after(plan_.options.connect_timeout);
    deadline_.async_wait([this, still = alive()](const std::error_code& cancelled) {
      std::error_code ignored;
      if (!cancelled && !still.expired()) connecting_.close(ignored);
    });
    connecting_.async_connect({plan_.address, plan_.options.port},
                              [this, still = alive()](const std::error_code& error) {
                                if (!still.expired()) connected(error);
                              });
  }

  void connected(const std::error_code& error) {
    deadline_.cancel();
    if (error || !connecting_.is_open()) {
      const bool late = !error || error == asio::error::operation_aborted;
      return failed(cannot_connect(plan_.options.name, where_, late ? ETIMEDOUT : error.value()));
    }
    std::error_code as_far_as_it_goes;
    connecting_.set_option(tcp::no_delay(true), as_far_as_it_goes);
    opened(std::move(connecting_));
  }

  tcp::socket connecting_;
  asio::steady_timer deadline_;
};
}  // namespace

base::Result<std::unique_ptr<Link>> open_tcp_client(asio::io_context& context, LinkOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  std::string where = written(plan->address, plan->options.port);
  const auto idle = plan->options.idle_timeout;
  return std::make_unique<TcpClient>(context, std::move(*plan), std::move(where), idle);
}

}  // namespace net::mavlink
