// A TV-IP400: told what to do one request at a time, watched through its stream, which says where it looks.
#pragma once

#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/frame_feed.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/media_writer.hpp"
#include "server/endpoints/recordings.hpp"
#include "server/endpoints/trendnet_stream.hpp"
#include "server/relay/trendnet/command_queue.hpp"
#include "server/relay/trendnet/goto.hpp"
#include "server/relay/trendnet/health.hpp"
#include "server/relay/trendnet/probe.hpp"

namespace endpoints {

class TrendnetCamera final : public Endpoint {
 public:
  // `media` may be null: then it stores no pictures. Both outlive it.
  TrendnetCamera(const TrendnetConfig& config, MediaWriter* media, Host& host);
  ~TrendnetCamera() override;

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override { return config_.url; }
  void start() override;
  // Moves, presets, swings and outputs are sent when the camera has taken them; goto and return are confirmed when the
  // stream shows the camera there; snapshot and record when the file is stored.
  void run(const hub::Command& command, Done done) override;
  Health health() const override;
  void close() override { recordings_.end_all(); }  // what has been recorded so far is kept
  bool is_busy() const override { return storing_ != 0 || recordings_.is_busy(); }
  std::shared_ptr<FrameFeed> pictures() const noexcept override { return feed_; }
  base::Imei device() const noexcept { return device_; }
  bool has_stream() const noexcept { return config_.stream; }

  // The same without the hub.
  void take_picture(Stored stored);
  // From the stream, until it is ended.
  Recordings::Id begin_recording(std::chrono::milliseconds longest, Recordings::Kept kept);
  void end_recording(Recordings::Id id) { recordings_.end(id); }
  void go_to_preset(int preset, Done done);
  static constexpr std::chrono::minutes longest_recording{10};

 private:
  struct Way {  // to a place
    trendnet::Goto path;
    Done done;
    std::optional<trendnet::CommandId> order;  // in the queue
    bool returns = false;
  };
  using Ended = std::function<void(const trendnet::CommandResult& result)>;

  void tell(trendnet::Command command, const hub::Command& by, Done done);
  void go(const hub::Command& command, Done done);
  void go_back(Done done);
  void snapshot(Done done);
  void record(const hub::Command& command, Done done);
  void store(const base::Bytes& picture, Stored stored);
  Shot shot_of(base::UtcTime at, const std::optional<trendnet::Position>& position) const;

  void enqueue(trendnet::Command command, Ended ended);
  void pump();  // does whatever can be done now, and sets the timer for what cannot
  void send(const trendnet::NextRequest& next);
  void take_results();
  void walk(base::SteadyTime now);
  void set_timer();

  void probe();
  void pictured(const Picture& picture, const std::optional<trendnet::IoDigits>& io);
  void changed(bool health_changed);

  const TrendnetConfig config_;
  const hub::EndpointInfo info_;
  const base::Imei device_;
  MediaWriter* const media_;
  Host& host_;
  trendnet::Model model_;
  trendnet::CommandQueue queue_;
  trendnet::Health state_;
  HealthKeeper health_;
  trendnet::Return return_;
  std::optional<trendnet::Probe> probe_;
  std::shared_ptr<FrameFeed> feed_ = std::make_shared<FrameFeed>();
  std::map<trendnet::CommandId, Ended> waiting_;
  std::vector<std::unique_ptr<Way>> ways_;
  std::optional<net::relay::HttpClient::Id> request_;  // under way
  std::optional<trendnet::Position> position_;
  std::optional<trendnet::IoDigits> io_;
  TrendnetStream stream_;
  Recordings recordings_;
  asio::steady_timer waking_;
  asio::steady_timer probing_;
  std::size_t storing_ = 0;  // pictures that are not stored yet
  bool pumping_ = false;
};

}  // namespace endpoints
