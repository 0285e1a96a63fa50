#include "server/recorder/tape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/log.hpp"
#include "server/base/version.hpp"

namespace recorder {

using base::ByteView;
using pcapng::Direction;
using What = Happening::What;

namespace {
// Kept for the end of a file, where it is said what is not in it.
constexpr std::uint64_t room_for_the_end = 2 * pcapng::longest_comment;

std::uint64_t total(const Counts& counts) noexcept {
  return counts[0] + counts[1];
}
}  // namespace

Tape::Tape(TapeStart start, const Options& options, const Mask* mask, Shelf& shelf)
    : start_(std::move(start)), options_(options), mask_(mask), shelf_(shelf), mode_(start_.mode) {}

pcapng::Time Tape::time_of(base::SteadyTime at) const noexcept {
  return start_.utc + std::chrono::duration_cast<std::chrono::microseconds>(at - start_.steady);
}

pcapng::Peers Tape::shown(pcapng::Peers peers) const {
  if (mask_ == nullptr) return peers;
  peers.device.address = mask_->address(peers.device.address);
  peers.server.address = mask_->address(peers.server.address);
  return peers;
}

std::string Tape::shown(const std::string& text) const {
  return mask_ == nullptr ? text : mask_->text(text);
}

// Files have a beginning with the first thing that happens: who only connects leaves none.
void Tape::begin(base::SteadyTime now) {
  begun_ = true;
  began_ = now;
  const auto utc = std::chrono::floor<std::chrono::milliseconds>(time_of(now));
  entry_ = {.id = base::Uuid::v7(utc),
            .kind = start_.kind,
            .session = start_.session,
            .node = options_.node,
            .masked = mask_ != nullptr,
            .started = utc};
  packets_ = 0;
  is_cut_ = false;
  cut_ = {};
  if (start_.peers) {
    const pcapng::Peers peers = shown(*start_.peers);
    entry_.peer = pcapng::to_string(peers.device);
    tcp_.emplace(peers);
    if (mask_ != nullptr) stream_mask_.emplace(*mask_);
  }
  pcapng::append_section(
      waiting_, {.application = fmt::format("dualcamd {}", base::version()), .comments = {head_comment(entry_)}});
  pcapng::append_interface(waiting_, to_string(start_.kind));
  if (tcp_) tcp_->open(waiting_, time_of(now));
}

bool Tape::full() const {
  const std::uint64_t size = entry_.size + waiting_.size() + room_for_the_end;
  return size >= options_.session_bytes || waiting_.size() >= shelf_.room();
}

void Tape::take(const Happening& happening) {
  if (ended_) return;
  switch (happening.what) {
    case What::mode: mode_ = happening.mode; return;
    case What::drop: return drop();
    case What::failed: failed_ = true; return;
    case What::identified: entry_.imei = mask_ == nullptr ? happening.text : mask_->imei(happening.text); return;
    case What::end:
      if (begun_) put(happening, time_of(happening.at));
      ended_ = true;
      return;
    case What::bytes:
    case What::datagram:
    case What::comment: break;
  }
  // Something was said of who has sent nothing yet: there is nothing to record.
  if (!begun_ && happening.what == What::comment) return;
  if (!begun_) {
    const std::string imei = entry_.imei;
    begin(happening.at);
    entry_.imei = imei;
  }
  put(happening, time_of(happening.at));
}

void Tape::put(const Happening& happening, pcapng::Time time) {
  if (total(happening.left_out) != 0 && !is_cut_)
    put_gap(time, happening.left_out, "more came in at once than can be recorded");
  entry_.left_out += total(happening.left_out);
  switch (happening.what) {
    case What::bytes: return put_bytes(time, happening.direction, happening.bytes);
    case What::comment: return say(time, shown(happening.text));
    case What::end: return finish(time, happening.end, shown(happening.text));
    case What::datagram: break;
    default: return;
  }
  if (full()) {
    if (start_.peers) return;
    turn(happening.at);
    begin(happening.at);
  }
  last_peers_ = shown(happening.peers);
  const base::Bytes bytes = mask_ == nullptr ? happening.bytes : StreamMask::datagram(*mask_, happening.bytes);
  pcapng::Comments comments;
  if (!happening.text.empty()) comments.push_back(shown(happening.text));
  pcapng::append_datagram(waiting_, packet_, time, happening.direction, last_peers_, bytes, comments);
  ++packets_;
}

void Tape::put_bytes(pcapng::Time time, Direction direction, ByteView bytes) {
  if (is_cut_ || full()) {
    is_cut_ = true;
    cut_[static_cast<std::size_t>(direction)] += bytes.size();
    return;
  }
  if (!stream_mask_) return tcp_->data(waiting_, time, direction, bytes);
  if (direction == Direction::to_device)
    if (const base::Bytes held = stream_mask_->before_answer(); !held.empty())
      tcp_->data(waiting_, time, Direction::from_device, held);
  const base::Bytes masked =
      direction == Direction::from_device ? stream_mask_->from_device(bytes) : stream_mask_->to_device(bytes);
  tcp_->data(waiting_, time, direction, masked);
}

void Tape::put_gap(pcapng::Time time, const Counts& left_out, const std::string& why) {
  if (!tcp_) return say(time, fmt::format("{} bytes of datagrams were left out here: {}", total(left_out), why));
  for (const Direction direction : {Direction::from_device, Direction::to_device}) {
    const std::uint64_t count = left_out[static_cast<std::size_t>(direction)];
    if (count == 0) continue;
    const char* const whose = direction == Direction::from_device ? "device" : "server";
    tcp_->gap(waiting_, time, direction, count,
              fmt::format("{} bytes of the {} were left out here: {}", count, whose, why));
  }
}

void Tape::say(pcapng::Time time, const std::string& text) {
  if (is_cut_ || full()) return;
  if (tcp_) return tcp_->comment(waiting_, time, text);
  // On an empty datagram of the server.
  pcapng::append_datagram(waiting_, packet_, time, Direction::to_device, last_peers_, {}, {text});
  ++packets_;
}

void Tape::finish(pcapng::Time time, pcapng::TcpConversation::End end, const std::string& reason) {
  begun_ = false;
  if (mode_ == Mode::off || (mode_ == Mode::failed && !failed_)) {
    waiting_.clear();
    shelf_.forget(entry_.id);
    return;
  }
  if (stream_mask_) {
    const base::Bytes rest = stream_mask_->rest();
    is_cut_ ? void(cut_[0] += rest.size()) : tcp_->data(waiting_, time, Direction::from_device, rest);
  }
  if (is_cut_) {
    entry_.left_out += total(cut_);
    put_gap(time, cut_, fmt::format("the recording was full ({} bytes)", entry_.size + waiting_.size()));
  }
  if (tcp_) {
    if (!reason.empty()) tcp_->comment(waiting_, time, "closed: " + reason);
    tcp_->close(waiting_, time, end);
  }
  entry_.outcome = failed_ ? Outcome::failed : Outcome::ok;
  entry_.reason = reason;
  entry_.ended = std::chrono::floor<std::chrono::milliseconds>(time);
  const std::uint64_t packets = tcp_ ? tcp_->packets() : packets_;
  pcapng::append_statistics(waiting_, time, packets, entry_.left_out == 0 ? 0 : 1, {tail_comment(entry_)});
  if (const auto written = shelf_.append(entry_.id, waiting_); !written) {
    base::log::error("a recording is lost", {{"session", entry_.session}, {"reason", written.error().message}});
    shelf_.forget(entry_.id);
  } else {
    entry_.size += waiting_.size();
    if (const auto kept = shelf_.finish(entry_); !kept)
      base::log::error("a recording is lost", {{"session", entry_.session}, {"reason", kept.error().message}});
  }
  waiting_.clear();
}

void Tape::write() {
  if (waiting_.empty() || !begun_) return;
  if (const auto written = shelf_.append(entry_.id, waiting_); !written) {
    base::log::error("a recording is given up", {{"session", entry_.session}, {"reason", written.error().message}});
    return drop();
  }
  entry_.size += waiting_.size();
  waiting_.clear();
  shelf_.update(entry_);
}

bool Tape::is_due(base::SteadyTime now) const noexcept {
  return begun_ && !start_.peers && now - began_ >= options_.period;
}

void Tape::turn(base::SteadyTime now) {
  if (begun_) finish(time_of(now), pcapng::TcpConversation::End::by_server, {});
}

void Tape::drop() {
  waiting_.clear();
  if (begun_) shelf_.forget(entry_.id);
  begun_ = false;
  ended_ = true;
}

}  // namespace recorder
