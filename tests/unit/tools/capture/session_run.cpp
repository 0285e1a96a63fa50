#include "tests/unit/tools/capture/session_run.hpp"

#include <algorithm>

namespace captures::test {

namespace flag = pcapng::tcp_flag;

namespace {
constexpr sim::Time longest_run{7'200'000'000};

std::shared_ptr<const sim::FileMaker> small_maker(const sim::PlanOptions& plan) {
  return *sim::FileMaker::create(
      {.media = sim::FileMaker::Media::synthetic, .video_seconds = 1, .videos = plan.videos > 0});
}
}  // namespace

SessionRun::SessionRun(const sim::CameraOptions& options, const sim::FaultOptions& faults, const sim::PlanOptions& plan)
    : maker_(small_maker(plan)) {
  camera_.emplace(options, faults, maker_, sim::plan_files(plan, options, *maker_), this);
}

void SessionRun::say(Said::What what, bool from_device, base::ByteView bytes) {
  said.push_back({connection_, what, from_device, {bytes.begin(), bytes.end()}});
}

bool SessionRun::run() {
  using Kind = sim::Step::Kind;
  while (now_ < longest_run) {
    base::Bytes out;
    const sim::Step next = camera_->poll(now_, out);
    if (!out.empty() && session_) {
      say(Said::What::bytes, true, out);
      feed(out);
    }
    switch (next.kind) {
      case Kind::send: break;
      case Kind::done: return true;
      case Kind::connect: {
        ++connection_;
        say(Said::What::open, true);
        session_.emplace(session_options_);
        inbox_.clear();
        close_ = false;
        camera_->connected(now_);
        dualcam::Actions actions;
        session_->start(actions);
        carry_out(actions);
        break;
      }
      case Kind::close: {
        if (!session_) break;
        say(next.reset ? Said::What::reset : Said::What::device_ends, true);
        dualcam::Actions actions;
        session_->on_end("closed", actions);
        carry_out(actions);
        session_.reset();
        break;
      }
      case Kind::wait:
        if (!out.empty()) break;
        now_ = std::min(next.until, session_ && deadline_ ? *deadline_ : sim::forever);
        if (session_ && deadline_ && now_ >= *deadline_) {
          deadline_.reset();
          dualcam::Actions actions;
          session_->on_deadline(actions);
          carry_out(actions);
        }
        break;
    }
    answer_camera();
  }
  return false;
}

void SessionRun::answer_camera() {
  if (!session_) return answer_.clear();
  const base::Bytes answer = std::exchange(answer_, {});
  if (!answer.empty()) {
    say(Said::What::bytes, false, answer);
    camera_->received(answer, now_);
  }
  if (!close_) return;
  say(Said::What::server_ends, false);
  session_.reset();
  camera_->closed(now_);
}

void SessionRun::feed(base::ByteView bytes) {
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  dualcam::Actions actions;
  while (!close_) {
    const std::size_t used = session_->step(inbox_, actions);
    const bool acted = !actions.empty();
    carry_out(actions);
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
    if (used == 0 && !acted) break;
  }
}

void SessionRun::carry_out(dualcam::Actions& actions) {
  while (!actions.empty()) {
    dualcam::Actions now;
    std::swap(now, actions);
    for (const auto& action : now) std::visit([this](const auto& one) { see(one); }, action);
  }
}

void SessionRun::see(const dualcam::Send& action) {
  const base::ByteView bytes = action.frame.view();
  answer_.insert(answer_.end(), bytes.begin(), bytes.end());
}
void SessionRun::see(const dualcam::Deadline& action) {
  deadline_ = now_ + action.after;
}
void SessionRun::see(const dualcam::Identify& /*action*/) {
  dualcam::Actions more;
  session_->admit(dualcam::photos_first, more);
  carry_out(more);
}

namespace {
std::string key_of(const dualcam::FileOffer& offer) {
  return offer.name + "\n" + std::to_string(offer.declared_size) + base::to_hex(offer.raw_metadata);
}
}  // namespace

void SessionRun::see(const dualcam::Open& /*action*/) {
  kept_ = partials_[key_of(session_->offer())];
  const std::size_t overlap = kept_.empty() ? 0 : (kept_.size() - 1) / dualcam::packet_size * dualcam::packet_size;
  dualcam::Actions more;
  session_->opened({.size = kept_.size(), .overlap_offset = overlap, .overlap = base::ByteView(kept_).subspan(overlap)},
                   more);
  carry_out(more);
}
void SessionRun::see(const dualcam::Write& action) {
  base::Bytes& partial = partials_[key_of(session_->offer())];
  partial.resize(action.offset);
  partial.insert(partial.end(), action.bytes.begin(), action.bytes.end());
}
void SessionRun::see(const dualcam::StartOver& /*action*/) {
  partials_[key_of(session_->offer())].clear();
}
void SessionRun::see(const dualcam::Finish& /*action*/) {
  partials_.erase(key_of(session_->offer()));
  dualcam::Actions more;
  session_->stored(more);
  carry_out(more);
}
void SessionRun::see(const dualcam::Close& /*action*/) {
  close_ = true;
}

// ---- Packets.

namespace {
class Numbers {
 public:
  Numbers(unsigned connection, std::uint32_t first)
      : connection_(connection), device_(endpoint(1, static_cast<std::uint16_t>(40'000 + connection))) {
    next_[1] = first;
    next_[0] = first * 3;
  }
  void send(std::vector<Wire>& out, bool from_device, std::uint8_t flags, base::ByteView bytes = {}) {
    std::uint32_t& next = next_[from_device ? 1 : 0];
    Wire wire{.connection = connection_, .from_device = from_device};
    pcapng::make_tcp(wire.raw.bytes, from_device ? device_ : server, from_device ? server : device_,
                     {.sequence = next, .acknowledged = next_[from_device ? 0 : 1], .flags = flags}, bytes);
    next += static_cast<std::uint32_t>(bytes.size()) + ((flags & (flag::syn | flag::fin)) != 0 ? 1 : 0);
    out.push_back(std::move(wire));
  }

 private:
  unsigned connection_;
  pcapng::Endpoint device_;
  std::uint32_t next_[2] = {};
};
}  // namespace

std::vector<Wire> packets_of(const std::vector<Said>& said, std::size_t largest, std::uint32_t first) {
  std::vector<Wire> out;
  std::optional<Numbers> numbers;
  for (const Said& one : said) {
    switch (one.what) {
      case Said::What::open:
        numbers.emplace(one.connection, first);
        numbers->send(out, true, flag::syn);
        numbers->send(out, false, flag::syn | flag::ack);
        numbers->send(out, true, flag::ack);
        break;
      case Said::What::bytes:
        for (base::ByteView rest = one.bytes; !rest.empty();) {
          const base::ByteView part = rest.first(std::min(largest, rest.size()));
          numbers->send(out, one.from_device, flag::ack | flag::psh, part);
          rest = rest.subspan(part.size());
        }
        break;
      case Said::What::device_ends:
      case Said::What::server_ends: {
        const bool device_first = one.what == Said::What::device_ends;
        numbers->send(out, device_first, flag::fin | flag::ack);
        numbers->send(out, !device_first, flag::fin | flag::ack);
        numbers->send(out, device_first, flag::ack);
        break;
      }
      case Said::What::reset: numbers->send(out, true, flag::rst | flag::ack); break;
    }
  }
  return out;
}

std::vector<Raw> in_time(std::vector<Wire> packets) {
  std::vector<Raw> all;
  for (Wire& packet : packets) {
    packet.raw.micros = static_cast<std::int64_t>(1'000'000 + all.size());
    all.push_back(std::move(packet.raw));
  }
  return all;
}

}  // namespace captures::test
