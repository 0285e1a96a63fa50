#include "tools/sim/camera.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/dualcam/status.hpp"
#include "tools/sim/plan.hpp"

namespace sim {

using dualcam::Command;
using dualcam::FileClass;

namespace {
constexpr std::size_t short_path_size = 7;
constexpr std::uint32_t status_bad_resume = 6;
constexpr Time status_to_close{200'000};  // a device that gave up lets its STATUS out before it closes
constexpr std::uint16_t identifier_protocol = 5;

base::Bytes with_nul(const std::string& path) {
  base::Bytes bytes(path.begin(), path.end());
  bytes.push_back(0);
  return bytes;
}
}  // namespace

Camera::Camera(const CameraOptions& options, const FaultOptions& faults, std::shared_ptr<const FileMaker> maker,
               std::vector<FileSpec> files, CameraObserver* observer)
    : options_(options),
      random_(options.seed),
      faults_(faults, random_),
      maker_(std::move(maker)),
      observer_(observer),
      wake_at_(options.start_at),
      delay_(options.reconnect_delay) {
  for (FileSpec& spec : files) {
    next_number_ = std::max(next_number_, spec.number + 1);
    files_.push_back({.spec = std::move(spec)});
  }
  if (files_.empty()) rest();
}

void Camera::add(FileSpec spec, Time at) {
  if (phase_ == Phase::offline && files_.empty()) wake_at_ = at;
  files_.push_back({.spec = std::move(spec)});
}

void Camera::dismiss() noexcept {
  options_.on_call = false;
  if (phase_ == Phase::offline && files_.empty()) rest();
}

// Nothing is on the card.
void Camera::rest() noexcept {
  phase_ = options_.on_call ? Phase::offline : Phase::done;
  wake_at_ = forever;
}

// ---- Inputs

void Camera::connected(Time now) {
  ++statistics_.connects;
  delay_ = options_.reconnect_delay;
  closing_ = reset_ = false;
  inbox_.clear();
  replies_.clear();
  tail_.clear();
  quiet_until_ = Time{0};
  reply_init(now);
}

void Camera::connect_failed(Time now) {
  ++statistics_.failed_connects;
  delay_ = std::min(delay_ * 2, options_.longest_delay);
  go_offline(now, delay_);
}

void Camera::closed(Time now) {
  if (phase_ != Phase::offline && phase_ != Phase::done) go_offline(now, options_.reconnect_delay);
}

void Camera::received(base::ByteView bytes, Time now) {
  if (phase_ == Phase::offline || phase_ == Phase::done || closing_) return;
  deadline_ = now + options_.answer_timeout;
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  while (!closing_) {
    const std::size_t used = take_command(now);
    if (used == 0) break;
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
  }
}

// ---- Requests of the server

std::size_t Camera::take_command(Time now) {
  if (inbox_.size() < 2) return 0;
  const auto command = static_cast<Command>(base::load_be<std::uint16_t>(inbox_.data()));
  if (command == Command::init_repeat) {  // the one frame without a length
    on_init_repeat(now);
    return 2;
  }
  if (inbox_.size() < dualcam::header_size) return 0;
  const std::size_t length = base::load_be<std::uint16_t>(inbox_.data() + 2);
  if (inbox_.size() < dualcam::header_size + length) return 0;
  handle(command, base::ByteView(inbox_).subspan(dualcam::header_size, length), now);
  return dualcam::header_size + length;
}

void Camera::handle(Command command, base::ByteView body, Time now) {
  if (phase_ == Phase::silent) return;
  switch (command) {
    case Command::close:
      tail_.clear();
      replies_.clear();
      quiet_until_ = Time{0};
      closing_ = true;
      return;
    case Command::meta_request: return on_meta_request(body, now);
    case Command::path_request: return on_path_request(now);
    case Command::file_request: return on_file_request(body, now);
    case Command::resume:
      if (body.size() == 4) return on_resume(base::load_be<std::uint32_t>(body.data()), now);
      break;
    case Command::status:
      if (body.size() == 4) return on_status(base::load_be<std::uint32_t>(body.data()));
      break;
    default: break;
  }
  violated(fmt::format("sent command 0x{:04x} with {} bytes, which no server sends", static_cast<unsigned>(command),
                       body.size()));
  give_up(dualcam::status_aborted, now);
}

void Camera::on_init_repeat(Time now) {
  if (file_ != nullptr) {
    if (!reached_end_)
      violated(fmt::format("acknowledged file {} after {} of {} bytes", file_->spec.number, position_,
                           content_ == nullptr ? 0 : content_->size()));
    ++statistics_.acknowledged;
    const auto at = std::ranges::find(files_, file_, [](Stored& stored) { return &stored; });
    const FileSpec spec = std::move(at->spec);
    forget_file();
    files_.erase(at);
    if (observer_ != nullptr) observer_->on_acknowledged(spec);
    if (happens(Fault::silent)) {
      phase_ = Phase::silent;
      wake_at_ = now + options_.silence;
      return;
    }
  }
  reply_init(now);
}

void Camera::on_meta_request(base::ByteView name, Time now) {
  const Stored* stored = nullptr;
  for (const FileClass file_class : dualcam::all_file_classes)
    if (base::as_text(name) == dualcam::identifier(file_class)) stored = oldest(file_class);
  const Metadata metadata = stored == nullptr ? Metadata{} : stored->spec.metadata;
  base::Bytes frame;
  if (in_packets()) {
    base::Bytes body = encode_metadata(metadata, options_.meta_version);
    const bool stray = options_.meta_version == 2 && stored != nullptr && happens(Fault::stray);
    const std::uint8_t last = body.back();
    if (stray) body.pop_back();  // the length says 13, and 14 bytes follow
    dualcam::append_meta(frame, body);
    if (stray) frame.push_back(last);
  } else if (options_.dialect == Dialect::paths) {
    dualcam::append_meta(frame, options_.dsm ? encode_dsm_metadata(metadata) : encode_adas_metadata(metadata));
  } else {
    dualcam::append_meta(frame, base::as_bytes(encode_json_metadata(metadata)));
  }
  reply(frame, now);
}

void Camera::on_path_request(Time now) {
  const Stored* stored = oldest(FileClass::path);
  if (stored == nullptr) return give_up(dualcam::status_read_failed, now);
  reply(dualcam::encode_path(with_nul(stored->spec.path)).view(), now);
}

void Camera::on_file_request(base::ByteView name, Time now) {
  forget_file();
  phase_ = Phase::asked;
  file_ = find(name);
  if (file_ == nullptr) {
    // An identifier this card has nothing of: nothing left. A path that is not there: a read error.
    if (in_packets() && name.size() == dualcam::identifier(FileClass::photo_front).size())
      return reply(dualcam::encode_start({.size = 0}).view(), now);
    return give_up(dualcam::status_read_failed, now);
  }
  if (happens(Fault::read_error)) return give_up(dualcam::status_read_failed, now);
  const bool whole = name.size() > short_path_size;
  if (options_.dialect == Dialect::enhanced && whole && has_camera_prefix(file_->spec.path)) {
    file_->short_path = file_->short_path || happens(Fault::short_path);
    if (file_->short_path) return reply(dualcam::encode_status(dualcam::status_read_failed).view(), now);
  }
  content_ = maker_->open(file_->spec);
  phase_ = Phase::started;
  const std::uint32_t bytes = content_->size();
  const auto packet = static_cast<std::uint32_t>(dualcam::packet_size);
  reply(dualcam::encode_start({.size = in_packets() ? (bytes + packet - 1) / packet : bytes}).view(), now);
}

void Camera::on_resume(std::uint32_t position, Time now) {
  if (content_ == nullptr) {
    violated("sent RESUME without a FILE REQ before it");
    return give_up(status_bad_resume, now);
  }
  const std::uint64_t offset =
      in_packets() ? (std::max(position, 1U) - 1) * std::uint64_t{dualcam::packet_size} : position;
  const std::uint32_t size = content_->size();
  if (offset > size || (offset == size && in_packets())) {
    violated(fmt::format("asked to resume at {} in a file of {} bytes", position, size));
    return give_up(status_bad_resume, now);
  }
  if (phase_ == Phase::started && happens(Fault::deaf)) return;
  const bool under_way = phase_ == Phase::sending;
  if (under_way) ++statistics_.resumes;
  syncs_.push_back({.offset = static_cast<std::uint32_t>(offset), .frames_before = under_way ? options_.in_flight : 0});
  if (!under_way) {
    phase_ = Phase::sending;
    next_data_at_ = std::max(next_data_at_, now + options_.reply_delay);
  }
}

void Camera::on_status(std::uint32_t status) {
  if (status != dualcam::status_completed) violated(fmt::format("sent STATUS {}, a device's word", status));
  closing_ = true;  // COMPLETED ends the session; it acknowledges nothing
}

// ---- Outputs outside of a file (those inside: camera_data.cpp)

Step Camera::poll(Time now, base::Bytes& out) {
  const std::size_t before = out.size();
  const Step step = phase_ == Phase::done                                     ? Step{.kind = Step::Kind::done}
                    : phase_ == Phase::offline || phase_ == Phase::connecting ? poll_offline(now)
                                                                              : poll_online(now, out);
  statistics_.wire_bytes += out.size() - before;
  return step;
}

Step Camera::poll_offline(Time now) {
  if (phase_ == Phase::connecting) return {};
  if (now < wake_at_) return {.until = wake_at_};
  phase_ = Phase::connecting;
  return {.kind = Step::Kind::connect};
}

Step Camera::poll_online(Time now, base::Bytes& out) {
  if (now < quiet_until_) return {.until = quiet_until_};
  if (!tail_.empty()) return send_tail(now, out);
  if (!replies_.empty()) {
    if (now < replies_.front().at) return {.until = replies_.front().at};
    const base::Bytes& bytes = replies_.front().bytes;
    out.insert(out.end(), bytes.begin(), bytes.end());
    replies_.pop_front();
    return {.kind = Step::Kind::send};
  }
  if (closing_) return hang_up(now);
  if (phase_ == Phase::sending) return poll_data(now, out);
  if (phase_ == Phase::silent) return now < wake_at_ ? Step{.until = wake_at_} : hang_up(now);
  if (now < deadline_) return {.until = deadline_};
  ++statistics_.timeouts;
  return hang_up(now);
}

Step Camera::hang_up(Time now) {
  const Step step{.kind = Step::Kind::close, .until = now, .reset = reset_};
  go_offline(now, options_.reconnect_delay);
  return step;
}

void Camera::reply(base::ByteView frame, Time now) {
  replies_.push_back({.bytes = base::Bytes(frame.begin(), frame.end()), .at = now + options_.reply_delay});
}

void Camera::reply_init(Time now) {
  forget_file();
  phase_ = Phase::asked;
  deadline_ = now + options_.answer_timeout;
  dualcam::Init init{
      .protocol = options_.dialect == Dialect::enhanced ? dualcam::first_enhanced_protocol : identifier_protocol,
      .imei = options_.imei,
      .settings = dualcam::settings_always};
  for (const Stored& stored : files_) init.settings |= dualcam::settings_bit(stored.spec.file_class);
  reply(dualcam::encode_init(init).view(), now);
}

void Camera::give_up(std::uint32_t status, Time now) {
  reply(dualcam::encode_status(status).view(), now);
  quiet_until_ = Time{0};
  replies_.push_back({.bytes = {}, .at = now + options_.reply_delay + status_to_close});
  closing_ = true;
}

void Camera::go_offline(Time now, Time delay) {
  abandon_unfinished();
  forget_file();
  closing_ = reset_ = false;
  phase_ = Phase::offline;
  wake_at_ = now + between(delay / 2, delay);
  if (files_.empty()) rest();
}

void Camera::abandon_unfinished() {
  if (phase_ != Phase::sending || file_ == nullptr || file_->sent == 0 || file_->sent >= content_->size()) return;
  if (!happens(Fault::abandon)) return;
  ++statistics_.abandoned;
  const FileSpec old = std::exchange(file_->spec, newer_capture(file_->spec, next_number_++));
  const std::uint32_t sent = std::exchange(file_->sent, 0);
  if (observer_ != nullptr) observer_->on_abandoned(old, sent);
}

// ---- What is on the card

void Camera::forget_file() noexcept {
  file_ = nullptr;
  content_.reset();
  position_ = synced_at_ = 0;
  crc_ = 0;
  first_sync_ = true;
  reached_end_ = false;
  joined_ = 0;
  syncs_.clear();
}

Camera::Stored* Camera::oldest(FileClass file_class) {
  const auto at = std::ranges::find(files_, file_class, [](const Stored& stored) { return stored.spec.file_class; });
  return at == files_.end() ? nullptr : &*at;
}

Camera::Stored* Camera::find(base::ByteView name) {
  if (in_packets()) {
    for (const FileClass file_class : dualcam::all_file_classes)
      if (!name.empty() && base::as_text(name) == dualcam::identifier(file_class)) return oldest(file_class);
    return nullptr;
  }
  Stored* stored = oldest(FileClass::path);
  if (stored == nullptr) return nullptr;
  const std::string& path = stored->spec.path;
  const std::string_view asked = base::as_text(name);
  if (asked.size() == path.size() + 1 && asked.ends_with('\0') && asked.starts_with(path)) return stored;
  const bool shortened = options_.dialect == Dialect::enhanced && has_camera_prefix(path) &&
                         asked == std::string_view(path).substr(0, short_path_size);
  if (shortened) return stored;
  violated(fmt::format("asked for the path \"{}\" instead of \"{}\" and a NUL", base::printable(name), path));
  return nullptr;
}

std::vector<FileSpec> Camera::files() const {
  std::vector<FileSpec> specs;
  specs.reserve(files_.size());
  for (const Stored& stored : files_) specs.push_back(stored.spec);
  return specs;
}

void Camera::violated(std::string what) {
  ++statistics_.violations;
  statistics_.violation = "The server " + std::move(what) + ".";
}

bool Camera::happens(Fault fault) {
  if (!faults_.happens(fault)) return false;
  if (observer_ != nullptr) observer_->on_fault(fault);
  return true;
}

Time Camera::between(Time low, Time high) {
  return Time{std::uniform_int_distribution<Time::rep>(low.count(), std::max(low, high).count())(random_)};
}

std::size_t Camera::inside(std::size_t size) {
  return std::uniform_int_distribution<std::size_t>(1, std::max<std::size_t>(size, 2) - 1)(random_);
}

}  // namespace sim
