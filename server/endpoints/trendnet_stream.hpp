// A TV-IP400's endless stream, opened again whenever it ends: its pictures, with what stands beside them.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "server/endpoints/config.hpp"
#include "server/endpoints/frame_feed.hpp"
#include "server/endpoints/host.hpp"
#include "server/relay/trendnet/answer.hpp"
#include "server/relay/trendnet/mjpeg_reader.hpp"
#include "server/relay/trendnet/request.hpp"

namespace endpoints {

// As every request to the camera is sent: address and credentials added.
net::relay::HttpRequest http_request(const TrendnetConfig& config, const trendnet::Request& request);

class TrendnetStream {
 public:
  struct Callbacks {
    std::function<void(const Picture& picture, const std::optional<trendnet::IoDigits>& io)> picture;
    std::function<void(const trendnet::Verdict& why)> ended;
  };
  // `host` outlives it.
  TrendnetStream(const TrendnetConfig& config, Callbacks callbacks, Host& host);
  ~TrendnetStream();
  TrendnetStream(const TrendnetStream&) = delete;
  TrendnetStream& operator=(const TrendnetStream&) = delete;

  void open();
  const trendnet::MjpegCounts& counts() const noexcept { return reader_.counts(); }

 private:
  void head(const net::relay::HttpAnswer& answer);
  void take(base::ByteView bytes);
  void show(const trendnet::MjpegFrame& frame);
  void end(const trendnet::Verdict& why);
  void tell_misread();

  const TrendnetConfig& config_;
  const Callbacks callbacks_;
  Host& host_;
  trendnet::MjpegReader reader_;
  std::uint64_t misread_ = 0;  // of its bad parts, those the host was told of
  trendnet::Request request_;
  std::optional<net::relay::HttpClient::Id> id_;
  std::optional<trendnet::Verdict> refusal_;  // what the head said, where it was no stream
  asio::steady_timer opening_;
  std::chrono::milliseconds rest_;  // before it is opened again; longer each time without a picture
};

}  // namespace endpoints
