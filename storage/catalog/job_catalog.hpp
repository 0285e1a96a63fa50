// What is made of stored files, as the catalog knows it: jobs, and the objects and findings that came of them.
// A job is one task on one file. It is queued in the transaction that stores the file, taken by one worker at a time
// for as long as a lease says, and stays, as the state of its task, until the file is deleted. Every call blocks: not
// for I/O threads. Thread-safe. Leases and rests are measured by the database's own clock, so that the clocks of the
// machines that work do not matter.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "storage/formats/media_probe.hpp"

namespace storage {

enum class JobTask : std::uint8_t {
  preview,   // probe, thumbnail, strip, remux: a fraction of a second
  playback,  // H.264: seconds. Queued by the preview, where the file needs it
};
enum class JobState : std::uint8_t {
  waiting,  // for somebody to ask: hurry() queues it
  queued,   // for a worker; after a failure, not before its rest is over
  running,
  done,
  failed,  // on the poison list: until retry()
};
std::string_view to_string(JobTask task) noexcept;
std::string_view to_string(JobState state) noexcept;
std::optional<JobTask> parse_job_task(std::string_view text) noexcept;
std::optional<JobState> parse_job_state(std::string_view text) noexcept;

// Whether files of this content type are shown: those have a preview job from the moment they are stored.
bool can_be_shown(std::string_view content_type) noexcept;

// The beginning of the key of every derived object that has one of its own.
constexpr std::string_view derived_prefix = "derived/";

// A file is to blame after so many failures.
constexpr std::uint32_t most_failures = 2;
// Attempts that ended without a word of the worker, a machine that lost power for one, prove less; but a file that does
// this again and again is to blame, too.
constexpr std::uint32_t most_losses = 5;

struct Job {
  base::Uuid media_id;
  base::Imei imei;
  JobTask task = JobTask::preview;
  JobState state = JobState::queued;
  bool urgent = false;  // somebody waits for it
  std::uint32_t failures = 0;
  std::uint32_t losses = 0;
  std::uint32_t percent = 0;  // of a running one
  std::string worker;         // that has it, or had it last; empty before the first
  std::string reason;         // of the last failure, a sentence; stays when a later attempt succeeds
  base::UtcTime created_at;   // a preview's is when its file was received
  base::UtcTime updated_at;
};

// With what a worker needs of the file.
struct TakenJob {
  Job job;
  std::string object_key;
  std::string content_type;
  std::uint64_t size = 0;
  std::string sha256;
  std::optional<std::uint32_t> frame_rate;  // that the camera named in META
};

struct DerivedObject {
  base::Uuid media_id;
  base::Derived derived = base::Derived::thumbnail;
  std::string object_key;  // may be the file's own, where that can be shown as it is
  std::uint64_t size = 0;
  std::string sha256;
  base::UtcTime made_at;
  bool operator==(const DerivedObject&) const = default;
};

// What a finished job brings into the catalog, all or nothing.
struct JobResult {
  std::optional<MediaProbe> probe;
  std::vector<DerivedObject> derived;  // each replaces an older one of its kind
  // For the task playback of the file, where a preview finds that it needs one: queued, or waiting for somebody to ask.
  // As urgent as the preview was. One that is there already stays as it is, but that a waiting one is queued.
  std::optional<JobState> playback;
  // A playback that needs no job, since one of `derived` is it: the task is done.
  bool playback_done = false;
};

struct JobQuery {
  std::optional<JobState> state;
  std::optional<base::Imei> imei;
  std::uint32_t limit = 50;  // 1..500
  std::string cursor;
};

struct JobPage {
  std::vector<Job> items;  // newest file first: by media id, then task, both descending
  std::string next_cursor;
};

struct JobCount {
  JobTask task = JobTask::preview;
  JobState state = JobState::queued;
  std::uint64_t count = 0;
  std::optional<base::UtcTime> oldest;  // created_at
};

class JobCatalog {
 public:
  virtual ~JobCatalog() = default;

  // ---- For workers. A job that is no longer the worker's own, since its lease ended, its file was deleted, or it was
  // taken back, answers false: what was made of it is then to be removed. A lease that ended is noticed by take_job(),
  // whoever calls it: until then a worker that comes back late still has its job.
  // The most urgent queued one whose rest is over: urgent ones first, previews before playbacks, then the oldest; files
  // that were stored before there were jobs come behind all others. Nothing: there is none, which costs no transaction.
  // Two workers never get the same one. Jobs whose lease has ended are queued again first, with a loss more, or fail
  // when that is one too many. Where an answer of the database got lost, a job may be left to its lease's end.
  virtual base::Result<std::optional<TakenJob>> take_job(std::string_view worker, std::chrono::milliseconds lease) = 0;
  virtual base::Result<bool> renew_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                       std::uint32_t percent, std::chrono::milliseconds lease) = 0;
  // In one durable transaction with what it brings, and, where that is the file's first playback, the event
  // "media.playable". Whose keys `result` replaces is not said: the scrub removes what is not named any more.
  virtual base::Result<bool> finish_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                        const JobResult& result) = 0;
  // Queued again after `rest`, or failed when it is the last failure allowed.
  virtual base::Result<bool> fail_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                      std::string_view reason, std::chrono::milliseconds rest) = 0;
  // Queued again after `rest` without blame: the worker stops, or storage is in trouble.
  virtual base::Result<bool> give_back_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                           std::chrono::milliseconds rest) = 0;

  // The same for whatever `worker` has, at once: it is over, and did not say so.
  virtual base::Result<> give_back_jobs_of(std::string_view worker) = 0;

  // ---- For people
  // Somebody waits for it: in front of all that nobody waits for, and queued if it was waiting. Nothing where there is
  // no such job. Of one that runs, is done or has failed this changes nothing.
  virtual base::Result<std::optional<Job>> hurry_job(const base::Uuid& media_id, JobTask task) = 0;
  // Off the poison list, to begin anew, at once and in front: somebody waits. A job that is done is done again, one
  // that waits is queued. One that runs is left alone.
  virtual base::Result<std::optional<Job>> retry_job(const base::Uuid& media_id, JobTask task) = 0;
  virtual base::Result<JobPage> list_jobs(const JobQuery& query) = 0;
  virtual base::Result<std::vector<Job>> jobs_of(std::span<const base::Uuid> media_ids) = 0;  // in no order
  // Of a deleted file, too, while its objects are not known to be removed.
  virtual base::Result<std::vector<DerivedObject>> derived_of(const base::Uuid& media_id) = 0;
  virtual base::Result<std::optional<MediaProbe>> find_probe(const base::Uuid& media_id) = 0;
  virtual base::Result<std::vector<JobCount>> count_jobs() = 0;  // without those that are done

  // ---- For the scrub. In the order of object keys, byte by byte; behind `object_key`, those with a key of their own
  // only.
  virtual base::Result<std::vector<DerivedObject>> derived_behind(std::string_view object_key, std::uint32_t limit) = 0;
  // The object is gone: so are the rows of the file that name it, and the jobs that made it begin anew.
  virtual base::Result<> make_again(const DerivedObject& lost) = 0;
};

}  // namespace storage
