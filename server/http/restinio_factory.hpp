// How RESTinio is set up: what it takes, and for how long it waits. Included by restinio_transport.cpp alone.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "server/http/restinio_traits.hpp"
#include "server/http/transport.hpp"

namespace http {

// Beyond these the connection is closed without an answer. Wider than what Api answers with 414 and 431.
constexpr std::size_t largest_url = 8 * 1024;
constexpr std::size_t largest_field = 8 * 1024;
constexpr std::size_t largest_field_name = 256;
constexpr std::size_t most_fields = 100;
constexpr std::size_t read_buffer = 4 * 1024;  // per connection

inline std::shared_ptr<ConnectionFactory> make_factory(const Options& options, asio::io_context& io,
                                                       std::shared_ptr<OpenConnections> connections,
                                                       restinio::default_request_handler_t take) {
  restinio::server_settings_t<Traits> settings;
  settings.buffer_size(read_buffer)
      .max_pipelined_requests(1)
      .connection_state_listener(std::move(connections))
      .read_next_http_message_timelimit(options.idle_timeout)
      .handle_request_timeout(options.answer_timeout)
      .write_http_response_timelimit(options.write_timeout)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(largest_url)
                                    .max_field_name_size(largest_field_name)
                                    .max_field_value_size(largest_field)
                                    .max_field_count(most_fields)
                                    .max_body_size(largest_request_body))
      .request_handler(std::move(take));
  // RESTinio looks at its timeouts once in so long, per connection.
  const auto shortest = std::min({options.idle_timeout, options.answer_timeout, options.write_timeout});
  const auto period = std::clamp<std::chrono::milliseconds>(shortest / 4, std::chrono::milliseconds(10),
                                                            std::chrono::milliseconds(1000));
  auto socket_options = settings.socket_options_setter();
  auto timers = restinio::asio_timer_manager_t::factory_t(period).create(io);
  return std::make_shared<ConnectionFactory>(
      std::make_shared<ConnectionSettings>(std::move(settings), parser_settings(), std::move(timers)),
      std::move(socket_options));
}

}  // namespace http
