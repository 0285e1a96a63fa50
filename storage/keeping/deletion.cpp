#include "storage/keeping/deletion.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "server/base/log.hpp"

namespace storage {

namespace {
// Against a clock that jumps and work that hung: longer rests help nobody.
constexpr std::chrono::milliseconds longest_rest{1000};
// Tombstones looked at in one go.
constexpr std::uint32_t finish_batch = 100;
}  // namespace

void Pace::rest(const std::stop_token& stop) {
  const auto worked = base::steady_now() - since_;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, std::min<base::SteadyTime::duration>(worked, longest_rest), [] { return false; });
  since_ = base::steady_now();
}

base::Result<Deleted> Deletion::remove(std::span<const KeptFile> files, std::string_view reason) {
  std::map<base::Imei, std::vector<base::Uuid>> devices;
  for (const KeptFile& file : files) devices[file.imei].push_back(file.id);
  Deleted done;
  for (const auto& [imei, ids] : devices) {
    const auto gone = catalog_.delete_media(imei, ids, reason, base::utc_now());
    if (!gone) return std::unexpected(gone.error());
    for (const Tombstone& file : *gone) done += {.files = 1, .bytes = file.size};
    if (const auto removed = remove_objects(*gone); !removed)
      base::log::warning("the object of a deleted file stays for now; it is removed later",
                         {{"imei", imei.str()}, {"reason", removed.error().message}});
  }
  return done;
}

// What was made of it first: the rows that name it stay until all is gone.
base::Result<> Deletion::remove_objects_of(const Tombstone& file) {
  const auto made = jobs_.derived_of(file.id);
  if (!made) return std::unexpected(made.error());
  for (const DerivedObject& each : *made)
    if (each.object_key != file.object_key)
      if (auto removed = objects_.remove(each.object_key); !removed) return removed;
  return objects_.remove(file.object_key);
}

// Goes on behind one that cannot be removed. An object that is gone but not noted so is removed again: no harm.
base::Result<std::uint64_t> Deletion::remove_objects(std::span<const Tombstone> tombstones) {
  std::vector<base::Uuid> gone;
  base::Result<> trouble;
  for (const Tombstone& each : tombstones) {
    if (auto done = remove_objects_of(each))
      gone.push_back(each.id);
    else
      trouble = std::move(done);
  }
  if (!gone.empty())
    if (auto marked = catalog_.mark_removed(gone); !marked) return std::unexpected(marked.error());
  if (!trouble) return std::unexpected(trouble.error());
  return gone.size();
}

base::Result<std::uint64_t> Deletion::finish(const std::stop_token& stop) {
  std::uint64_t removed = 0;
  base::Result<> trouble;
  std::optional<AgeMark> after;
  Pace pace;
  while (!stop.stop_requested()) {
    const auto pending = catalog_.pending_removals(after, finish_batch);
    if (!pending) return std::unexpected(pending.error());
    if (pending->empty()) break;
    if (const auto done = remove_objects(*pending))
      removed += *done;
    else
      trouble = std::unexpected(done.error());
    after = AgeMark{pending->back().deleted_at, pending->back().id};
    pace.rest(stop);
  }
  if (!trouble) return std::unexpected(trouble.error());
  return removed;
}

}  // namespace storage
