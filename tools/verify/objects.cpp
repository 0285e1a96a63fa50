#include "tools/verify/objects.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "tools/verify/hashing.hpp"

namespace verify {

namespace {
using storage::evidence::Break;

constexpr std::chrono::milliseconds draw_interval{100};
// An object is there before its record is: by as much as a catalog in trouble lets a commit wait, and by what the
// clocks of store and server differ.
constexpr std::chrono::minutes commit_delay{5};

Finding about(const KnownFile& file, Break kind, std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .place = file.place,
          .imei = file.imei,
          .number = file.number,
          .object = file.object_key};
}

std::string record_of(const KnownFile& file) {
  return fmt::format("record {} of device {} ({})", file.number, file.imei.str(), describe(file.place));
}

Finding missing(const KnownFile& file) {
  return about(file, Break::object_missing,
               fmt::format("The object {} is gone, and no record says that it was deleted: {} stored it.",
                           file.object_key, record_of(file)));
}

Finding other_size(const KnownFile& file, std::uint64_t size) {
  auto finding = about(file, Break::object_size,
                       fmt::format("The object {} has {} bytes, and {} says {}: it was cut, or replaced.",
                                   file.object_key, size, record_of(file), file.size));
  finding.expected = std::to_string(file.size);
  finding.found = std::to_string(size);
  return finding;
}

Finding other_content(const KnownFile& file, const std::string& sha256) {
  auto finding = about(file, Break::object_content,
                       fmt::format("The object {} is not what was stored: its SHA-256 is {}, and {} says {}.",
                                   file.object_key, sha256, record_of(file), file.sha256_hex()));
  finding.expected = file.sha256_hex();
  finding.found = sha256;
  return finding;
}

Finding left(const KnownFile& file) {
  return about(file, Break::object_left,
               fmt::format("The object {} is still there, and {} says that it was deleted on {}.", file.object_key,
                           record_of(file), base::to_iso8601(*file.deleted_at)));
}

Finding unknown(const storage::ObjectInfo& object) {
  return {.kind = Break::object_unknown,
          .message = fmt::format("No record speaks of the object {}: it was put there by somebody else, is from before "
                                 "there was evidence, or its record is not sealed yet (then it is known after the next "
                                 "seal, and with --catalog).",
                                 object.key),
          .object = object.key};
}

// Reads the files on a few threads. What is found is put in the order of the records afterwards.
class ContentCheck {
 public:
  ContentCheck(const ObjectCheck& check, std::deque<KnownFile*> files, Progress& progress)
      : check_(check), files_(std::move(files)), progress_(progress) {}

  base::Result<> run(Report& report) {
    std::vector<std::jthread> threads;
    threads.reserve(check_.jobs);
    running_ = check_.jobs;
    for (unsigned i = 0; i < check_.jobs; ++i) threads.emplace_back([this] { work(); });
    {
      std::unique_lock lock(mutex_);
      while (!ended_.wait_for(lock, draw_interval, [&] { return running_ == 0; })) progress_.tick();
    }
    threads.clear();
    for (auto& [index, finding] : found_) report.findings.add(std::move(finding));
    report.objects.read = read_;
    report.objects.bytes = bytes_;
    if (unreachable_) return std::unexpected(*unreachable_);
    return {};
  }

 private:
  void work() {
    for (;;) {
      const std::size_t index = next_++;
      if (index >= files_.size() || stopped_) break;
      look_at(index);
    }
    const std::scoped_lock lock(mutex_);
    if (--running_ == 0) ended_.notify_one();
  }

  void look_at(std::size_t index) {
    const KnownFile& file = *files_[index];
    const auto hashed = hash(file);
    const std::scoped_lock lock(mutex_);
    if (!hashed) {
      if (hashed.error().code == base::Errc::not_found) {
        found_.emplace(index, missing(file));
      } else if (!unreachable_ && !stopped_) {
        unreachable_ = hashed.error();
        stopped_ = true;
      }
      return;
    }
    ++read_;
    bytes_ += hashed->size;
    if (hashed->size != file.size)
      found_.emplace(index, other_size(file, hashed->size));
    else if (hashed->sha256 != file.sha256_hex())
      found_.emplace(index, other_content(file, hashed->sha256));
  }

  base::Result<Hashed> hash(const KnownFile& file) {
    if (!storage::is_valid_object_key(file.object_key))  // nothing of ours, so it cannot be there
      return base::fail(base::Errc::not_found, "This is no key of an object.");
    const auto reader = check_.objects.open(file.object_key);
    if (!reader) return std::unexpected(reader.error());
    if ((*reader)->size() != file.size) return Hashed{.sha256 = {}, .size = (*reader)->size()};
    return hash_all([&](std::uint64_t offset, std::span<std::uint8_t> out) { return (*reader)->read_at(offset, out); },
                    [&](base::ByteView block) {
                      progress_.add(block.size());
                      return !stopped_.load();
                    });
  }

  const ObjectCheck& check_;
  const std::deque<KnownFile*> files_;
  Progress& progress_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned running_ = 0;
  std::map<std::size_t, Finding> found_;
  std::optional<base::Error> unreachable_;
  std::uint64_t read_ = 0;
  std::uint64_t bytes_ = 0;
};

// Names and sizes, from the listing. What lies there without a record is told behind all the rest.
void compare_listing(const std::vector<storage::ObjectInfo>& listed, Ledger& ledger, base::UtcTime sealed,
                     std::map<const KnownFile*, std::uint64_t>& other_sizes, std::vector<Finding>& unknown_ones,
                     Report& report) {
  for (const storage::ObjectInfo& object : listed) {
    KnownFile* const file = ledger.find(object.key);
    if (file != nullptr) {
      file->seen = true;
      if (file->size != object.size) other_sizes.emplace(file, object.size);
    } else if (object.modified + commit_delay > sealed) {
      ++report.objects.unsealed;
    } else {
      unknown_ones.push_back(unknown(object));
    }
  }
}

// Of a deleted file's object in the listing: is it still there? It may have been removed since.
base::Result<> check_deleted(const ObjectCheck& check, const KnownFile& file, Report& report) {
  const auto there = check.objects.stat(file.object_key);
  if (there) report.findings.add(left(file));
  if (!there && there.error().code != base::Errc::not_found) return std::unexpected(there.error());
  return {};
}
}  // namespace

base::Result<std::vector<storage::ObjectInfo>> list_media(storage::ObjectStore& objects,
                                                          const std::optional<base::Imei>& only) {
  std::vector<storage::ObjectInfo> listed;
  const auto done =
      objects.list(only ? fmt::format("media/{}/", only->str()) : "media/", [&](const storage::ObjectInfo& object) {
        listed.push_back(object);
        return true;
      });
  if (!done) return std::unexpected(done.error());
  return listed;
}

base::Result<> check_objects(const ObjectCheck& check, Ledger& ledger, const std::vector<storage::ObjectInfo>& listed,
                             Progress& progress, Report& report) {
  std::map<const KnownFile*, std::uint64_t> other_sizes;
  std::vector<Finding> unknown_ones;
  compare_listing(listed, ledger, check.sealed, other_sizes, unknown_ones, report);
  std::deque<KnownFile*> to_read;
  std::uint64_t bytes = 0;
  for (KnownFile& file : ledger.files()) {
    ++(file.deleted_at ? report.objects.deleted : report.objects.files);
    if (file.deleted_at) {
      if (!file.seen) continue;
      if (auto checked = check_deleted(check, file, report); !checked) return checked;
    } else if (check.content) {
      to_read.push_back(&file);
      bytes += file.size;
    } else if (!file.seen) {
      report.findings.add(missing(file));
    } else if (const auto other = other_sizes.find(&file); other != other_sizes.end()) {
      report.findings.add(other_size(file, other->second));
    }
  }
  progress.begin("reading files", bytes);
  if (auto read = ContentCheck(check, std::move(to_read), progress).run(report); !read) return read;
  for (Finding& finding : unknown_ones) report.findings.add(std::move(finding));
  return {};
}

}  // namespace verify
