// What is known about stored files, transfers and devices. One interface; SQLite for the embedded default, PostgreSQL
// for production.
// Every call blocks: not for I/O threads. Implementations are thread-safe. Times are UTC with milliseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/event_catalog.hpp"
#include "storage/catalog/evidence_catalog.hpp"
#include "storage/catalog/intake_catalog.hpp"
#include "storage/catalog/job_catalog.hpp"
#include "storage/catalog/keeping_catalog.hpp"
#include "storage/catalog/mavlink_catalog.hpp"
#include "storage/catalog/node_catalog.hpp"
#include "storage/catalog/recording_catalog.hpp"
#include "storage/catalog/relay_catalog.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace storage {

struct Media {
  base::Uuid id;
  base::Imei imei;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::optional<base::UtcTime> captured_at;   // by the camera's clock, which may be wrong
  base::UtcTime received_at;                  // by ours, when it was complete; imported: by another server's
  std::optional<base::UtcTime> triggered_at;  // META v4
  std::string trigger;                        // "crash", "din1", …; empty when not known
  std::optional<std::uint32_t> duration_s;
  std::optional<std::uint32_t> frame_rate;
  std::optional<std::int32_t> time_zone_minutes;
  std::optional<double> latitude;
  std::optional<double> longitude;
  std::string driver_name;  // DSM and protocol 6
  std::uint64_t size = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
  std::string content_type;
  std::string object_key;
  std::string name;                 // as the device named it: "%photof" or a path; "import:PATH" of another server
  std::uint32_t declared_size = 0;  // of START, packets or bytes
  bool declared_in_packets = true;
  std::string metadata_hex;  // META as received
  std::string defect;        // why the camera's own file is not whole; empty when it is
  std::string request_id;    // of a capture request; empty
  bool legal_hold = false;   // survives every rule; hold_media() of keeping_catalog.hpp sets it
  std::string hold_reason;
  std::optional<base::UtcTime> held_at;
  std::uint32_t packets = 0;      // with a good CRC, in the transfer that completed the file
  std::uint32_t bad_crcs = 0;     // that were asked for again in it
  std::string source;             // the name of the relay's camera it is of; empty for DualCams
  std::optional<double> pan_deg;  // where that looked
  std::optional<double> tilt_deg;
};

struct MediaQuery {
  std::optional<base::Imei> imei;
  std::optional<base::Camera> camera;
  std::optional<base::MediaKind> kind;
  std::optional<std::string> trigger;
  std::optional<base::UtcTime> from;  // captured_at where known, else received_at; inclusive
  std::optional<base::UtcTime> to;    // exclusive
  std::uint32_t limit = 50;           // 1..500
  std::string cursor;                 // next_cursor of the page before; empty for the first page
};

struct MediaPage {
  std::vector<Media> items;  // newest first: by received_at, then id, both descending
  std::string next_cursor;   // empty on the last page. Opaque; `invalid` is the answer to a cursor not made here
};

// The stored file a device offers again: acknowledged too late, or never heard.
struct StoredFileQuery {
  base::Imei imei;
  std::string name;
  base::UtcTime captured_at;
  std::uint32_t declared_size = 0;
  bool declared_in_packets = true;
};

struct CommittedMedia {
  base::Uuid id;                                 // of the row that stands: the given one, or the older one
  bool duplicate = false;                        // the same device, class, capture time and content was there already
  std::string object_key;                        // of the row that stands
  std::string request_id = {};                   // the same: of the capture request it belongs to; empty
  std::optional<AnsweredRequest> answered = {};  // that request, by its last file: once of each
};

// One attempt to bring over one file.
struct Transfer {
  base::Uuid id;
  std::string session;  // our name for the connection, as in the logs
  base::Imei imei;
  std::string peer;  // address:port
  std::string node;  // host name of this server
  std::uint16_t protocol = 0;
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;
  std::string name;
  base::UtcTime started_at;
  base::UtcTime updated_at;          // last progress, or the end
  std::uint64_t total_bytes = 0;     // upper bound until the last packet in the packet dialect
  std::uint64_t offset_start = 0;    // bytes that were kept from earlier attempts
  std::uint64_t offset = 0;          // bytes we have now
  std::uint64_t bytes_received = 0;  // file bytes that arrived in this attempt, repeats included
  double bytes_per_second = 0;       // over the attempt; for a live one over the last seconds
  std::uint32_t stalls = 0;          // gaps of 2 s and more
  std::uint32_t resumes = 0;         // RESUME sent again
  std::uint32_t bad_crcs = 0;
  std::uint32_t salvaged = 0;  // packets found again inside a truncated frame
  std::string state;           // requesting receiving finishing stored failed interrupted
  std::string reason;          // in plain words, for every state that is not plain success
  std::optional<base::Uuid> media_id;
  bool live = false;
};

struct TransferQuery {
  std::optional<base::Imei> imei;
  std::optional<std::string> state;
  std::uint32_t limit = 50;
  std::string cursor;
};

struct TransferPage {
  std::vector<Transfer> items;  // newest first by started_at, then id
  std::string next_cursor;
};

struct Device {
  base::Imei imei;
  std::string label;
  base::UtcTime first_seen;
  base::UtcTime last_seen;
  std::string last_peer;
  std::uint16_t protocol = 0;
  std::uint64_t media_count = 0;
  std::uint64_t stored_bytes = 0;
  IntakeNote intake;
};

struct AppliedMigration {
  std::uint32_t version = 0;
  std::string name;
  std::chrono::microseconds duration{};
};

class Catalog {
 public:
  virtual ~Catalog() = default;

  // Brings the schema up to date; returns what was applied. A changed applied migration, or a schema newer than this
  // program, is an error that says what to do.
  virtual base::Result<std::vector<AppliedMigration>> migrate() = 0;

  // One durable transaction: the media row, its outbox event ("media.stored"), its record of evidence and, where it can
  // be shown, the job that makes its preview, urgent when it was asked for. A file that a part of a capture request
  // waits for becomes that part's, with the request's id in place of its own. Concurrent calls share a commit. After
  // success the row survives kill -9 and power failure. `corrupt`: a file of this id was deleted, and its object may be
  // removed at any moment; the content can be stored under another id.
  virtual base::Result<CommittedMedia> commit_media(const Media& media) = 0;

  virtual base::Result<std::optional<Media>> find_media(const base::Uuid& id) = 0;
  virtual base::Result<std::optional<Media>> find_stored_file(const StoredFileQuery& query) = 0;
  virtual base::Result<MediaPage> list_media(const MediaQuery& query) = 0;

  // Ended transfers. Bookkeeping: may share a commit with others, and a lost one loses no file.
  virtual base::Result<> record_transfer(const Transfer& transfer) = 0;
  virtual base::Result<TransferPage> list_transfers(const TransferQuery& query) = 0;

  // first_seen is set on insert only.
  virtual base::Result<> touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                                      base::UtcTime seen) = 0;
  // What people are shown instead of its number; with the device's row where it never came.
  virtual base::Result<> label_device(const base::Imei& imei, std::string_view label) = 0;
  virtual base::Result<std::optional<Device>> find_device(const base::Imei& imei) = 0;
  virtual base::Result<std::vector<Device>> list_devices() = 0;  // by IMEI

  // Writes, commits, reads back and deletes a row; the error says what is wrong with the catalog.
  virtual base::Result<> probe() = 0;

  virtual std::string describe() const = 0;

  // Deletion, holds, retention, scrub. It lives as long as the catalog.
  virtual KeepingCatalog& keeping() noexcept = 0;
  // What is made of stored files, and who makes it. It lives as long as the catalog.
  virtual JobCatalog& jobs() noexcept = 0;
  // What trackers report, and which node holds whose link. It lives as long as the catalog.
  virtual TrackingCatalog& tracking() noexcept = 0;
  // What cameras were asked for. It lives as long as the catalog.
  virtual CaptureCatalog& captures() noexcept = 0;
  // What the relay of cameras keeps. It lives as long as the catalog.
  virtual RelayCatalog& relay() noexcept = 0;
  // What the MAVLink side of the relay keeps. It lives as long as the catalog.
  virtual MavlinkCatalog& mavlink() noexcept = 0;
  // The records of commit_media(), for whoever seals them. It lives as long as the catalog.
  virtual EvidenceCatalog& evidence() noexcept = 0;

  // Where several nodes may share this catalog: what they tell each other. It lives as long as the catalog.
  virtual NodeCatalog* nodes() noexcept { return nullptr; }

  // What is taken of each device. It lives as long as the catalog; none where it is not kept.
  virtual IntakeCatalog* intakes() noexcept { return nullptr; }

  // How events get out. It lives as long as the catalog; none where they do not.
  virtual EventCatalog* events() noexcept { return nullptr; }

  // What is recorded of single devices. It lives as long as the catalog; none where it is not kept.
  virtual RecordingCatalog* recordings() noexcept { return nullptr; }
};

// "sqlite:PATH", "sqlite::memory:" or "postgresql://USER:PASSWORD@HOST:PORT/DATABASE". Creates the file, does not
// migrate. Connects: a server that cannot be reached, or that would lose what it has acknowledged, is an error here.
base::Result<std::unique_ptr<Catalog>> open_catalog(std::string_view url);

struct PendingMigration {
  std::uint32_t version = 0;
  std::string name;
};

// What migrate() would apply to the catalog at `url`, or the error that would stop it. Makes and changes nothing.
base::Result<std::vector<PendingMigration>> pending_migrations(std::string_view url);

}  // namespace storage
