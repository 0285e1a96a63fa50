#include "tools/replay/adaptive_camera.hpp"

#include <algorithm>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/status.hpp"
#include "tools/replay/server_frames.hpp"

namespace replay {

using base::ByteView;
using dualcam::Command;
using dualcam::FileClass;

namespace {
// The vendor's server asks for some paths by their beginning.
constexpr std::size_t short_path_size = 7;
constexpr std::size_t longest_path = dualcam::max_path_length + 1;  // with its NUL
constexpr std::uint32_t status_invalid_resume = 6;
constexpr std::uint32_t class_bits = 0x3e000000;

ByteView name_of(const captures::CameraFile& file) {
  return file.file_class == FileClass::path ? ByteView(file.path)
                                            : base::as_bytes(dualcam::identifier(file.file_class));
}

// Where the bytes that the capture has from `at` on end.
std::uint64_t known_end(const captures::CameraFile& file, std::uint64_t at) {
  for (const captures::Range& gap : file.missing)
    if (gap.end > at) return std::max(at, std::min<std::uint64_t>(gap.begin, file.bytes.size()));
  return file.bytes.size();
}
}  // namespace

AdaptiveCamera::AdaptiveCamera(std::vector<const captures::CameraFile*> files, std::uint64_t imei,
                               std::uint16_t protocol, std::uint32_t settings)
    : files_(std::move(files)),
      states_(files_.size(), State::waiting),
      imei_(imei),
      protocol_(protocol),
      settings_(settings & ~class_bits) {}

void AdaptiveCamera::offer(std::vector<std::size_t> files) {
  offered_ = std::move(files);
}

bool AdaptiveCamera::has_files() const {
  return std::ranges::any_of(offered_, [this](std::size_t each) { return states_[each] == State::waiting; });
}

// Whole files first: what breaks off ends the connection.
std::optional<std::size_t> AdaptiveCamera::first_of(FileClass file_class) const {
  for (const bool whole : {true, false})
    for (const std::size_t each : offered_)
      if (states_[each] == State::waiting && files_[each]->file_class == file_class &&
          files_[each]->complete() == whole)
        return each;
  return std::nullopt;
}

std::optional<std::size_t> AdaptiveCamera::named(ByteView name) const {
  for (const FileClass each : dualcam::all_file_classes) {
    const auto first = first_of(each);
    if (!first) continue;
    const ByteView known = name_of(*files_[*first]);
    const bool by_beginning = each == FileClass::path && name.size() == short_path_size && name.size() < known.size();
    if (std::ranges::equal(by_beginning ? known.first(name.size()) : known, name)) return first;
  }
  return std::nullopt;
}

std::uint32_t AdaptiveCamera::waiting_bits() const {
  std::uint32_t bits = 0;
  for (const FileClass each : dualcam::all_file_classes)
    if (first_of(each)) bits |= dualcam::settings_bit(each);
  return bits;
}

void AdaptiveCamera::say(ByteView bytes) {
  if (answering_) out_.insert(out_.end(), bytes.begin(), bytes.end());
}

void AdaptiveCamera::say_init() {
  say(dualcam::encode_init({.protocol = protocol_, .imei = imei_, .settings = settings_ | waiting_bits()}).view());
}

void AdaptiveCamera::connected() {
  out_.clear();
  current_.reset();
  position_.reset();
  answering_ = true;
  closing_ = false;
  say_init();
}

void AdaptiveCamera::give_up(std::uint32_t status) {
  say(dualcam::encode_status(status).view());
  closing_ = answering_;
}

void AdaptiveCamera::take(ByteView frame, bool answer) {
  answering_ = answer;
  ++answered_;
  const auto command = camera_command(frame);
  const ByteView body = frame.size() > dualcam::header_size ? frame.subspan(dualcam::header_size) : ByteView{};
  if (!command) return give_up(dualcam::status_aborted);
  switch (*command) {
    case Command::meta_request: return on_meta_request(body);
    case Command::path_request: return on_path_request();
    case Command::file_request: return on_file_request(body);
    case Command::init_repeat: return on_acknowledgement();
    case Command::resume:
      if (const auto position = resume_position(frame)) return on_resume(*position);
      return give_up(status_invalid_resume);
    default:
      --answered_;  // CLOSE and COMPLETED ask for nothing
      out_.clear();
      closing_ = answer;
  }
}

void AdaptiveCamera::on_meta_request(ByteView name) {
  position_.reset();
  if (!name.empty()) current_ = named(name);
  if (!current_ || !files_[*current_]->has_metadata) return;
  base::Bytes frame;
  dualcam::append_meta(frame, files_[*current_]->raw_metadata);
  say(frame);
}

void AdaptiveCamera::on_path_request() {
  position_.reset();
  current_ = first_of(FileClass::path);
  // A capture is no promise of a sane device: what no request can name is not offered.
  if (!current_ || files_[*current_]->path.size() > longest_path) return give_up(dualcam::status_read_failed);
  say(dualcam::encode_path(files_[*current_]->path).view());
}

void AdaptiveCamera::on_file_request(ByteView name) {
  current_ = named(name);
  position_.reset();
  if (!current_) return give_up(dualcam::status_read_failed);
  say(dualcam::encode_start(files_[*current_]->start).view());
}

void AdaptiveCamera::on_resume(std::uint32_t position) {
  if (!current_) return give_up(status_invalid_resume);
  const captures::CameraFile& file = *files_[*current_];
  std::uint64_t offset = position;
  if (file.in_packets) offset = position == 0 ? 0 : (position - std::uint64_t{1}) * dualcam::packet_size;
  if (offset >= file.size.value_or(file.bytes.size())) {
    if (answering_ && !file.complete()) states_[*current_] = State::given_up;  // the rest is not in the capture
    return give_up(status_invalid_resume);
  }
  position_ = offset;
  crc_ = 0;
  say(dualcam::encode_sync(file.in_packets ? static_cast<std::uint32_t>(offset / dualcam::packet_size + 1)
                                           : static_cast<std::uint32_t>(offset))
          .view());
}

void AdaptiveCamera::on_acknowledgement() {
  position_.reset();
  if (current_) {
    states_[*current_] = State::acknowledged;
    ++acknowledgements_;
    current_.reset();
  }
  say_init();
}

void AdaptiveCamera::send_packet(base::Bytes& out) {
  const captures::CameraFile& file = *files_[*current_];
  const std::uint64_t at = *position_;
  const std::uint64_t end = std::min(at + dualcam::packet_size, known_end(file, at));
  const bool short_of_whole = file.in_packets && end < at + dualcam::packet_size && end != file.size;
  if (end == at || short_of_whole) {
    position_.reset();
    if (file.complete()) return;  // everything is sent
    states_[*current_] = State::given_up;
    return give_up(dualcam::status_read_failed);
  }
  const ByteView bytes = ByteView(file.bytes).subspan(at, end - at);
  if (file.protocol >= dualcam::first_enhanced_protocol) {
    dualcam::append_enhanced_data(out, static_cast<std::uint32_t>(at), bytes, dualcam::crc16(0, bytes));
  } else {
    crc_ = dualcam::crc16(crc_, bytes);
    dualcam::append_data(out, bytes, crc_);
  }
  position_ = end;
}

bool AdaptiveCamera::send(base::Bytes& out, std::size_t most) {
  const std::size_t before = out.size();
  out.insert(out.end(), out_.begin(), out_.end());
  out_.clear();
  while (position_ && current_ && !closing_ && out.size() < before + most) send_packet(out);
  out.insert(out.end(), out_.begin(), out_.end());  // a STATUS that ends the file
  out_.clear();
  return out.size() != before;
}

}  // namespace replay
