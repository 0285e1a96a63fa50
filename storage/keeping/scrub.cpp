#include "storage/keeping/scrub.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/base/log.hpp"
#include "storage/files/sha256.hpp"
#include "storage/keeping/derived_scrub.hpp"
#include "storage/keeping/side_by_side.hpp"

namespace storage {

namespace {
constexpr std::string_view media_prefix = "media/";
// Of a file that is read again: a few calls for a photo, and little memory.
constexpr std::size_t read_block = 256 * 1024;
// Objects between two rests and two notes of how far the run has come.
constexpr std::uint64_t objects_between_rests = 1000;

bool is_worth_trying_again(base::Errc code) noexcept {
  return code == base::Errc::unavailable || code == base::Errc::exhausted || code == base::Errc::refused;
}
}  // namespace

// Of a file that was read to its end, or as far as its object goes.
struct Scrub::Hashed {
  bool gone = false;
  std::string sha256;
  std::string trouble;  // why it cannot be read, when that is the object's own fault
};

base::Result<ScrubRun> Scrub::run(const std::stop_token& stop) {
  stop_ = stop;
  noted_ = 0;
  const auto now = base::utc_now();
  run_ = ScrubRun{.id = base::Uuid::v7(now), .node = options_.node, .started_at = now, .state = "running"};
  if (auto noted = remember(); !noted) return std::unexpected(noted.error());
  const auto done = work();
  run_.ended_at = base::utc_now();
  run_.state = !done ? "failed" : stopped() ? "stopped" : "complete";
  run_.reason = !done ? done.error().message : stopped() ? "The server was stopped." : "";
  if (auto noted = remember(); !noted) return std::unexpected(noted.error());
  return run_;
}

base::Result<> Scrub::work() {
  if (auto done = compare(); !done || stopped()) return done;
  // What an unfinished comparison did not come to is not settled by that.
  if (auto settled = catalog_.settle_findings(run_.id); !settled) return settled;
  if (auto done = compare_derived(); !done || stopped()) return done;
  if (auto done = read_damaged_again(); !done || stopped()) return done;
  if (auto done = read_sample(); !done || stopped()) return done;
  const auto left = objects_.remove_leftovers(base::utc_now() - options_.leftovers_after);
  if (!left) return std::unexpected(left.error());
  run_.removed_leftovers = *left;
  return {};
}

base::Result<> Scrub::remember() {
  return catalog_.record_run(run_);
}

void Scrub::rest() {
  if (options_.rest) pace_.rest(stop_);
}

base::Result<> Scrub::pace() {
  if (++paced_objects_ % objects_between_rests != 0) return {};
  rest();
  return remember();
}

base::Result<> Scrub::compare() {
  const SideBySide<KeptFile> work{
      .prefix = media_prefix,
      .page = [&](std::string_view behind) { return catalog_.media_behind(behind, page_rows); },
      .next_object =
          [&] {
            ++run_.objects;
            return pace();
          },
      .object_alone = [&](const ObjectInfo& object) { return look_at_orphan(object); },
      .row_alone =
          [&](const KeptFile& file) {
            ++run_.files;
            return look_at_missing(file);
          },
      .both =
          [&](const KeptFile& file, const ObjectInfo& object) {
            ++run_.files;
            return file.size == object.size ? base::Result<>() : look_at_size(file);
          },
      .stopped = [&] { return stopped(); }};
  return SideBySideWalk<KeptFile>(objects_, work).run();
}

base::Result<> Scrub::compare_derived() {
  DerivedScrub derived(all_, objects_, options_.grace, run_);
  return derived.compare([&] { return pace(); }, [&] { return stopped(); });
}

base::Result<> Scrub::look_at_orphan(const ObjectInfo& object) {
  if (object.modified > base::utc_now() - options_.grace) return {};  // its row is on its way
  const auto row = catalog_.find_media_of(object.key);
  if (!row) return std::unexpected(row.error());
  if (*row) return {};
  const auto tombstone = catalog_.find_tombstone_of(object.key);
  if (!tombstone) return std::unexpected(tombstone.error());
  if (*tombstone) {  // a deleted id never comes back: nobody will ask for this object
    const auto removed = Deletion(all_, objects_).remove_objects({&**tombstone, 1});
    if (!removed) return std::unexpected(removed.error());
    ++run_.removed_objects;
    return {};
  }
  const auto still = objects_.stat(object.key);
  if (!still && still.error().code == base::Errc::not_found) return {};
  if (!still) return std::unexpected(still.error());
  const auto elsewhere = is_stored_elsewhere(object);
  if (!elsewhere) return std::unexpected(elsewhere.error());
  if (stopped()) return {};
  if (*elsewhere) {
    ++run_.removed_objects;
    return objects_.remove(object.key);
  }
  ++run_.orphans;
  return report(
      FindingKind::orphan, nullptr, object.key,
      fmt::format("The object has {} bytes, and no file of the catalog nor a deleted one has its key.", object.size));
}

// A node that dies between putting an object and committing its row leaves the object, and the camera brings the file
// again: the same content of the same device has a row and an object of its own then, and this one is one too many.
base::Result<bool> Scrub::is_stored_elsewhere(const ObjectInfo& object) {
  const std::string_view rest = std::string_view(object.key).substr(media_prefix.size());
  const auto imei = base::Imei::parse(rest.substr(0, rest.find('/')));
  if (!imei) return false;
  const auto hashed = hash(object.key);
  if (!hashed) return std::unexpected(hashed.error());
  if (stopped() || hashed->gone || !hashed->trouble.empty()) return false;
  const auto file = catalog_.find_content(*imei, hashed->sha256);
  if (!file) return std::unexpected(file.error());
  if (!*file || (*file)->object_key == object.key || (*file)->size != object.size) return false;
  const auto there = objects_.stat((*file)->object_key);
  if (!there && there.error().code != base::Errc::not_found) return std::unexpected(there.error());
  return there && there->size == object.size;
}

// The object is asked for first: a deletion takes the row before the object, so a row that is still there was no
// deletion's.
base::Result<> Scrub::look_at_missing(const KeptFile& file) {
  if (file.received_at > base::utc_now() - options_.grace) return {};  // its object was listed before it came
  const auto object = objects_.stat(file.object_key);
  if (object) return object->size == file.size ? base::Result<>() : look_at_size(file);
  if (object.error().code != base::Errc::not_found) return std::unexpected(object.error());
  const auto row = catalog_.find_media_of(file.object_key);
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  ++run_.missing;
  return report(FindingKind::missing, &file, file.object_key, "The object store has no such object.");
}

base::Result<> Scrub::look_at_size(const KeptFile& file) {
  const auto object = objects_.stat(file.object_key);
  if (!object && object.error().code == base::Errc::not_found) return {};  // deleted meanwhile, or next time's
  if (!object) return std::unexpected(object.error());
  const auto row = catalog_.find_media_of(file.object_key);
  if (!row) return std::unexpected(row.error());
  if (!*row || (*row)->size == object->size) return {};
  ++run_.wrong_size;
  return report(FindingKind::wrong_size, &file, file.object_key,
                fmt::format("The object has {} bytes, and the catalog says {}.", object->size, (*row)->size));
}

base::Result<> Scrub::report(FindingKind kind, const KeptFile* file, std::string_view key, std::string detail) {
  if (noted_ == max_findings) return {};
  ++noted_;
  const auto now = base::utc_now();
  Finding finding{
      .kind = kind, .object_key = std::string(key), .detail = std::move(detail), .first_seen = now, .last_seen = now};
  if (file != nullptr) {
    finding.media_id = file->id;
    finding.imei = file->imei;
  }
  const auto is_new = catalog_.note_finding(finding, run_.id);
  if (!is_new) return std::unexpected(is_new.error());
  if (*is_new)
    base::log::error("the scrub found something",
                     {{"kind", to_string(kind)}, {"object", finding.object_key}, {"finding", finding.detail}});
  return {};
}

base::Result<Scrub::Hashed> Scrub::hash(std::string_view key) {
  // Trouble of the store as a whole ends the run; of one object it is a finding.
  const auto failed = [](const base::Error& error) -> base::Result<Hashed> {
    if (error.code == base::Errc::not_found) return Hashed{.gone = true};
    if (is_worth_trying_again(error.code)) return std::unexpected(error);
    return Hashed{.trouble = error.message};
  };
  const auto reader = objects_.open(key);
  if (!reader) return failed(reader.error());
  Sha256 digest;
  base::Bytes block(read_block);
  for (std::uint64_t offset = 0; !stopped();) {
    const auto read = (*reader)->read_at(offset, block);
    if (!read) return failed(read.error());
    if (*read == 0) break;
    digest.feed(base::ByteView(block).first(*read));
    offset += *read;
    run_.hashed_bytes += *read;
    rest();
  }
  auto sha256 = digest.hex();
  if (!sha256) return std::unexpected(sha256.error());
  return Hashed{.sha256 = std::move(*sha256)};
}

base::Result<> Scrub::read_again(const KeptFile& file) {
  const auto hashed = hash(file.object_key);
  if (!hashed) return std::unexpected(hashed.error());
  if (stopped() || hashed->gone) return {};  // gone: the comparison's business, or deleted meanwhile
  ++run_.hashed_files;
  if (hashed->trouble.empty() && hashed->sha256 == file.sha256)
    return catalog_.drop_finding(FindingKind::damaged, file.object_key);
  const auto row = catalog_.find_media_of(file.object_key);
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  ++run_.damaged;
  return report(FindingKind::damaged, &file, file.object_key,
                hashed->trouble.empty() ? fmt::format("The object has the SHA-256 {}, and the catalog says {}.",
                                                      hashed->sha256, file.sha256)
                                        : fmt::format("The object cannot be read: {}", hashed->trouble));
}

// Whether what was damaged still is: the sample comes to it only in a long time.
base::Result<> Scrub::read_damaged_again() {
  const auto findings = catalog_.findings(max_findings);
  if (!findings) return std::unexpected(findings.error());
  for (const Finding& finding : *findings) {
    if (finding.kind != FindingKind::damaged) continue;
    const auto file = catalog_.find_media_of(finding.object_key);
    if (!file) return std::unexpected(file.error());
    if (!*file) continue;
    if (auto read = read_again(**file); !read || stopped()) return read;
  }
  return {};
}

// From where the run before ended, round and round, so that in time everything is read.
base::Result<> Scrub::read_sample() {
  const auto begin = options_.rehash_all ? base::Result<std::string>("") : catalog_.sample_cursor();
  if (!begin) return std::unexpected(begin.error());
  std::string cursor = *begin;
  bool wrapped = options_.rehash_all || cursor.empty();
  std::uint64_t sampled = 0;
  bool round = false;
  const auto enough = [&] { return round || (!options_.rehash_all && sampled >= options_.sample_bytes); };
  while (!enough() && !stopped()) {
    const auto page = catalog_.media_behind(cursor, page_rows);
    if (!page) return std::unexpected(page.error());
    if (page->empty()) {
      if (std::exchange(wrapped, true)) break;
      cursor.clear();
      continue;
    }
    for (const KeptFile& file : *page) {
      round = wrapped && !begin->empty() && file.object_key > *begin;
      if (enough()) break;
      if (auto read = read_again(file); !read) return read;
      if (stopped()) break;
      sampled += file.size;
      cursor = file.object_key;
    }
    if (!options_.rehash_all)
      if (auto kept = catalog_.set_sample_cursor(cursor); !kept) return kept;
  }
  return {};
}

}  // namespace storage
