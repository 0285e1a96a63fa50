#include "server/endpoints/mavlink_dualcam.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "server/base/log.hpp"

namespace endpoints {

MavlinkDualcam::MavlinkDualcam(const base::Imei& imei, bool front, CaptureDesk desk, Host& host,
                               std::chrono::milliseconds look_every)
    : imei_(imei), front_(front), desk_(std::move(desk)), host_(host), look_every_(look_every), timer_(host.context()) {
  set_timer();
}

MavlinkDevice::Skills MavlinkDualcam::skills() const {
  return {
      .images = true,
      .videos = true,
      .latest = fmt::format("/api/v1/devices/{}/latest?camera={}&kind=video", imei_.str(), front_ ? "front" : "rear"),
      .longest_ask = longest_request,
      .width = 1920,
      .height = 1080};
}

void MavlinkDualcam::take_image(Stored stored) {
  ask({.imei = imei_,
       .kind = base::MediaKind::photo,
       .front = front_,
       .rear = !front_,
       .at = host_.now().utc,
       .origin = "mavlink"},
      std::move(stored));
}

void MavlinkDualcam::start_video(Stored stored) {
  stop_video();
  video_ = Video{.from = host_.now().utc, .stored = std::move(stored)};
}

void MavlinkDualcam::stop_video() {
  auto video = std::exchange(video_, std::nullopt);
  if (!video) return;
  const auto length = std::chrono::ceil<std::chrono::seconds>(host_.now().utc - video->from);
  ask({.imei = imei_,
       .kind = base::MediaKind::video,
       .front = front_,
       .rear = !front_,
       .at = video->from,
       .before = std::chrono::seconds{0},
       .after = std::clamp(length, std::chrono::seconds{1}, longest_video),
       .origin = "mavlink"},
      std::move(video->stored));
}

// As long as one request may be: what is recorded beyond could not be asked for.
void MavlinkDualcam::end_long_video() {
  if (!video_ || host_.now().utc - video_->from < longest_video) return;
  base::log::warning("a video of a MAVLink camera of ours was ended: it is as long as one may be",
                     {{"imei", imei_.str()}, {"seconds", longest_video.count()}});
  stop_video();
}

void MavlinkDualcam::ask(CaptureOrder order, Stored stored) {
  if (asking_ + waiting_.size() >= most_under_way)
    return stored(base::fail(base::Errc::unavailable, "Too many files of this camera are waited for."));
  const auto shared = std::make_shared<Stored>(std::move(stored));
  ++asking_;
  // By the time it is done this camera may be gone.
  const bool taken = host_.pool().post(
      [this, &host = host_, order = std::move(order), shared, desk = desk_, alive = std::weak_ptr(alive_)] {
        auto asked = desk.ask(order);
        asio::post(host.context(), [this, asked = std::move(asked), shared, alive] {
          if (alive.expired()) return;
          --asking_;
          if (!asked) return (*shared)(std::unexpected(asked.error()));
          waiting_.emplace(*asked, shared);
        });
      });
  if (taken) return;
  --asking_;
  (*shared)(base::fail(base::Errc::unavailable, "Too many capture requests wait for the catalog."));
}

void MavlinkDualcam::set_timer() {
  timer_.expires_after(look_every_);
  timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    end_long_video();
    look();
    set_timer();
  });
}

// One look at a time, whatever the catalog takes for it.
void MavlinkDualcam::look() {
  if (std::exchange(looking_, true)) return;
  std::vector<std::string> ids;
  for (auto one = waiting_.begin(); one != waiting_.end(); one = waiting_.upper_bound(one->first))
    ids.push_back(one->first);
  const bool with_battery = looks_++ % looks_per_battery == 0;
  const bool taken = host_.pool().post([this, &host = host_, ids = std::move(ids), desk = desk_, imei = imei_,
                                        battery = battery_, with_battery, alive = std::weak_ptr(alive_)] {
    const bool online = desk.is_online(imei);
    const auto percent = with_battery ? desk.battery(imei) : battery;
    std::vector<std::pair<std::string, base::Result<CaptureProgress>>> all;
    for (const std::string& id : ids) all.emplace_back(id, desk.look(id));
    asio::post(host.context(), [this, online, percent, all = std::move(all), alive] {
      if (alive.expired()) return;
      looking_ = false;
      online_ = online;
      battery_ = percent;
      for (const auto& [id, progress] : all) looked(id, progress);
    });
  });
  if (!taken) looking_ = false;
}

void MavlinkDualcam::looked(const std::string& id, const base::Result<CaptureProgress>& progress) {
  if (!progress || !progress->ended) return;  // a catalog that is away comes back
  const auto [first, last] = waiting_.equal_range(id);
  std::vector<Shared> ended;
  for (auto one = first; one != last; ++one) ended.push_back(one->second);
  waiting_.erase(first, last);
  for (const Shared& stored : ended)
    (*stored)(progress->media ? base::Result<storage::Media>(*progress->media)
                              : base::fail(base::Errc::unavailable, progress->reason));
}

}  // namespace endpoints
