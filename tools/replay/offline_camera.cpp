// A camera's connection, offline.
#include <fmt/format.h>

#include <algorithm>

#include "tools/replay/class_order.hpp"
#include "tools/replay/offline_play.hpp"

namespace replay::detail {

using dualcam::Command;

namespace {
class OfflineCamera final : public OfflinePlay {
 public:
  using OfflinePlay::OfflinePlay;

 private:
  void begin() override {
    session_.start(actions_);
    carry_out();
  }
  std::size_t step(base::ByteView in) override {
    const std::size_t taken = session_.step(in, actions_);
    carry_out();
    return taken;
  }
  void time_out() override {
    session_.on_deadline(actions_);
    carry_out();
  }
  void end(const std::string& how) override {
    session_.on_end(how, actions_);
    carry_out();
  }
  void shut_down(const std::string& reason) override {
    session_.shut_down(reason, false, actions_);
    carry_out();
  }
  void server_said(const ServerFrame& frame) override;
  std::string state() const override { return std::string(dualcam::to_string(session_.state())); }

  void carry_out();
  void perform(const dualcam::Send& action) { sent(action.frame.view()); }
  void perform(const dualcam::Deadline& action) { deadline(action.after); }
  void perform(const dualcam::Identify& action);
  void perform(const dualcam::Decline&) { line("decline", {{"file", session_.offer().name}}); }
  void perform(const dualcam::Open&);
  void perform(const dualcam::Write& action);
  void perform(const dualcam::StartOver& action);
  void perform(const dualcam::Finish& action);
  void perform(const dualcam::Abandon& action) { line("abandon", {{"reason", action.reason}}); }
  void perform(const dualcam::Note& action) { line("note", {{"", action.text}}); }
  void perform(const dualcam::Close& action) { closed(action.reason); }

  std::optional<std::uint64_t> recorded_offset() const;
  bool seed(std::uint64_t offset);

  const dualcam::SessionOptions options_;
  dualcam::Session session_{options_};
  dualcam::Actions actions_;
  VirtualSpool::File* file_ = nullptr;  // of the spool
};

// By index, and each moved out: an answer adds to the list.
void OfflineCamera::carry_out() {
  for (std::size_t i = 0; i < actions_.size(); ++i) {  // NOLINT(modernize-loop-convert)
    const dualcam::Action action = std::move(actions_[i]);
    std::visit([this](const auto& each) { perform(each); }, action);
  }
  actions_.clear();
}

// A CLOSE that the core has not sent was its driver's: the server was stopped, or the camera was too slow for it.
void OfflineCamera::server_said(const ServerFrame& frame) {
  const bool closing = session_.state() == dualcam::State::closing || session_.state() == dualcam::State::closed;
  if (camera_command(frame.bytes) != Command::close || closing) return;
  session_.shut_down("the server of the recording ended the session here", true, actions_);
  carry_out();
}

void OfflineCamera::perform(const dualcam::Identify& action) {
  line("identify", {{"imei", action.imei.str()},
                    {"protocol", std::uint64_t{action.init.protocol}},
                    {"settings", fmt::format("{:08x}", action.init.settings)}});
  const ServerFrame* const next = recorded_next();
  const bool something_waits = std::ranges::any_of(dualcam::all_file_classes,
                                                   [&](dualcam::FileClass each) { return action.init.waiting(each); });
  if (something_waits && next != nullptr && camera_command(next->bytes) == Command::close)
    return session_.refuse("the server of the recording refused the device", actions_);
  session_.admit(class_order(conversation_), actions_);
}

// Where the recorded server let the file begin; nothing: it did not say.
std::optional<std::uint64_t> OfflineCamera::recorded_offset() const {
  const ServerFrame* const next = recorded_next();
  const auto position = next == nullptr ? std::nullopt : resume_position(next->bytes);
  if (!position) return std::nullopt;
  if (session_.offer().unit == dualcam::SizeUnit::bytes) return *position;
  return *position <= 1 ? 0 : (*position - std::uint64_t{1}) * dualcam::packet_size;
}

// Of the file that the device offers, what the recorded server must have had: up to and with one packet at `offset`, as
// the capture has it from elsewhere, or from what the device sent again. False: it has not.
bool OfflineCamera::seed(std::uint64_t offset) {
  const dualcam::FileOffer& offer = session_.offer();
  for (const captures::CameraFile& known : offline_.files) {
    const std::uint64_t end = std::min<std::uint64_t>(offset + dualcam::packet_size, known.bytes.size());
    if (known.imei != *session_.imei() || known.file_class != offer.file_class || end <= offset ||
        known.start.size != offer.declared_size || known.raw_metadata != offer.raw_metadata)
      continue;
    const auto missing = [&](std::uint64_t from) {
      return std::ranges::any_of(known.missing,
                                 [&](const captures::Range& gap) { return gap.begin < end && gap.end > from; });
    };
    if (missing(offset)) continue;
    file_->bytes.assign(known.bytes.begin(), known.bytes.begin() + static_cast<std::ptrdiff_t>(end));
    file_->overlap.assign(known.bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                          known.bytes.begin() + static_cast<std::ptrdiff_t>(end));
    file_->stored = false;
    file_->gaps = missing(0);
    return true;
  }
  return false;
}

void OfflineCamera::perform(const dualcam::Open&) {
  const dualcam::FileOffer& offer = session_.offer();
  line("open", {{"file", offer.name},
                {"announced", std::uint64_t{offer.declared_size}},
                {"unit", offer.unit == dualcam::SizeUnit::packets ? "packets" : "bytes"},
                {"metadata", base::to_hex(offer.raw_metadata)}});
  file_ = &offline_.spool.open(*session_.imei(), offer);
  dualcam::KeptFile kept = VirtualSpool::kept(*file_, offer);
  const std::uint64_t natural = kept.size == 0 ? 0 : kept.overlap_offset;
  const std::uint64_t recorded = recorded_offset().value_or(natural);
  std::string_view from = "what was replayed before";
  if (recorded != natural && recorded > 0 && seed(recorded)) {
    kept = {.size = file_->bytes.size(), .overlap_offset = recorded, .overlap = file_->overlap};
    from = "the capture, as the recorded server had it";
  } else if (recorded != natural) {
    VirtualSpool::start_over(*file_);
    kept = {};
    from = "the recording: its server had nothing of the file";
    if (recorded > 0) from = "nothing: the capture has not what the recorded server had of the file";
  }
  line("kept", {{"bytes", kept.size}, {"proof_from", kept.overlap_offset}, {"from", std::string(from)}});
  session_.opened(kept, actions_);
}

void OfflineCamera::perform(const dualcam::Write& action) {
  line("write",
       {{"offset", action.offset}, {"bytes", std::uint64_t{action.bytes.size()}}, {"hash", short_hash(action.bytes)}});
  VirtualSpool::write(*file_, action.offset, action.bytes);
}

void OfflineCamera::perform(const dualcam::StartOver& action) {
  line("start-over", {{"reason", std::string(action.reason)}});
  VirtualSpool::start_over(*file_);
}

void OfflineCamera::perform(const dualcam::Finish& action) {
  const bool before = file_->stored;
  line("finish", {{"bytes", action.size}, {"hash", short_hash(file_->bytes)}});
  if (const auto defect = VirtualSpool::finish(*file_)) {
    line("not-whole", {{"reason", *defect}});
    return session_.not_whole(*defect, actions_);
  }
  line("stored", {{"file", session_.offer().name}, {"before", before ? "yes" : "no"}});
  ++result_.stored_files;
  session_.stored(actions_);
}
}  // namespace

OfflineResult replay_camera(Offline& offline, std::size_t conversation) {
  return OfflineCamera(offline, conversation).run();
}

}  // namespace replay::detail
