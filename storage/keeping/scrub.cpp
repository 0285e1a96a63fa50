#include "storage/keeping/scrub.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/base/log.hpp"
#include "storage/files/sha256.hpp"

namespace storage {

namespace {
constexpr std::string_view media_prefix = "media/";
constexpr std::uint32_t page_rows = 500;
// Of a file that is read again: a few calls for a photo, and little memory.
constexpr std::size_t read_block = 256 * 1024;
// Objects between two rests and two notes of how far the run has come.
constexpr std::uint64_t objects_between_rests = 1000;

bool is_worth_trying_again(base::Errc code) noexcept {
  return code == base::Errc::unavailable || code == base::Errc::exhausted || code == base::Errc::refused;
}
}  // namespace

// The rows in the order of their keys, a page at a time.
class Scrub::Merge {
 public:
  explicit Merge(KeepingCatalog& catalog) : catalog_(catalog) {}

  // Null behind the last one.
  base::Result<const KeptFile*> current() {
    if (at_ == page_.size() && !ended_) {
      auto page = catalog_.media_behind(page_.empty() ? std::string() : page_.back().object_key, page_rows);
      if (!page) return std::unexpected(page.error());
      page_ = std::move(*page);
      at_ = 0;
      ended_ = page_.empty();
    }
    return ended_ ? nullptr : &page_[at_];
  }
  void next() { ++at_; }

 private:
  KeepingCatalog& catalog_;
  std::vector<KeptFile> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
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

base::Result<> Scrub::compare() {
  Merge rows(catalog_);
  base::Result<> trouble;
  // Rows before `key` have no object; the one of the key itself is left to the caller.
  const auto pass_rows_before = [&](std::string_view key) -> base::Result<const KeptFile*> {
    for (;;) {
      const auto row = rows.current();
      if (!row || *row == nullptr || (!key.empty() && (*row)->object_key >= key) || stopped()) return row;
      ++run_.files;
      if (auto looked = look_at_missing(**row); !looked) return std::unexpected(looked.error());
      rows.next();
    }
  };
  const auto take = [&](const ObjectInfo& object) -> base::Result<> {
    ++run_.objects;
    const auto row = pass_rows_before(object.key);
    if (!row) return std::unexpected(row.error());
    if (*row == nullptr || (*row)->object_key != object.key) return look_at_orphan(object);
    ++run_.files;
    auto looked = (*row)->size == object.size ? base::Result<>() : look_at_size(**row);
    rows.next();
    return looked;
  };
  const auto listed = objects_.list(media_prefix, [&](const ObjectInfo& object) {
    trouble = take(object);
    if (run_.objects % objects_between_rests == 0) {
      rest();
      if (trouble) trouble = remember();
    }
    return trouble && !stopped();
  });
  if (!trouble) return trouble;
  if (!listed || stopped()) return listed;
  if (const auto rest_of_rows = pass_rows_before(""); !rest_of_rows) return std::unexpected(rest_of_rows.error());
  return {};
}

base::Result<> Scrub::look_at_orphan(const ObjectInfo& object) {
  if (object.modified > base::utc_now() - options_.grace) return {};  // its row is on its way
  const auto row = catalog_.find_media_of(object.key);
  if (!row) return std::unexpected(row.error());
  if (*row) return {};
  const auto tombstone = catalog_.find_tombstone_of(object.key);
  if (!tombstone) return std::unexpected(tombstone.error());
  if (*tombstone) {  // a deleted id never comes back: nobody will ask for this object
    if (auto removed = objects_.remove(object.key); !removed) return removed;
    ++run_.removed_objects;
    return catalog_.mark_removed(std::vector{(*tombstone)->id});
  }
  const auto still = objects_.stat(object.key);
  if (!still && still.error().code == base::Errc::not_found) return {};
  if (!still) return std::unexpected(still.error());
  ++run_.orphans;
  return report(
      FindingKind::orphan, nullptr, object.key,
      fmt::format("The object has {} bytes, and no file of the catalog nor a deleted one has its key.", object.size));
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

// Of a file that was read to its end, or as far as its object goes.
struct Scrub::Hashed {
  bool gone = false;
  std::string sha256;
  std::string trouble;  // why it cannot be read, when that is the object's own fault
};

base::Result<Scrub::Hashed> Scrub::hash(const KeptFile& file) {
  // Trouble of the store as a whole ends the run; of one object it is a finding.
  const auto failed = [](const base::Error& error) -> base::Result<Hashed> {
    if (error.code == base::Errc::not_found) return Hashed{.gone = true};
    if (is_worth_trying_again(error.code)) return std::unexpected(error);
    return Hashed{.trouble = error.message};
  };
  const auto reader = objects_.open(file.object_key);
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
  const auto hashed = hash(file);
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
