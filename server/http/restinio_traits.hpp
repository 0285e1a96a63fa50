// RESTinio's types as we choose them. Included by restinio_transport.cpp alone.
#pragma once

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "server/http/restinio_include.hpp"
#include "server/http/restinio_sendfile.hpp"

namespace http {

// The connections that are open. Each is closed from here before the io_context goes: RESTinio's connection and its
// sendfile operation own each other until the operation ends, and would leak with their socket.
class OpenConnections {
 public:
  void add(std::uint64_t id, std::weak_ptr<void> connection, int socket) {
    open_[id] = {std::move(connection), socket};
  }

  // Called by RESTinio.
  void state_changed(const restinio::connection_state::notice_t& notice) noexcept {
    if (restinio::holds_alternative<restinio::connection_state::closed_t>(notice.cause())) {
      open_.erase(notice.connection_id());
    }
  }

  // What the peer has not acknowledged for so long ends the connection: heartbeats into a cable that was pulled out
  // fill the kernel's buffer and nothing else.
  void give_up_unacknowledged(std::uint64_t id, std::chrono::milliseconds limit) {
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.connection.expired()) return;
    const auto value = static_cast<unsigned>(limit.count());
    ::setsockopt(found->second.socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
  }

  // Every read and write under way then ends with an error, upon which RESTinio closes the connection.
  void shut_down() {
    for (const auto& [id, each] : open_) {
      if (!each.connection.expired()) ::shutdown(each.socket, SHUT_RDWR);
    }
  }

 private:
  struct Open {
    std::weak_ptr<void> connection;
    int socket = -1;  // the connection's; valid while it lives and has not said that it closed
  };
  std::unordered_map<std::uint64_t, Open> open_;
};

struct Traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                                   restinio::default_request_handler_t, restinio::noop_strand_t, StreamSocket> {
  static constexpr bool use_connection_count_limiter = true;
  using connection_state_listener_t = OpenConnections;
};

// RESTinio forgets which version of HTTP a request speaks, and says 1.1 of all of them.
inline http_parser_settings parser_settings() noexcept {
  auto settings = restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>();
  settings.on_message_complete = [](http_parser* parser) -> int {
    auto& header = static_cast<restinio::impl::http_parser_ctx_t*>(parser->data)->m_header;
    header.http_major(parser->http_major);
    header.http_minor(parser->http_minor);
    return restinio::impl::restinio_message_complete_cb<Traits::http_methods_mapper_t>(parser);
  };
  return settings;
}

using Limiter = restinio::connection_count_limit_types<Traits>::limiter_t;
using LifetimeMonitor = restinio::connection_count_limit_types<Traits>::lifetime_monitor_t;
using ConnectionSettings = restinio::impl::connection_settings_t<Traits>;
using ConnectionFactory = restinio::impl::connection_factory_t<Traits>;
using Builder = restinio::response_builder_t<restinio::user_controlled_output_t>;

}  // namespace http
