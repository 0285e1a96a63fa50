// The part of a camera that sends a file: SYNC, DATA, and the faults of single packets.
#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/status.hpp"
#include "tools/sim/camera.hpp"

namespace sim {

namespace {
constexpr unsigned most_steps_back = 3;  // packets an early SYNC lies before the asked position
constexpr unsigned most_joined = 4;      // frames that follow another in the same segment
constexpr Time longest_segment_gap{20'000};
constexpr Time burst{200'000};  // what a late timer may make up for: keeps the mean rate, not a flood
}  // namespace

Step Camera::poll_data(Time now, base::Bytes& out) {
  const bool ended = position_ >= content_->size();
  if (!syncs_.empty() && (ended || syncs_.front().frames_before == 0 || first_sync_)) {
    send_sync(out);
    return {.kind = Step::Kind::send};
  }
  if (ended) {
    phase_ = Phase::sent;
    deadline_ = now + options_.answer_timeout;
    return {.until = deadline_};
  }
  if (joined_ > 0)
    --joined_;
  else if (now < next_data_at_)
    return {.until = next_data_at_};
  return send_packet(now, out);
}

void Camera::send_sync(base::Bytes& out) {
  const auto packet = static_cast<std::uint32_t>(dualcam::packet_size);
  const std::uint32_t asked = syncs_.front().offset;
  syncs_.pop_front();
  std::uint32_t offset = asked;
  if (asked > 0 && happens(Fault::early_sync)) {
    const auto back = static_cast<std::uint32_t>(inside(most_steps_back + 1)) * packet;
    offset = asked > back ? asked - back : 0;
  }
  position_ = synced_at_ = offset;
  crc_ = 0;
  const dualcam::Frame sync = dualcam::encode_sync(in_packets() ? offset / packet + 1 : offset);
  out.insert(out.end(), sync.view().begin(), sync.view().end());
  if (first_sync_ && file_->sent > 0 && observer_ != nullptr) observer_->on_resumed(file_->spec, offset, file_->sent);
  first_sync_ = false;
  if (happens(Fault::resync))
    syncs_.push_front({.offset = offset, .frames_before = static_cast<unsigned>(inside(most_steps_back + 1))});
}

// The frame at the current position; moves on. One allocation a frame: a simulator may.
base::Bytes Camera::next_frame() {
  const std::size_t count = std::min<std::size_t>(dualcam::packet_size, content_->size() - position_);
  base::Bytes chunk(count);
  content_->read(position_, chunk);
  base::Bytes frame;
  frame.reserve(dualcam::header_size + dualcam::enhanced_overhead + count);
  if (options_.dialect == Dialect::enhanced) {
    dualcam::append_enhanced_data(frame, position_, chunk, dualcam::crc16(0, chunk));
  } else {
    crc_ = dualcam::crc16(crc_, chunk);
    dualcam::append_data(frame, chunk, crc_);
  }
  const auto end = position_ + static_cast<std::uint32_t>(count);
  statistics_.file_bytes += count;
  statistics_.repeated_bytes += std::min(end, std::max(position_, file_->sent)) - position_;
  file_->sent = std::max(file_->sent, end);
  position_ = end;
  reached_end_ = reached_end_ || end == content_->size();
  for (PendingSync& sync : syncs_)
    if (sync.frames_before > 0) --sync.frames_before;
  return frame;
}

Step Camera::send_packet(Time now, base::Bytes& out) {
  base::Bytes frame = next_frame();
  if (options_.bytes_per_second > 0) {
    const auto cost = static_cast<Time::rep>(frame.size() * 1'000'000 / options_.bytes_per_second);
    next_data_at_ = std::max(next_data_at_, now - burst) + Time{cost};
  }
  if (const std::optional<Step> faulty = send_faulty(now, frame, out)) return *faulty;
  if (happens(Fault::split)) return split(now, frame, out);
  if (happens(Fault::join)) joined_ = static_cast<unsigned>(inside(most_joined + 1));
  out.insert(out.end(), frame.begin(), frame.end());
  return {.kind = Step::Kind::send};
}

// At most one fault a packet; nothing when the dice spare it.
std::optional<Step> Camera::send_faulty(Time now, base::Bytes& frame, base::Bytes& out) {
  constexpr Step sent{.kind = Step::Kind::send};
  if (happens(Fault::corrupt)) {
    const std::size_t before = frame.size() - dualcam::crc_size;
    const std::size_t at = std::min(before - 1, dualcam::header_size + inside(before - dualcam::header_size + 1) - 1);
    frame[at] ^= static_cast<std::uint8_t>(inside(256));
    out.insert(out.end(), frame.begin(), frame.end());
    return sent;
  }
  if (happens(Fault::truncate)) {
    const std::size_t kept = dualcam::header_size + inside(frame.size() - dualcam::header_size);
    out.insert(out.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(kept));
    out.insert(out.end(), frame.begin(), frame.end());
    return sent;
  }
  if (happens(Fault::drop)) return sent;
  if (happens(Fault::stall)) return stall(now, frame, out);
  if (happens(Fault::cut)) return cut_off(now, frame, out);
  if (happens(Fault::abort)) {
    give_up(dualcam::status_aborted, now);
    return sent;
  }
  return std::nullopt;
}

Step Camera::cut_off(Time now, const base::Bytes& frame, base::Bytes& out) {
  out.insert(out.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(inside(frame.size())));
  reset_ = inside(3) == 1;
  return hang_up(now);
}

Step Camera::stall(Time now, const base::Bytes& frame, base::Bytes& out) {
  const std::size_t first = inside(3) == 1 ? frame.size() : inside(frame.size());
  const auto middle = frame.begin() + static_cast<std::ptrdiff_t>(first);
  out.insert(out.end(), frame.begin(), middle);
  tail_.assign(middle, frame.end());
  quiet_until_ = now + between(options_.shortest_stall, options_.longest_stall);
  return {.until = quiet_until_};
}

// Sends a part now and keeps the rest for a later segment.
Step Camera::split(Time now, const base::Bytes& frame, base::Bytes& out) {
  const auto middle = frame.begin() + static_cast<std::ptrdiff_t>(inside(frame.size()));
  out.insert(out.end(), frame.begin(), middle);
  tail_.assign(middle, frame.end());
  quiet_until_ = now + between(Time{1'000}, longest_segment_gap);
  return {.until = quiet_until_};
}

Step Camera::send_tail(Time now, base::Bytes& out) {
  const base::Bytes rest = std::exchange(tail_, {});
  if (rest.size() > 1 && inside(3) == 1) return split(now, rest, out);
  out.insert(out.end(), rest.begin(), rest.end());
  return {.kind = Step::Kind::send};
}

}  // namespace sim
