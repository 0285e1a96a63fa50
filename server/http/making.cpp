#include "server/http/making.hpp"

#include <algorithm>

namespace http {
namespace {

using storage::Job;
using storage::JobState;
using storage::JobTask;

const Job* find(std::span<const Job> jobs, JobTask task) noexcept {
  const auto found = std::ranges::find(jobs, task, &Job::task);
  return found == jobs.end() ? nullptr : &*found;
}

Making unfinished(const Job& job) noexcept {
  switch (job.state) {
    case JobState::waiting: return {MakingState::waiting, &job};
    case JobState::queued: return {MakingState::queued, &job};
    case JobState::running: return {MakingState::running, &job};
    case JobState::failed: return {MakingState::failed, &job};
    case JobState::done: break;
  }
  return {};
}

// What a finished preview leaves behind. Whether a playback comes is known by its job alone.
bool preview_makes(base::MediaKind kind, base::Derived derived) noexcept {
  switch (derived) {
    case base::Derived::thumbnail: return kind != base::MediaKind::other;
    case base::Derived::strip:
    case base::Derived::remux: return kind == base::MediaKind::video;
    case base::Derived::playback: break;
  }
  return false;
}

Making by_jobs(base::MediaKind kind, base::Derived derived, std::span<const Job> jobs) noexcept {
  if (kind == base::MediaKind::photo && derived != base::Derived::thumbnail) return {};
  if (derived == base::Derived::playback) {
    if (const Job* playback = find(jobs, JobTask::playback)) {
      return playback->state == JobState::done ? Making{MakingState::ready, nullptr} : unfinished(*playback);
    }
  }
  const Job* preview = find(jobs, JobTask::preview);
  if (preview == nullptr) return {};
  if (preview->state != JobState::done) return unfinished(*preview);
  return {preview_makes(kind, derived) ? MakingState::ready : MakingState::none, nullptr};
}

}  // namespace

std::string_view to_string(MakingState state) noexcept {
  switch (state) {
    case MakingState::none: return "none";
    case MakingState::ready: return "ready";
    case MakingState::waiting: return "waiting";
    case MakingState::queued: return "queued";
    case MakingState::running: return "running";
    case MakingState::failed: return "failed";
  }
  return "none";
}

Making making_of(base::MediaKind kind, base::Derived derived, const Makings& known) noexcept {
  const Making making = by_jobs(kind, derived, known.jobs);
  if (making.state != MakingState::ready || !known.objects) return making;
  const bool there =
      std::ranges::find(*known.objects, derived, &storage::DerivedObject::derived) != known.objects->end();
  return there ? making : Making{};
}

std::optional<std::uint32_t> percent_of(const Making& making) noexcept {
  if (making.state != MakingState::running) return std::nullopt;
  return making.job->percent;
}

JobsByFile::JobsByFile(std::vector<Job> jobs) : jobs_(std::move(jobs)) {
  std::ranges::sort(jobs_, {}, &Job::media_id);
}

std::span<const Job> JobsByFile::of(const base::Uuid& media_id) const noexcept {
  const auto found = std::ranges::equal_range(jobs_, media_id, {}, &Job::media_id);
  return {found.begin(), found.end()};
}

}  // namespace http
