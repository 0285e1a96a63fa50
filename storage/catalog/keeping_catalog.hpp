// How long files are kept, as the catalog knows it: deletions and what is left of them, holds, what the rules of
// retention ask, what the scrub compares and finds, and whose turn each chore is.
// Every call blocks: not for I/O threads. Thread-safe.
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

namespace storage {

// What is left of a deleted file.
struct Tombstone {
  base::Uuid id;
  base::Imei imei;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::string name;
  std::optional<base::UtcTime> captured_at;
  base::UtcTime received_at;
  std::uint64_t size = 0;
  std::string sha256;
  std::string object_key;
  base::UtcTime deleted_at;
  std::string reason;           // a part of a sentence: "it was older than 90 days"
  bool object_removed = false;  // until then the object may still be there
};

// What the rules and the scrub need of a stored file.
struct KeptFile {
  base::Uuid id;
  base::Imei imei;
  base::UtcTime received_at;
  std::uint64_t size = 0;
  std::string sha256;
  std::string object_key;
};

// A place in the order of age; files behind it are younger.
struct AgeMark {
  base::UtcTime time;
  base::Uuid id;
};

struct OldestQuery {
  std::optional<base::Imei> imei;
  std::optional<base::UtcTime> received_before;
  std::optional<AgeMark> after;
  std::uint32_t limit = 32;
};

struct KeptTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t held_files = 0;
  std::uint64_t held_bytes = 0;
};

struct DeviceTotal {
  base::Imei imei;
  std::uint64_t bytes = 0;
};

enum class FindingKind : std::uint8_t {
  orphan,      // an object that no row names
  missing,     // a row whose object is not there
  wrong_size,  // an object of another size than its row says
  damaged,     // an object with another SHA-256 than its row says, or that cannot be read
};
std::string_view to_string(FindingKind kind) noexcept;

struct Finding {
  FindingKind kind = FindingKind::orphan;
  std::string object_key;
  std::optional<base::Uuid> media_id;  // none of an orphan
  std::optional<base::Imei> imei;
  std::string detail;  // a sentence
  base::UtcTime first_seen;
  base::UtcTime last_seen;
};

struct ScrubRun {
  base::Uuid id;
  std::string node;
  base::UtcTime started_at;
  std::optional<base::UtcTime> ended_at;
  std::string state;          // running complete stopped failed
  std::string reason;         // a sentence, where it failed or was stopped
  std::uint64_t objects = 0;  // seen under media/
  std::uint64_t files = 0;    // rows compared with them
  std::uint64_t orphans = 0;
  std::uint64_t missing = 0;
  std::uint64_t wrong_size = 0;
  std::uint64_t damaged = 0;
  std::uint64_t hashed_files = 0;
  std::uint64_t hashed_bytes = 0;
  std::uint64_t removed_objects = 0;    // of deleted files, and second copies of stored ones
  std::uint64_t removed_leftovers = 0;  // of trials and broken uploads
  std::uint64_t removed_derived = 0;    // objects under derived/ that the catalog does not name
  std::uint64_t remade_derived = 0;     // derived objects that were lost, and are made again
};

class KeepingCatalog {
 public:
  virtual ~KeepingCatalog() = default;

  // ---- Deletion
  // One durable transaction: for each of these files of one device that is there and not held, the row goes, the
  // device's counts go down, and a tombstone, a "media.deleted" event and a record of evidence come. Returns what was
  // deleted by this call. Jobs and the probe of the file go with it; what was made of it stays named (derived_of() of
  // job_catalog.hpp) until mark_removed(). Where an answer of the database got lost it may return less than that: the
  // tombstones tell.
  virtual base::Result<std::vector<Tombstone>> delete_media(const base::Imei& imei, std::span<const base::Uuid> ids,
                                                            std::string_view reason, base::UtcTime now) = 0;
  // Tombstones whose object is not known to be removed, and whose key no stored file has: the first behind `after` by
  // deleted_at, then id.
  virtual base::Result<std::vector<Tombstone>> pending_removals(const std::optional<AgeMark>& after,
                                                                std::uint32_t limit) = 0;
  // Their objects are gone, the derived ones, too: so are the rows that name those.
  virtual base::Result<> mark_removed(std::span<const base::Uuid> ids) = 0;
  virtual base::Result<std::optional<Tombstone>> find_tombstone(const base::Uuid& id) = 0;
  virtual base::Result<std::optional<Tombstone>> find_tombstone_of(std::string_view object_key) = 0;

  // ---- Holds. False: there is no such file (any more). Both may be repeated; a hold keeps its first time.
  virtual base::Result<bool> hold_media(const base::Uuid& id, std::string_view reason, base::UtcTime now) = 0;
  virtual base::Result<bool> release_media(const base::Uuid& id) = 0;

  // ---- Rules
  virtual base::Result<std::vector<KeptFile>> oldest_media(const OldestQuery& query) = 0;  // not held; oldest first
  virtual base::Result<KeptTotals> kept_totals() = 0;
  virtual base::Result<std::vector<DeviceTotal>> devices_above(std::uint64_t bytes) = 0;

  // ---- Scrub
  // In the order of object keys, byte by byte; behind `object_key`.
  virtual base::Result<std::vector<KeptFile>> media_behind(std::string_view object_key, std::uint32_t limit) = 0;
  virtual base::Result<std::optional<KeptFile>> find_media_of(std::string_view object_key) = 0;
  // A stored file of the device with this content.
  virtual base::Result<std::optional<KeptFile>> find_content(const base::Imei& imei, std::string_view sha256) = 0;
  // Notes it for this run, and at its first time sends an event: "media.missing", or "media.damaged" of a wrong size,
  // too. True at the first time. Orphans are nobody's: no event.
  virtual base::Result<bool> note_finding(const Finding& finding, const base::Uuid& run) = 0;
  virtual base::Result<> drop_finding(FindingKind kind, std::string_view object_key) = 0;
  virtual base::Result<std::vector<Finding>> findings(std::uint32_t limit) = 0;  // by kind and key
  virtual base::Result<> record_run(const ScrubRun& run) = 0;                    // new, or as it is now
  // What the comparison of this run has not seen again is settled: of every kind but `damaged`, which only reading
  // tells. And of `damaged` where the file is gone.
  virtual base::Result<> settle_findings(const base::Uuid& run) = 0;
  virtual base::Result<std::optional<ScrubRun>> last_run() = 0;
  virtual base::Result<std::string> sample_cursor() = 0;  // the object key behind which the sample goes on
  virtual base::Result<> set_sample_cursor(std::string_view object_key) = 0;

  // ---- Chores
  // True when the chore was not taken within `interval`, by the database's clock: now it is, by `node`.
  virtual base::Result<bool> claim_chore(std::string_view name, std::string_view node,
                                         std::chrono::milliseconds interval) = 0;
};

}  // namespace storage
