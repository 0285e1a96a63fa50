// The videos of one camera that are being recorded. Of the host's thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "server/endpoints/host.hpp"
#include "server/endpoints/media_writer.hpp"

namespace endpoints {

class Recordings {
 public:
  using Id = std::uint64_t;  // never used twice, never 0
  // The video is kept, or it came to nothing: once. `dropped`: pictures that came and are not in it.
  using Kept = std::function<void(const base::Result<storage::Media>& media, std::uint64_t dropped)>;

  // Both outlive it; `media` may be null: then every recording comes to nothing at once.
  Recordings(MediaWriter* media, Host& host) : media_(media), host_(host) {}

  Id begin(const Shot& shot, std::chrono::milliseconds longest, Kept kept);
  void end(Id id);  // one that has ended is left alone
  void end_all();
  void add(const Frame& frame, base::UtcTime at);          // to each
  bool is_busy() const noexcept { return *unkept_ != 0; }  // some are under way, or not kept yet
  bool is_recording(Id id) const { return under_way_.contains(id); }

 private:
  struct One {
    std::shared_ptr<Recording> recording;
    std::unique_ptr<asio::steady_timer> longest;
  };
  MediaWriter* const media_;
  Host& host_;
  Id last_ = 0;
  std::map<Id, One> under_way_;
  std::shared_ptr<std::size_t> unkept_ = std::make_shared<std::size_t>(0);
};

}  // namespace endpoints
