// What endpoints are given to work with: the relay's thread and clock, HTTP, a pool for calls that block, and the way
// into the hub. All of it outlives them.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "server/base/ids.hpp"
#include "server/base/worker_pool.hpp"
#include "server/net/relay/http_client.hpp"
#include "server/recorder/recorder.hpp"
#include "server/relay/hub/event.hpp"
#include "server/relay/hub/hub.hpp"

namespace endpoints {

// A datagram or an answer that is no event; it gets a row of its own.
struct Refused {
  hub::Outcome outcome = hub::Outcome::refused;  // or echo
  hub::Protocol protocol = hub::Protocol::api;
  std::string source;
  std::string code;    // a word, for figures: "no_nul"
  std::string reason;  // a sentence
  std::string peer;
  base::Bytes raw;
};

// When something came that was heard of only now.
inline hub::Now moment_of(base::SteadyTime came, hub::Now now) {
  return {came, now.utc - std::chrono::round<std::chrono::milliseconds>(now.steady - came)};
}

class Host {
 public:
  virtual ~Host() = default;
  virtual asio::io_context& context() noexcept = 0;
  virtual net::relay::HttpClient& http() noexcept = 0;
  virtual base::WorkerPool& pool() noexcept = 0;
  virtual hub::Now now() const = 0;
  virtual base::Uuid new_id(base::UtcTime now) = 0;

  virtual void heard(hub::Event event) = 0;
  virtual void refused(Refused refused) = 0;
  // An answer or a picture of a camera cannot be read; `what`: a word, for figures.
  virtual void misread(std::string_view what) = 0;
  // So that it is known for an echo when it comes back within `window`; 0: the usual one.
  virtual void sent(hub::Protocol protocol, std::string_view key, std::chrono::milliseconds window) = 0;
  // For pages and streams: the endpoint's health has changed.
  virtual void health_changed(const std::string& endpoint) = 0;
  // Where what goes over the endpoint's sockets is recorded; null: nowhere.
  virtual std::shared_ptr<recorder::Channel> recording(const std::string&) { return nullptr; }
};

}  // namespace endpoints
