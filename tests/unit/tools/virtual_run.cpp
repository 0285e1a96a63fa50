#include "tests/unit/tools/virtual_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {
constexpr Time server_tick{500'000};

std::shared_ptr<const FileMaker> small_maker(const PlanOptions& plan) {
  return *FileMaker::create({.media = FileMaker::Media::synthetic, .video_seconds = 1, .videos = plan.videos > 0});
}
}  // namespace

VirtualRun::VirtualRun(const CameraOptions& options, const FaultOptions& faults, const PlanOptions& plan)
    : maker(small_maker(plan)) {
  camera.emplace(options, faults, maker, plan_files(plan, options, *maker), this);
}

bool VirtualRun::run(Time limit) {
  while (now < limit) {
    base::Bytes out;
    const Step next = camera->poll(now, out);
    if (!out.empty()) {
      segments.push_back(out);
      if (server_) deliver(out);
    }
    switch (next.kind) {
      case Step::Kind::send: break;
      case Step::Kind::connect:
        ++connections;
        server_.emplace(stored);
        camera->connected(now);
        break;
      case Step::Kind::close: hang_up(false); break;
      case Step::Kind::done: return true;
      case Step::Kind::wait:
        if (out.empty()) {
          now = std::min(next.until, now + server_tick);
          if (server_) deliver({});
        }
        break;
    }
  }
  return false;
}

void VirtualRun::deliver(base::ByteView to_server) {
  base::Bytes answer;
  const bool open = to_server.empty() ? server_->timer(now, answer) : server_->received(to_server, now, answer);
  if (!answer.empty()) camera->received(answer, now);
  if (!open) hang_up(true);
}

void VirtualRun::hang_up(bool by_server) {
  if (!server_->complaint().empty()) complaints.push_back(server_->complaint());
  server_.reset();
  if (by_server) camera->closed(now);
}

std::string compare(const VirtualRun& run) {
  std::vector<base::Bytes> expected, found;
  for (const FileSpec& spec : run.acknowledged) expected.push_back(run.maker->open(spec)->all());
  for (const StoredFile& file : run.stored) found.push_back(file.bytes);
  std::ranges::sort(expected);
  std::ranges::sort(found);
  if (expected == found) return "";
  return fmt::format("{} files acknowledged, {} stored, and they are not the same", expected.size(), found.size());
}

}  // namespace sim
