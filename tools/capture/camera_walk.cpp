#include "tools/capture/camera_walk.hpp"

#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "tools/capture/protocol.hpp"

namespace captures {

using base::ByteView;
using base::load_be;
using dualcam::Command;
using dualcam::FileClass;
using dualcam::Framing;

namespace {
// Out of step a CRC is looked at for so many candidates, and for one more in so many bytes: bytes made to look like
// headers do not multiply the work.
constexpr std::size_t free_tries = 64;
constexpr std::size_t bytes_per_try = 256;
}  // namespace

CameraWalk::CameraWalk(const Conversation& conversation, std::size_t index, FileTable& files)
    : conversation_(&conversation), index_(index), files_(&files), commands_(server_commands(conversation)) {
  for (std::size_t n = 0; n < conversation.events.size(); ++n) {
    const Event& event = conversation.events[n];
    if (event.from == Side::device && event.kind == Event::Kind::bytes) ends_.emplace_back(event.at + event.size, n);
  }
  // Where the first INIT is not in the capture, a later one says the same.
  const ByteView bytes(conversation.device_bytes);
  for (std::size_t at = 0; at + dualcam::init_size <= bytes.size() && protocol_ == 0; ++at)
    if (is_own_init(bytes.subspan(at))) protocol_ = dualcam::parse_init(bytes.subspan(at)).protocol;
}

std::vector<CameraWalk::Run> CameraWalk::runs() const {
  std::vector<Run> all(1);
  for (const Event& event : conversation_->events) {
    if (event.from != Side::device || event.kind != Event::Kind::missing) continue;
    all.back().end = event.at;
    all.push_back({.begin = event.at, .end = event.at});
  }
  all.back().end = conversation_->device_bytes.size();
  return all;
}

void CameraWalk::run() {
  bool first = true;
  for (const Run run : runs()) {
    if (!first) synced_ = false;
    first = false;
    walk(run);
  }
  for (; next_command_ < commands_.size(); ++next_command_) hear(commands_[next_command_]);
}

void CameraWalk::walk(Run run) {
  const ByteView all(conversation_->device_bytes);
  bool lost = run.begin > 0;  // behind missing bytes a frame may begin anywhere
  for (std::size_t at = run.begin; at < run.end;) {
    const ByteView rest = all.subspan(at, run.end - at);
    std::size_t used = lost ? out_of_step(rest) : in_step(rest);
    if (used == 0) {
      if (!lost) tries_ = 0;
      lost = true;
      synced_ = false;
      used = 1;
      if (const std::size_t skipped =
              static_cast<std::size_t>(std::find(rest.begin() + 1, rest.end(), std::uint8_t{0}) - rest.begin());
          skipped > used)
        used = skipped;  // every frame begins with a zero
    } else {
      lost = false;
    }
    at += used;
  }
}

// ---- Frames.

std::size_t CameraWalk::in_step(ByteView in) {
  if (in.size() >= 2 && load_be<std::uint16_t>(in.data()) == 0) {
    if (!is_own_init(in)) return 0;
    on_init(in);
    return dualcam::init_size;
  }
  const auto [framing, frame] = dualcam::next_frame(in);
  if (framing == Framing::lost) {
    return synced_ ? recover(in, dualcam::header_size + dualcam::max_data_length) : 0;
  }
  if (framing == Framing::incomplete) return 0;
  hear_server(offset_in_stream(in) + frame.size);
  if (frame.command == Command::enhanced_data) {
    if (const std::size_t used = take_enhanced(frame); used != 0) return used;
    if (file_) files_->count_bad_crc(*file_);
    return recover(in, frame.size);
  }
  return frame.command == Command::data ? take_data(in, frame) : take_control(frame);
}

// Only what can be believed without a frame before it: a SYNC with a frame behind it, ENHANCED DATA with a good CRC,
// this device's INIT, and what the server has just asked for: also behind the stray byte of some version 2 metadata.
std::size_t CameraWalk::out_of_step(ByteView in) {
  if (in.size() < 2 || in[0] != 0) return 0;
  if (in[1] == 0) {
    if (!is_own_init(in)) return 0;
    on_init(in);
    return dualcam::init_size;
  }
  const auto [framing, frame] = dualcam::next_frame(in);
  if (framing != Framing::whole) return 0;
  hear_server(offset_in_stream(in) + frame.size);
  switch (frame.command) {
    case Command::sync: return believable_sync(in, frame) ? take_control(frame) : 0;
    case Command::start: return asked_ == Command::file_request ? take_control(frame) : 0;
    case Command::meta: return asked_ == Command::meta_request ? take_control(frame) : 0;
    case Command::path: return asked_ == Command::path_request ? take_control(frame) : 0;
    case Command::enhanced_data:
      if (!enhanced() || tries_ > free_tries + offset_in_stream(in) / bytes_per_try) return 0;
      if (const std::size_t used = take_enhanced(frame); used != 0) return used;
      ++tries_;
      return 0;
    default: return 0;
  }
}

std::size_t CameraWalk::take_control(const dualcam::FrameView& frame) {
  switch (frame.command) {
    case Command::path: path_.assign(frame.body.begin(), frame.body.end()); break;
    case Command::meta:
      metadata_.emplace(frame.body.begin(), frame.body.end());
      if (file_) files_->set_metadata(*file_, frame.body);  // late
      break;
    case Command::start: on_start(frame.body); break;
    case Command::sync: on_sync(load_be<std::uint32_t>(frame.body.data())); break;
    default: break;  // STATUS: the device gives up, and says no more
  }
  return frame.size;
}

std::size_t CameraWalk::take_data(ByteView in, const dualcam::FrameView& frame) {
  if (!synced_) return 0;
  const dualcam::DataView data = dualcam::data_of(frame);
  const dualcam::WantedData want = wanted();
  const bool fits = data.bytes.size() >= want.min_length && data.bytes.size() <= want.max_length;
  if (!(fits || data.bytes.empty()) || !dualcam::continues(data, want)) {
    if (file_) files_->count_bad_crc(*file_);
    return recover(in, frame.size);
  }
  crc_ = data.crc;
  if (at_) {
    store(*at_, data.bytes);
    *at_ += data.bytes.size();
  }
  return frame.size;
}

std::size_t CameraWalk::take_enhanced(const dualcam::FrameView& frame) {
  const dualcam::DataView data = dualcam::data_of(frame);
  if (!enhanced() || dualcam::crc16(0, data.bytes) != data.crc) return 0;
  const std::uint64_t announced = file_ ? files_->announced_bytes(*file_) : 0;
  const std::uint64_t end = std::uint64_t{*data.offset} + data.bytes.size();
  if (announced != 0 && end > announced) return 0;
  store(*data.offset, data.bytes);
  synced_ = true;
  at_ = end;
  return frame.size;
}

// A frame breaks off, and its whole retransmission follows within what the first header promised. The bytes before it.
std::size_t CameraWalk::recover(ByteView in, std::size_t range) const {
  if (!synced_ && !enhanced()) return 0;
  const auto found = dualcam::find_retransmission(in, std::min(range, in.size()), wanted());
  return found.search == dualcam::Search::found ? found.at : 0;
}

dualcam::WantedData CameraWalk::wanted() const {
  dualcam::WantedData wanted{.running_crc = crc_};
  if (enhanced()) {
    wanted.command = Command::enhanced_data;
    wanted.offset = static_cast<std::uint32_t>(at_.value_or(0));
    wanted.max_length = dualcam::max_enhanced_length - dualcam::enhanced_overhead;
  }
  const std::uint64_t announced = file_ ? files_->announced_bytes(*file_) : 0;
  if (announced == 0 || !at_) return wanted;
  const std::uint64_t left = announced - std::min(announced, *at_);
  wanted.max_length = std::min<std::uint64_t>(wanted.max_length, left);
  if (in_packets() && left > dualcam::packet_size) wanted.min_length = dualcam::packet_size;
  return wanted;
}

bool CameraWalk::is_own_init(ByteView in) const {
  return is_init(in) && dualcam::parse_init(in).imei == conversation_->imei->number();
}

// Bytes of a file may look like a SYNC: behind a real one comes a frame, or nothing more of what was captured.
bool CameraWalk::believable_sync(ByteView in, const dualcam::FrameView& frame) const {
  if (file_ && !offset_of(load_be<std::uint32_t>(frame.body.data()))) return false;
  const ByteView behind = in.subspan(frame.size);
  if (behind.size() >= 2 && load_be<std::uint16_t>(behind.data()) == 0) return is_own_init(behind);
  return dualcam::next_frame(behind).framing != Framing::lost;
}

// ---- What they mean.

void CameraWalk::on_init(ByteView init) {
  hear_server(offset_in_stream(init) + dualcam::init_size);
  protocol_ = dualcam::parse_init(init).protocol;
  forget_request();
}

void CameraWalk::forget_request() {
  requested_.reset();
  file_.reset();
  metadata_.reset();
  path_.clear();
  synced_ = false;
}

void CameraWalk::on_start(ByteView body) {
  const dualcam::Start start{.size = load_be<std::uint32_t>(body.data()),
                             .file_crc = load_be<std::uint16_t>(body.data() + sizeof(std::uint32_t))};
  file_.reset();
  synced_ = false;
  if (start.size != 0 && requested_) begin_file(start, true);
}

void CameraWalk::begin_file(const dualcam::Start& start, bool has_start) {
  CameraFile file{.imei = *conversation_->imei, .start = start};
  file.protocol = protocol_;
  file.file_class = *requested_;
  if (file.file_class == FileClass::path) file.path = path_;
  file.has_metadata = metadata_.has_value();
  if (metadata_) file.raw_metadata = *metadata_;
  file.in_packets = in_packets();
  file.begun = now_;
  file_ = files_->begin({.file = std::move(file), .conversation = index_, .has_start = has_start});
}

void CameraWalk::on_sync(std::uint32_t position) {
  if (!file_ && requested_) begin_file({}, false);
  synced_ = true;
  crc_ = 0;
  at_ = offset_of(position);
}

std::optional<std::uint64_t> CameraWalk::offset_of(std::uint32_t position) const {
  if (!file_) return std::nullopt;
  std::uint64_t offset = position;
  if ((*files_)[*file_].in_packets) offset = position == 0 ? 0 : (position - std::uint64_t{1}) * dualcam::packet_size;
  const std::uint64_t announced = files_->announced_bytes(*file_);
  if (offset >= (announced == 0 ? largest_file : announced)) return std::nullopt;
  return offset;
}

void CameraWalk::store(std::uint64_t offset, ByteView bytes) {
  if (file_) file_ = files_->write(*file_, offset, bytes, index_, now_);
}

// ---- The server.

std::size_t CameraWalk::offset_in_stream(ByteView in) const noexcept {
  return static_cast<std::size_t>(in.data() - conversation_->device_bytes.data());
}

void CameraWalk::hear_server(std::size_t end) {
  while (at_event_ < ends_.size() && ends_[at_event_].first < end) ++at_event_;
  if (at_event_ >= ends_.size()) return;
  const std::size_t event = ends_[at_event_].second;
  now_ = conversation_->events[event].time;
  for (; next_command_ < commands_.size() && commands_[next_command_].event < event; ++next_command_)
    hear(commands_[next_command_]);
}

void CameraWalk::hear(const ServerCommand& command) {
  const std::string_view name = base::as_text(command.body);
  const auto of_name = [&] {
    for (const FileClass file_class : dualcam::all_file_classes)
      if (!name.empty() && name == dualcam::identifier(file_class)) return file_class;
    return FileClass::path;
  };
  asked_ = command.command;
  switch (command.command) {
    case Command::path_request:
      forget_request();
      requested_ = FileClass::path;
      break;
    case Command::meta_request:
      file_.reset();
      metadata_.reset();
      requested_ = of_name();
      break;
    case Command::file_request:
      file_.reset();
      if (requested_ != of_name()) metadata_.reset();
      requested_ = of_name();
      // The path that the device has said is the whole one; the server may ask with the first bytes of it.
      if (requested_ == FileClass::path && path_.empty()) path_.assign(command.body.begin(), command.body.end());
      break;
    case Command::init_repeat:
      if (file_) files_->acknowledge(*file_, conversation_->events[command.event].time);
      forget_request();
      break;
    default: break;
  }
}

}  // namespace captures
