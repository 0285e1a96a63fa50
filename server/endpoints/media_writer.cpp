#include "server/endpoints/media_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

namespace endpoints {

namespace {
// What nobody can ask for again is not kept when it breaks off: without a time of capture a partial is gone with its
// owner.
storage::FileIdentity identity_of(const Shot& shot, std::string_view kind) {
  constexpr std::uint32_t no_bound = 0xffffffff;
  return {.imei = shot.device,
          .name = fmt::format("{}/{}", shot.source, kind),
          .declared_size = no_bound,
          .unit = storage::SizeUnit::bytes};
}

storage::Media media_of(const Shot& shot, base::MediaKind kind) {
  storage::Media media{.imei = shot.device};
  media.camera = base::Camera::relay;
  media.kind = kind;
  media.captured_at = shot.at;
  media.received_at = base::utc_now();
  media.trigger = "relay";
  media.name = fmt::format("{}/{}", shot.source, base::to_string(kind));
  media.source = shot.source;
  media.pan_deg = shot.pan_deg;
  media.tilt_deg = shot.tilt_deg;
  media.declared_in_packets = false;
  return media;
}

base::Result<> append(storage::Partial& partial, base::ByteView bytes) {
  while (!bytes.empty()) {
    const base::ByteView part = bytes.first(std::min(bytes.size(), storage::block_size));
    if (const auto appended = partial.append(part); !appended) return appended;
    bytes = bytes.subspan(part.size());
  }
  return {};
}

// What is not whole in its format is no picture of use to anybody: it is not stored.
base::Result<storage::Media> publish(storage::Intake& intake, storage::Partial partial, storage::Media media) {
  const std::uint64_t size = partial.size();
  media.declared_size = static_cast<std::uint32_t>(size);
  auto published = intake.publish(std::move(partial), {.media = std::move(media), .expected_bytes = size});
  if (!published) return std::unexpected(published.error());
  if (auto* const stored = std::get_if<storage::Published>(&*published)) return std::move(stored->media);
  auto& refused = std::get<storage::NotWhole>(*published);
  refused.fresh.discard();
  return base::fail(base::Errc::corrupt, fmt::format("It is not whole: {}", refused.defect));
}
}  // namespace

void MediaWriter::store_picture(const Shot& shot, Frame picture, Stored stored) {
  const auto shared = std::make_shared<Stored>(std::move(stored));
  const bool taken = host_.pool().post([this, shot, picture = std::move(picture), shared] {
    auto media = [&]() -> base::Result<storage::Media> {
      auto partial = intake_.fresh(identity_of(shot, "photo"));
      if (!partial) return std::unexpected(partial.error());
      if (const auto appended = append(*partial, *picture); !appended) return std::unexpected(appended.error());
      return publish(intake_, std::move(*partial), media_of(shot, base::MediaKind::photo));
    }();
    asio::post(host_.context(), [media = std::move(media), shared] { (*shared)(media); });
  });
  if (!taken) (*shared)(base::fail(base::Errc::exhausted, "Too much waits to be stored."));
}

Recording::Recording(const MediaWriter& writer, Shot shot, Stored stored)
    : intake_(writer.intake_), host_(writer.host_), shot_(std::move(shot)), stored_(std::move(stored)) {}

void Recording::add(const Frame& frame, base::UtcTime at) {
  if (finished_) return;
  if (waiting_.size() >= most_waiting) {
    ++dropped_;
    return;
  }
  ++frames_;
  waiting_.push_back({frame, at});
  go_on();
}

void Recording::finish(base::UtcTime at) {
  if (std::exchange(finished_, true)) return;
  ended_at_ = at;
  go_on();
}

// One step under way at most: what waits, then the end.
void Recording::go_on() {
  if (busy_ || !stored_ || (waiting_.empty() && !finished_)) return;
  if (frames_ == 0) return end(base::fail(base::Errc::invalid, "The camera sent no picture in that time."));
  busy_ = true;
  const bool last = waiting_.empty();
  const bool taken = host_.pool().post([self = shared_from_this(), last, frames = std::exchange(waiting_, {})] {
    base::Result<storage::Media> media = storage::Media{.imei = self->shot_.device};
    std::uint64_t refused = 0;
    if (last)
      media = self->publish();
    else if (const auto written = self->write(frames); !written)
      media = std::unexpected(written.error());
    else
      refused = *written;
    if (!media) self->partial_.reset();  // its room on the disk is free at once
    asio::post(self->host_.context(), [self, last, refused, media = std::move(media)] {
      self->busy_ = false;
      self->dropped_ += refused;
      if (last || !media) return self->end(media);
      self->go_on();
    });
  });
  if (taken) return;
  busy_ = false;
  end(base::fail(base::Errc::exhausted, "Too much waits to be stored."));
}

base::Result<std::uint64_t> Recording::write(const std::deque<Waiting>& frames) {
  std::uint64_t refused = 0;
  if (!partial_) {
    auto fresh = intake_.fresh(identity_of(shot_, "video"));
    if (!fresh) return std::unexpected(fresh.error());
    partial_ = std::move(*fresh);
    if (const auto begun = append(*partial_, video_.head()); !begun) return std::unexpected(begun.error());
  }
  for (const Waiting& one : frames) {
    const auto head = video_.append(*one.frame, one.at);
    if (!head) {  // no picture after all, of another size, or the file is long enough
      ++refused;
      continue;
    }
    for (const base::ByteView bytes : {base::ByteView(*head), base::ByteView(*one.frame)})
      if (const auto written = append(*partial_, bytes); !written) return std::unexpected(written.error());
  }
  return refused;
}

base::Result<storage::Media> Recording::publish() {
  const auto trailer = video_.finish(ended_at_);
  if (!trailer) return std::unexpected(trailer.error());
  if (const auto written = append(*partial_, *trailer); !written) return std::unexpected(written.error());
  storage::Media media = media_of(shot_, base::MediaKind::video);
  const auto length = std::max(ended_at_ - shot_.at, std::chrono::milliseconds{0});  // a clock may be set back
  media.duration_s = static_cast<std::uint32_t>(std::chrono::round<std::chrono::seconds>(length).count());
  return endpoints::publish(intake_, std::move(*partial_), std::move(media));
}

void Recording::end(const base::Result<storage::Media>& media) {
  finished_ = true;
  waiting_.clear();
  if (stored_) std::exchange(stored_, nullptr)(media);
}

}  // namespace endpoints
