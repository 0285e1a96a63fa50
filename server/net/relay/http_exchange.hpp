// One request, and what comes of its answer, within bounds. Called by libcurl while it works, so it only keeps what
// came and says that something did; whoever owns it tells others about it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/curl/handles.hpp"
#include "server/net/relay/http_client.hpp"
#include "server/net/relay/http_request.hpp"

namespace net::relay {

class HttpExchange {
 public:
  enum class Kind : std::uint8_t { answer, stream };

  // `arrived`: of a stream, a head or bytes are there to be taken.
  HttpExchange(HttpRequest request, Kind kind, std::function<void()> arrived)
      : request_(std::move(request)), kind_(kind), arrived_(std::move(arrived)) {}
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  Kind kind() const noexcept { return kind_; }
  const HttpRequest& request() const noexcept { return request_; }
  const std::string& shown() const noexcept { return shown_; }  // behind prepare()

  // Ready to be started. `reach` stays for as long as this object.
  base::Result<> prepare(const HttpClient::Options& options, const HttpReach& reach);
  CURL* easy() const noexcept { return easy_.get(); }
  void release() noexcept;  // it is in no multi handle any more

  // Why it ended: nothing when that was in order.
  std::optional<base::Error> failure(CURLcode code) const;
  bool head_done() const noexcept { return head_done_; }
  HttpAnswer& answer() noexcept { return answer_; }
  base::Bytes take_bytes() { return std::exchange(pending_, {}); }  // of a stream

 private:
  bool set_options(const HttpClient::Options& options);
  bool set_request();
  bool set_callbacks();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  bool take_header(std::string_view line);
  bool finish_head();
  bool take_data(base::ByteView bytes);
  curl_socket_t open_socket(const curl_sockaddr& address);
  bool stop(base::Errc code, std::string_view why);  // false, always

  const HttpRequest request_;
  const Kind kind_;
  const std::function<void()> arrived_;
  const HttpReach* reach_ = nullptr;
  std::string shown_;
  curl::Easy easy_;
  curl::List headers_;
  std::array<char, CURL_ERROR_SIZE> words_{};

  HttpAnswer answer_;
  base::Bytes pending_;
  bool head_done_ = false;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  std::string length_;  // as the Content-Length of this head says
  std::optional<base::Error> stopped_;
  std::string forbidden_;  // the address it must not connect to
  bool may_connect_ = false;
};

}  // namespace net::relay
