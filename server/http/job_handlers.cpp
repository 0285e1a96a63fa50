// The jobs that make what is made of stored files: the list, and another try.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"

namespace http {
namespace {

using storage::Job;
using storage::JobTask;

constexpr std::string_view looking = "looking up the jobs of a media item";

// The named one, whatever became of it, or all that failed.
std::vector<JobTask> tasks_to_retry(std::span<const Job> jobs, std::optional<JobTask> named) {
  std::vector<JobTask> tasks;
  for (const Job& job : jobs) {
    if (named ? job.task == *named : job.state == storage::JobState::failed) tasks.push_back(job.task);
  }
  return tasks;
}

Response no_such_job(std::optional<JobTask> task) {
  if (!task) return problem(404, "Nothing is made of this file, so that there is nothing to try again.");
  return problem(404, fmt::format("There is no job {} of this file.", storage::to_string(*task)), "task");
}

}  // namespace

Response list_jobs(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  storage::JobQuery query;
  query.state = given.job_state("state");
  query.imei = given.imei("imei");
  query.limit = given.limit();
  query.cursor = given.text("cursor").value_or("");
  if (auto bad = given.problem()) return std::move(*bad);

  const auto page = context.sources.jobs.list_jobs(query);
  if (!page && page.error().code == base::Errc::invalid && !query.cursor.empty()) {
    return problem(400, "The parameter cursor is not a next_cursor of this list; begin again without it.", "cursor");
  }
  if (!page) return backend_problem(page.error(), "listing jobs");
  return Response(200, "application/json", job_page_json(page->items, page->next_cursor))
      .with("Cache-Control", "no-store");
}

// Without `task`, a file none of whose jobs has failed stays as it is: asking twice does no harm.
Response retry_media(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  const auto task = given.job_task("task");
  if (auto bad = given.problem()) return std::move(*bad);
  auto media = media_of(context, call);
  if (!media) return std::move(media.error());

  auto jobs = context.sources.jobs.jobs_of({&media->id, 1});
  if (!jobs) return backend_problem(jobs.error(), looking);
  const auto tasks = tasks_to_retry(*jobs, task);
  if (jobs->empty() || (task && tasks.empty())) return no_such_job(task);
  for (const JobTask each : tasks) {
    const auto retried = context.sources.jobs.retry_job(media->id, each);
    if (!retried) return backend_problem(retried.error(), "trying a job again");
  }
  jobs = context.sources.jobs.jobs_of({&media->id, 1});
  if (!jobs) return backend_problem(jobs.error(), looking);
  std::ranges::sort(*jobs, {}, &Job::task);
  return Response(200, "application/json", jobs_json(*jobs)).with("Cache-Control", "no-store");
}

}  // namespace http
