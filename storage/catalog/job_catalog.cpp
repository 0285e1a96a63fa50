#include "storage/catalog/job_catalog.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "storage/catalog/names.hpp"

namespace storage {

namespace {
constexpr std::array<std::pair<JobTask, std::string_view>, 2> tasks{
    {{JobTask::preview, "preview"}, {JobTask::playback, "playback"}}};
constexpr std::array<std::pair<JobState, std::string_view>, 5> states{{{JobState::waiting, "waiting"},
                                                                       {JobState::queued, "queued"},
                                                                       {JobState::running, "running"},
                                                                       {JobState::done, "done"},
                                                                       {JobState::failed, "failed"}}};
// Those of migrations/*/0006_jobs.sql. JSON and what is not known have no picture.
constexpr std::array<std::string_view, 5> shown{"image/jpeg", "video/x-ptmf", "video/h265", "video/mp4", "video/mp2t"};
}  // namespace

std::string_view to_string(JobTask task) noexcept {
  return name_of(tasks, task);
}
std::string_view to_string(JobState state) noexcept {
  return name_of(states, state);
}
std::optional<JobTask> parse_job_task(std::string_view text) noexcept {
  return value_of<JobTask>(tasks, text);
}
std::optional<JobState> parse_job_state(std::string_view text) noexcept {
  return value_of<JobState>(states, text);
}

bool can_be_shown(std::string_view content_type) noexcept {
  return std::ranges::find(shown, content_type) != shown.end();
}

}  // namespace storage
