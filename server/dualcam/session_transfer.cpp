// The transfer of one file: RESUME, SYNC, DATA, the proof that what is kept is the same file, and recovery.
#include <algorithm>
#include <cassert>

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/session.hpp"

namespace dualcam {

using base::ByteView;
using base::load_be;

// ---- Positions: 1-based packets or 0-based bytes on the wire, byte offsets in here.

std::uint32_t Session::to_position(std::uint64_t offset) const noexcept {
  return static_cast<std::uint32_t>(offer_.unit == SizeUnit::packets ? offset / packet_size + 1 : offset);
}

std::optional<std::uint64_t> Session::to_offset(std::uint32_t position) const noexcept {
  std::uint64_t offset = position;
  if (offer_.unit == SizeUnit::packets) offset = position == 0 ? 0 : (position - std::uint64_t{1}) * packet_size;
  if (offset >= offer_.max_bytes()) return std::nullopt;
  return offset;
}

// ---- The driver's answers.

void Session::begin_file(const KeptFile& kept) noexcept {
  kept_ = kept;
  have_ = kept.size;
  proven_ = kept.overlap_offset;
  at_ = 0;
  crc_ = 0;
  last_.reset();
  doubt_.reset();
  failures_ = resumes_ = rewinds_ = start_repeats_ = 0;
  fetches_ = 1;
  salvaging_ = false;
  device_at_ = wanted_offset();
}

void Session::opened(const KeptFile& kept, Actions& out) {
  if (state_ != State::opening) return;
  assert(kept.overlap_offset + kept.overlap.size() == kept.size);
  const bool provable = kept.size == 0 || (kept.size <= offer_.max_bytes() && !kept.overlap.empty());
  if (!provable) out.emplace_back(StartOver{"what is kept cannot be the beginning of this file, or cannot be proven"});
  begin_file(provable ? kept : KeptFile{});
  waited_ = {};
  send_resume(out);
  wait_for(State::awaiting_sync, std::min(options_->resume_interval, options_->sync_deadline), out);
}

void Session::stored(Actions& out) {
  if (state_ != State::finishing) return;
  acknowledged_one_ = true;
  current_.reset();
  out.emplace_back(Send{encode_init_repeat()});
  wait_for(State::awaiting_init, options_->after_ack_deadline, out);
}

void Session::not_whole(std::string_view defect, Actions& out) {
  if (state_ != State::finishing) return;
  if (++fetches_ > max_fetches)
    return close_now(fmt::format("the file came {} times and was not whole ({})", max_fetches, defect), out);
  kept_ = {};
  proven_ = have_ = 0;
  doubt_.reset();
  resync(fmt::format("the complete file is not whole ({}); fetching it again", defect), out);
}

void Session::send_resume(Actions& out) {
  const std::uint64_t offset = std::min(wanted_offset(), offer_.max_bytes() - 1);
  out.emplace_back(Send{encode_resume(to_position(offset))});
}

void Session::repeat_resume(Actions& out) {
  ++counters_.resumes;
  send_resume(out);
}

// ---- DATA.

namespace {
std::uint64_t hash_of(ByteView bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}
}  // namespace

bool Session::is_data_command(Command command) const noexcept {
  return command == Command::data || (command == Command::enhanced_data && init_.enhanced());
}

WantedData Session::wanted_data(Command command, std::uint64_t at) const noexcept {
  WantedData wanted{.command = command, .running_crc = crc_, .offset = static_cast<std::uint32_t>(at)};
  const std::uint64_t left = offer_.max_bytes() - at;
  const std::size_t chunk = command == Command::data ? packet_size : max_enhanced_length - enhanced_overhead;
  wanted.max_length = static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk));
  const bool full_packet = offer_.unit == SizeUnit::packets && left > packet_size;
  wanted.min_length = full_packet ? packet_size : 1;
  return wanted;
}

std::size_t Session::step_receiving(ByteView in, Actions& out) {
  const auto [framing, frame] = next_frame(in);
  if (framing == Framing::incomplete) return 0;
  if (framing == Framing::whole) {
    if (is_data_command(frame.command)) {
      if (accept_data(frame, out)) return frame.size;
      return recover(in, frame.size, out);
    }
    if (frame.command == Command::sync) {
      on_sync(load_be<std::uint32_t>(frame.body.data()), out);
      return frame.size;
    }
    if (frame.command == Command::status) {
      on_status(load_be<std::uint32_t>(frame.body.data()), out);
      return frame.size;
    }
  } else if (load_be<std::uint16_t>(in.data()) == 0) {
    if (in.size() < init_size) return 0;
    if (const std::size_t restarted = step_restarted(in, out); restarted != 0) return restarted;
  }
  return recover(in, header_size + max_data_length, out);
}

bool Session::accept_data(const FrameView& frame, Actions& out) {
  const DataView data = data_of(frame);
  // ENHANCED DATA says where it belongs; it may go back, never leave a gap.
  const std::uint64_t at = data.offset ? *data.offset : at_;
  device_at_ = std::max(device_at_, at + data.bytes.size());
  if (at > sync_limit() || at >= offer_.max_bytes()) return false;
  const WantedData wanted = wanted_data(frame.command, at);
  // An empty DATA with the running CRC is valid and brings nothing; it does not count as life either.
  if (data.bytes.empty() && continues(data, wanted)) return true;
  if (data.bytes.size() < wanted.min_length || data.bytes.size() > wanted.max_length) return false;
  if (!continues(data, wanted)) return false;
  if (at < at_ && goes_back_too_often(out)) return true;
  at_ = at;
  crc_ = data.crc;
  last_ = Print{at, at + data.bytes.size(), hash_of(data.bytes)};
  salvaging_ = false;
  ++counters_.packets;
  counters_.received += data.bytes.size();
  on_data(data, out);
  return true;
}

// Whether the bytes differ from what is kept of the file: then it is another file, and nothing kept may be used.
bool Session::contradicts_kept(const DataView& data, bool last) const noexcept {
  const std::uint64_t end = at_ + data.bytes.size();
  if (end <= kept_.overlap_offset || at_ >= kept_.size) return false;
  if (last && end < kept_.size) return true;
  if (kept_.complete && end > kept_.size) return true;
  const std::uint64_t from = std::max(at_, kept_.overlap_offset);
  const std::uint64_t to = std::min(end, kept_.size);
  const ByteView sent = data.bytes.subspan(from - at_, to - from);
  return !std::ranges::equal(sent, kept_.overlap.subspan(from - kept_.overlap_offset, to - from));
}

// A frame that breaks off and its retransmission, read as one frame, have a CRC that fits once in 65,536 times, and
// leave the stream out of step. So what comes directly before no frame at all is not believed: it is asked for again,
// and must come as it was.
void Session::doubt_last() noexcept {
  if (last_ && !doubt_) doubt_ = last_;
}

bool Session::contradicts_doubted(const DataView& data) noexcept {
  const std::uint64_t end = at_ + data.bytes.size();
  if (!doubt_ || end <= doubt_->offset) return false;
  const Print doubted = *std::exchange(doubt_, std::nullopt);
  if (at_ > doubted.offset || end < doubted.end) return true;  // in other pieces: nothing tells that they are the same
  return hash_of(data.bytes.subspan(doubted.offset - at_, doubted.end - doubted.offset)) != doubted.hash;
}

void Session::on_data(const DataView& data, Actions& out) {
  const std::uint64_t end = at_ + data.bytes.size();
  const bool last =
      offer_.unit == SizeUnit::packets ? end > offer_.max_bytes() - packet_size : end == offer_.max_bytes();
  device_at_ = end;
  if (contradicts_kept(data, last)) return restart_file("the bytes sent again differ from those kept", out);
  if (contradicts_doubted(data)) return restart_file("a packet read out of two broken ones was taken for good", out);
  const bool progress = end > have_ || (!overlap_proven() && end > proven_);
  proven_ = std::max(proven_, std::min(end, kept_.size));
  if (end > have_) {
    out.emplace_back(Write{have_, data.bytes.subspan(data.bytes.size() - (end - have_))});
    have_ = end;
  }
  at_ = end;
  if (progress) failures_ = rewinds_ = 0;
  if (last) return complete(out);
  await_data(out);
}

void Session::await_data(Actions& out) {
  nudged_ = false;
  out.emplace_back(Deadline{std::min(options_->nudge_after, options_->data_deadline)});
}

void Session::complete(Actions& out) {
  wait_for(State::finishing, options_->store_deadline, out);
  out.emplace_back(Finish{have_});
}

// ---- SYNC and recovery.

// Bytes that are used for nothing, and may be of the file.
std::size_t Session::drop(std::size_t count) noexcept {
  device_at_ += count;
  return count;
}

// Where SYNC says that the device is; nothing when what follows would leave a gap.
std::optional<std::uint64_t> Session::place_of_sync(std::uint32_t position) noexcept {
  const auto offset = to_offset(position);
  device_at_ = std::max(device_at_, offset.value_or(offer_.max_bytes()));
  return offset && *offset <= sync_limit() ? offset : std::nullopt;
}

void Session::on_sync(std::uint32_t position, Actions& out) {
  const auto offset = place_of_sync(position);
  if (!offset)
    return resync(fmt::format("SYNC at {} would leave a gap behind {}", position, to_position(sync_limit())), out);
  if (state_ == State::receiving && *offset <= at_ && goes_back_too_often(out)) return;
  at_ = *offset;
  crc_ = 0;
  last_.reset();
  resumes_ = 0;
  salvaging_ = false;
  state_ = State::receiving;
  await_data(out);
}

bool Session::goes_back_too_often(Actions& out) {
  if (++rewinds_ <= max_rewinds) return false;
  close_politely("the device goes back again and again without getting further", out);
  return true;
}

std::size_t Session::recover(ByteView in, std::size_t bad_size, Actions& out) {
  // The bad header's own command where it can be read, else that of the dialect.
  const bool plain =
      !init_.enhanced() || load_be<std::uint16_t>(in.data()) == static_cast<std::uint16_t>(Command::data);
  const Command command = plain ? Command::data : Command::enhanced_data;
  if (!salvaging_) ++counters_.bad_crcs;
  out_of_step_ = next_frame(in).framing == Framing::lost;
  const SearchResult result = find_retransmission(in, bad_size, wanted_data(command, at_));
  if (result.search == Search::found) {
    ++counters_.salvaged;
    salvaging_ = false;
    note(Severity::info, fmt::format("packet {} broke off and came again whole", to_position(at_)), out);
    return result.at;
  }
  if (result.search == Search::incomplete) {
    if (!salvaging_) out.emplace_back(Deadline{options_->resume_interval});
    salvaging_ = true;
    return 0;
  }
  if (out_of_step_) doubt_last();
  resync(fmt::format("bad CRC or framing at {}", to_position(at_)), out);
  return drop(1);
}

void Session::restart_file(std::string_view reason, Actions& out) {
  out.emplace_back(StartOver{reason});
  kept_ = {};
  proven_ = have_ = 0;
  doubt_.reset();
  resync(reason, out);
}

void Session::resync(std::string_view why, Actions& out) {
  salvaging_ = false;
  if (++failures_ >= max_failures_on_packet)
    return close_politely(fmt::format("{} failures at {}: {}", failures_, to_position(wanted_offset()), why), out);
  note(Severity::info, fmt::format("{}; asking for {}", why, to_position(wanted_offset())), out);
  resumes_ = 0;
  repeat_resume(out);
  wait_for(State::resyncing, options_->resume_interval, out);
}

// The first RESUME of a file is not answered: it was lost, or the device did not listen.
void Session::on_no_sync(Actions& out) {
  waited_ += options_->resume_interval;
  if (waited_ >= options_->sync_deadline) return close_politely("no SYNC came in time", out);
  repeat_resume(out);
  out.emplace_back(Deadline{std::min(options_->resume_interval, options_->sync_deadline - waited_)});
}

// A link may only be slow: DATA that goes on where we are is still taken, and a SYNC sets the position.
void Session::on_no_data(Actions& out) {
  if (salvaging_) {
    if (out_of_step_) doubt_last();
    return resync("the rest of a truncated frame did not come", out);
  }
  if (nudged_ || options_->nudge_after >= options_->data_deadline) return close_politely("no DATA came in time", out);
  nudged_ = true;
  note(Severity::info, fmt::format("the device is silent; asking for {}", to_position(wanted_offset())), out);
  repeat_resume(out);
  out.emplace_back(Deadline{options_->data_deadline - options_->nudge_after});
}

void Session::on_no_answer_to_resume(Actions& out) {
  if (++resumes_ >= max_resumes) return close_politely("RESUME is not answered", out);
  repeat_resume(out);
  out.emplace_back(Deadline{resumes_ < fast_resumes ? options_->resume_interval : options_->resume_interval_slow});
}

// What was in flight when RESUME was sent still comes, whole or broken: only a SYNC counts, or the device giving up or
// beginning again. Its INIT has this device's own IMEI and protocol id and the constant settings bits, 12 bytes and two
// bits that a file has no reason to contain; one that does costs the connection.
std::size_t Session::step_resyncing(ByteView in, Actions& out) {
  static constexpr std::array<std::uint8_t, 4> sync_head{0x00, 0x03, 0x00, 0x04};
  static constexpr std::array<std::uint8_t, 7> status_head{0x00, 0x05, 0x00, 0x04, 0x00, 0x00, 0x00};
  constexpr std::size_t control_size = 8;  // of both frames
  const Frame init = encode_init(init_);
  const ByteView init_head = init.view().first(init_size - sizeof init_.settings);
  const std::size_t sync_at = find_bytes(in, sync_head);
  const std::size_t status_at = find_bytes(in, status_head);
  const std::size_t init_at = find_bytes(in, init_head);
  const std::size_t at = std::min({sync_at, status_at, init_at});
  if (at == in.size()) return drop(in.size() - std::min(in.size(), init_head.size() - 1));
  if (at > 0) return drop(at);
  if (init_at == 0) {
    if (in.size() < init_size) return 0;
    const std::size_t restarted = step_restarted(in, out);
    return restarted != 0 ? restarted : drop(1);
  }
  if (in.size() < control_size) return 0;
  const auto value = load_be<std::uint32_t>(in.data() + header_size);
  if (status_at == 0) {
    if (value == 0) return drop(1);
    on_status(value, out);
    return control_size;
  }
  if (!place_of_sync(value)) return drop(1);  // file bytes that look like a SYNC
  on_sync(value, out);
  return control_size;
}

}  // namespace dualcam
