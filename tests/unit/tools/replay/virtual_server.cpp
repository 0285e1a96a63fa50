#include "tests/unit/tools/replay/virtual_server.hpp"

#include <algorithm>
#include <numeric>

#include "server/base/imei.hpp"

namespace replay::test {

using captures::Event;
using captures::Side;

void VirtualServer::start(Time now) {
  session_.start(actions_);
  carry_out(now);
}

void VirtualServer::received(base::ByteView bytes, Time now) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  while (!closed_) {
    const base::ByteView rest = base::ByteView(pending_).subspan(used);
    const std::size_t taken = session_.step(rest.first(std::min<std::size_t>(rest.size(), 64 * 1024)), actions_);
    carry_out(now);
    if (taken == 0) break;
    used += taken;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
}

void VirtualServer::time_out(Time now) {
  deadline_.reset();
  session_.on_deadline(actions_);
  carry_out(now);
}

void VirtualServer::device_closed(Time now) {
  session_.on_end("the device closed", actions_);
  carry_out(now);
}

void VirtualServer::carry_out(Time now) {
  for (std::size_t i = 0; i < actions_.size(); ++i) {  // NOLINT(modernize-loop-convert)
    const dualcam::Action action = std::move(actions_[i]);
    perform(action, now);
  }
  actions_.clear();
}

void VirtualServer::perform(const dualcam::Action& action, Time now) {
  if (const auto* send = std::get_if<dualcam::Send>(&action)) {
    out_.insert(out_.end(), send->frame.view().begin(), send->frame.view().end());
  } else if (const auto* deadline = std::get_if<dualcam::Deadline>(&action)) {
    deadline_ = now + deadline->after;
  } else if (std::holds_alternative<dualcam::Identify>(action)) {
    session_.admit(order_, actions_);
  } else if (std::holds_alternative<dualcam::Open>(action)) {
    file_ = &spool_.open(*session_.imei(), session_.offer());
    session_.opened(VirtualSpool::kept(*file_, session_.offer()), actions_);
  } else if (const auto* write = std::get_if<dualcam::Write>(&action)) {
    VirtualSpool::write(*file_, write->offset, write->bytes);
  } else if (std::holds_alternative<dualcam::StartOver>(action)) {
    VirtualSpool::start_over(*file_);
  } else if (std::holds_alternative<dualcam::Finish>(action)) {
    const auto defect = VirtualSpool::finish(*file_);
    defect ? session_.not_whole(*defect, actions_) : session_.stored(actions_);
  } else if (std::holds_alternative<dualcam::Close>(action)) {
    closed_ = true;
    deadline_.reset();
  }
}

void Tape::add(Time now, Event::Kind kind, Side side) {
  constexpr std::chrono::sys_days first_day{std::chrono::year{2027} / 1 / 1};
  capture.conversations.back().events.push_back({.time = first_day + now, .kind = kind, .from = side});
}

void Tape::connected(Time now) {
  capture.conversations.push_back({.protocol = captures::Protocol::camera});
  add(now, Event::Kind::open, Side::device);
}

void Tape::said(Side side, base::ByteView bytes, Time now) {
  captures::Conversation& conversation = capture.conversations.back();
  base::Bytes& all = side == Side::device ? conversation.device_bytes : conversation.server_bytes;
  add(now, Event::Kind::bytes, side);
  conversation.events.back().at = all.size();
  conversation.events.back().size = bytes.size();
  all.insert(all.end(), bytes.begin(), bytes.end());
}

void Tape::ended(Side side, bool reset, Time now) {
  add(now, reset ? Event::Kind::reset : Event::Kind::end, side);
}

void Tape::identify() {
  for (captures::Conversation& each : capture.conversations)
    if (each.device_bytes.size() >= dualcam::init_size)
      each.imei = base::Imei::from_number(dualcam::parse_init(each.device_bytes).imei);
}

std::unique_ptr<Recorded> record(const Recipe& recipe) {
  const sim::PlanOptions plan{
      .photos = recipe.photos, .videos = recipe.videos, .seed = recipe.seed, .first_capture_ms = 1'763'000'000'000};
  const auto maker = *sim::FileMaker::create(
      {.media = sim::FileMaker::Media::synthetic, .video_seconds = 1, .videos = recipe.videos > 0});
  const sim::CameraOptions options{.imei = 356307042441013,
                                   .dialect = recipe.dialect,
                                   .meta_version = static_cast<int>(recipe.seed % 4) + 1,
                                   .dsm = recipe.seed % 2 == 0,
                                   .bytes_per_second = 200'000,
                                   .reply_delay = Time{100'000},
                                   .seed = recipe.seed};
  auto recorded = std::make_unique<Recorded>();
  sim::Camera camera(options, recipe.faults, maker, plan_files(plan, options, *maker), nullptr);
  Tape tape;
  recorded->done = play(camera, recorded->spool, &tape, recipe.order);
  tape.identify();
  recorded->capture = std::move(tape.capture);
  return recorded;
}

std::vector<base::Bytes> stored_in(const VirtualSpool& spool) {
  std::vector<base::Bytes> files;
  for (const auto& [key, file] : spool.files())
    if (file.stored) files.push_back(file.bytes);
  std::ranges::sort(files);
  return files;
}

std::vector<std::size_t> all_of(const captures::Capture& capture) {
  std::vector<std::size_t> all(capture.conversations.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace replay::test
