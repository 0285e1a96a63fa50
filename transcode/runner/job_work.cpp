#include "transcode/runner/job_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/log.hpp"
#include "storage/files/sha256.hpp"
#include "storage/formats/format.hpp"

namespace transcode {

namespace {
// Of a file that is fetched or hashed.
constexpr std::size_t block_size = 256 * 1024;

constexpr std::string_view folder_of_derived = "derived";

std::string key_of(const storage::Job& job, base::Derived derived) {
  // What is made anew has a key of its own: a reader of the older object is not disturbed.
  const std::string unique = base::Uuid::v7(base::utc_now()).str();
  return fmt::format("{}/{}/{}/{}-{}.{}", folder_of_derived, job.imei.str(), job.media_id.str(),
                     base::to_string(derived), unique.substr(unique.size() - 8), base::extension(derived));
}

base::Result<std::string> sha256_of(const storage::File& file, std::uint64_t size) {
  storage::Sha256 digest;
  base::Bytes block(block_size);
  for (std::uint64_t at = 0; at < size;) {
    const auto read = file.read_at(at, block);
    if (!read) return std::unexpected(read.error());
    if (*read == 0) return base::fail(base::Errc::io, "What a worker made has become shorter.");
    digest.feed(base::ByteView(block).first(*read));
    at += *read;
  }
  return digest.hex();
}

// META's; one that is none is not held against the file.
std::uint32_t named_rate(const storage::TakenJob& job) noexcept {
  const std::uint32_t rate = job.frame_rate.value_or(0);
  return rate <= highest_frame_rate ? rate : 0;
}

// What was already there when the file came: H.264 may be among it.
bool may_be_playable(storage::Format format) noexcept {
  return format == storage::Format::mp4 || format == storage::Format::mpegts || format == storage::Format::annexb;
}
}  // namespace

std::string_view to_string(JobEnd end) noexcept {
  switch (end) {
    case JobEnd::done: return "done";
    case JobEnd::failed: return "failed";
    case JobEnd::given_back: return "given_back";
    case JobEnd::lost: break;
  }
  return "lost";
}

// The empty files that a worker fills.
struct JobWork::Outputs {
  std::vector<std::pair<base::Derived, WorkFile>> files;

  base::Result<> add(const WorkFolder& folder, base::Derived derived) {
    auto file = folder.create(base::extension(derived));
    if (!file) return std::unexpected(file.error());
    files.emplace_back(derived, std::move(*file));
    return {};
  }
  std::vector<Output> list() const {
    std::vector<Output> all;
    all.reserve(files.size());
    for (const auto& [derived, file] : files) all.push_back({derived, file.descriptor()});
    return all;
  }
  WorkFile* find(base::Derived wanted) {
    for (auto& [derived, file] : files)
      if (derived == wanted) return &file;
    return nullptr;
  }
};

std::vector<base::Derived> JobWork::wanted(const storage::TakenJob& job, storage::Format format) const {
  using enum base::Derived;
  if (job.job.task == storage::JobTask::playback) return {playback};
  if (format == storage::Format::jpeg) return {thumbnail};
  if (options_.remux || may_be_playable(format)) return {thumbnail, strip, remux};
  return {thumbnail, strip};
}

JobEnd JobWork::run(const storage::TakenJob& job, const std::stop_token& stop) {
  LeaseKeeper::Held held(leases_, job.job, stop);
  const auto format = storage::format_of(job.content_type);
  if (format == storage::Format::unknown || format == storage::Format::json)
    return fail(job, fmt::format("A file of the type {} has nothing to show.", job.content_type));

  storage::File local;
  std::optional<WorkFile> fetched;
  const auto input = open_input(job, local, fetched, held.ended());
  if (!input && held.lost()) return JobEnd::lost;
  if (!input && input.error().code == base::Errc::not_found) return fail(job, input.error().message);
  if (!input) return give_back(job, input.error(), stop.stop_requested());

  Outputs outputs;
  for (const base::Derived derived : wanted(job, format))
    if (auto added = outputs.add(folder_, derived); !added) return give_back(job, added.error(), false);
  const Order order{
      .format = format, .frame_rate = named_rate(job), .outputs = outputs.list(), .encoding = options_.encoding};
  const WorkerRun run =
      run_worker(options_.program, order, *input, options_.limits, held.ended(), [&held](unsigned percent) {
        held.set_percent(percent);
        return true;
      });
  if (held.lost()) return JobEnd::lost;
  switch (run.end) {
    case WorkerRun::End::done: return finish(job, run.report, outputs);
    case WorkerRun::End::failed:
      // It may have failed for want of room, and not because of its file.
      if (!folder_.has_room(options_.least_room))
        return give_back(job, {.message = "The disk with the folder for files at work is nearly full."}, false);
      return fail(job, run.reason);
    case WorkerRun::End::stopped: return give_back(job, {.message = run.reason}, true);
    case WorkerRun::End::not_begun: break;
  }
  return give_back(job, {.message = run.reason}, false);
}

// The object itself, where the store keeps it as a file of this machine, else a copy of it.
base::Result<int> JobWork::open_input(const storage::TakenJob& job, storage::File& local,
                                      std::optional<WorkFile>& fetched, const std::stop_token& stop) const {
  if (const auto path = objects_.local_path(job.object_key)) {
    auto opened = storage::posix_file_system().open(*path, storage::OpenMode::read);
    if (!opened) return std::unexpected(opened.error());
    local = std::move(*opened);
    return local.descriptor();
  }
  auto copy = fetch(job, stop);
  if (!copy) return std::unexpected(copy.error());
  fetched.emplace(std::move(*copy));
  return fetched->descriptor();
}

base::Result<WorkFile> JobWork::fetch(const storage::TakenJob& job, const std::stop_token& stop) const {
  auto reader = objects_.open(job.object_key);
  if (!reader) return std::unexpected(reader.error());
  auto copy = folder_.create("original");
  if (!copy) return copy;
  base::Bytes block(block_size);
  for (std::uint64_t at = 0; at < (*reader)->size();) {
    if (stop.stop_requested()) return base::fail(base::Errc::unavailable, "The work was stopped.");
    const auto read = (*reader)->read_at(at, block);
    if (!read) return std::unexpected(read.error());
    if (*read == 0) return base::fail(base::Errc::io, "The object ended before its size while it was fetched.");
    if (auto written = copy->file().write_at(at, base::ByteView(block).first(*read)); !written)
      return std::unexpected(written.error());
    at += *read;
  }
  return copy;
}

base::Result<storage::DerivedObject> JobWork::store(const storage::TakenJob& job, base::Derived derived,
                                                    WorkFile& made) const {
  const auto status = made.file().status();
  if (!status) return std::unexpected(status.error());
  if (status->size == 0) return base::fail(base::Errc::io, "The worker said that it had made what is empty.");
  const auto sha256 = sha256_of(made.file(), status->size);
  if (!sha256) return std::unexpected(sha256.error());
  storage::DerivedObject object{.media_id = job.job.media_id,
                                .derived = derived,
                                .object_key = key_of(job.job, derived),
                                .size = status->size,
                                .sha256 = *sha256,
                                .made_at = base::utc_now()};
  const storage::LocalFile file{.path = made.path(),
                                .size = status->size,
                                .sha256 = *sha256,
                                .content_type = std::string(base::content_type(derived))};
  if (auto put = objects_.put(object.object_key, file); !put) return std::unexpected(put.error());
  return object;
}

// What was put before an error is left to the scrub: it has no row.
base::Result<storage::JobResult> JobWork::store_all(const storage::TakenJob& job, const Report& report,
                                                    Outputs& outputs) const {
  storage::JobResult result{.probe = report.probe};
  const bool is_preview = job.job.task == storage::JobTask::preview;
  const bool remux_is_playback = is_preview && report.playable == Playable::as_remux;
  for (const base::Derived derived : report.made) {
    WorkFile* const made = outputs.find(derived);
    if (made == nullptr) continue;  // not asked for: the word of a process that has met a stranger's bytes
    if (derived == base::Derived::remux && !options_.remux && !remux_is_playback) continue;
    auto object = store(job, derived, *made);
    if (!object) return std::unexpected(object.error());
    result.derived.push_back(std::move(*object));
  }
  if (!is_preview) return result;

  const auto remux = std::ranges::find(result.derived, base::Derived::remux, &storage::DerivedObject::derived);
  if (remux_is_playback && remux != result.derived.end()) {
    storage::DerivedObject playback = *remux;
    playback.derived = base::Derived::playback;
    result.derived.push_back(std::move(playback));
    result.playback_done = true;
  } else if (report.playable == Playable::as_it_is) {
    result.derived.push_back({.media_id = job.job.media_id,
                              .derived = base::Derived::playback,
                              .object_key = job.object_key,
                              .size = job.size,
                              .sha256 = job.sha256,
                              .made_at = base::utc_now()});
    result.playback_done = true;
  } else if (report.playable != Playable::no) {
    result.playback = options_.playback_at_once ? storage::JobState::queued : storage::JobState::waiting;
  }
  return result;
}

void JobWork::remove(const storage::TakenJob& job, const storage::JobResult& result) const {
  for (const storage::DerivedObject& object : result.derived) {
    if (object.object_key == job.object_key) continue;
    if (const auto removed = objects_.remove(object.object_key); !removed)
      base::log::warning("what was made of a file that is gone stays until the next scrub",
                         {{"object", object.object_key}, {"reason", removed.error().message}});
  }
}

JobEnd JobWork::finish(const storage::TakenJob& job, const Report& report, Outputs& outputs) const {
  if (job.job.task == storage::JobTask::playback && report.made.empty())
    return fail(job, "No picture of the file could be decoded, so there is nothing to play.");
  const auto result = store_all(job, report, outputs);
  if (!result) return give_back(job, result.error(), false);
  const auto finished = catalog_.finish_job(job.job.media_id, job.job.task, options_.name, *result);
  // Whether it was written is not known: what was stored stays, and the scrub looks after it.
  if (!finished) return give_back(job, finished.error(), false);
  if (*finished) return JobEnd::done;
  remove(job, *result);
  return JobEnd::lost;
}

JobEnd JobWork::fail(const storage::TakenJob& job, std::string_view reason) const {
  base::log::warning("a file could not be made ready to be shown", {{"media", job.job.media_id.str()},
                                                                    {"imei", job.job.imei.str()},
                                                                    {"task", storage::to_string(job.job.task)},
                                                                    {"reason", reason}});
  const auto noted = catalog_.fail_job(job.job.media_id, job.job.task, options_.name, reason, options_.rest);
  // Its lease ends by itself then, and another attempt comes to the same end.
  if (!noted) return JobEnd::given_back;
  return *noted ? JobEnd::failed : JobEnd::lost;
}

JobEnd JobWork::give_back(const storage::TakenJob& job, const base::Error& trouble, bool at_once) const {
  if (!at_once)
    base::log::warning(
        "a file waits to be made ready to be shown",
        {{"media", job.job.media_id.str()}, {"task", storage::to_string(job.job.task)}, {"reason", trouble.message}});
  const auto noted = catalog_.give_back_job(job.job.media_id, job.job.task, options_.name,
                                            at_once ? std::chrono::milliseconds(0) : options_.rest);
  return noted && !*noted ? JobEnd::lost : JobEnd::given_back;
}

}  // namespace transcode
