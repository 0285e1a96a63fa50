// The catalog as SQLite and PostgreSQL share it: everything but how they connect, migrate and prove that they work.
#pragma once

#include <atomic>

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/database.hpp"
#include "storage/catalog/sql_captures.hpp"
#include "storage/catalog/sql_events.hpp"
#include "storage/catalog/sql_evidence.hpp"
#include "storage/catalog/sql_jobs.hpp"
#include "storage/catalog/sql_keeping.hpp"
#include "storage/catalog/sql_mavlink.hpp"
#include "storage/catalog/sql_recording.hpp"
#include "storage/catalog/sql_relay.hpp"
#include "storage/catalog/sql_tracking.hpp"

namespace storage {

// Ended transfers that are kept: weeks of a fleet's attempts, some 40 MB.
constexpr std::uint32_t default_kept_transfers = 100'000;
// Transfers recorded by one server between two looks at how many there are.
constexpr std::uint32_t default_prune_interval = 1'000;

struct CatalogOptions {
  std::uint32_t kept_transfers = default_kept_transfers;
  std::uint32_t prune_interval = default_prune_interval;
};

class SqlCatalog : public Catalog, public IntakeCatalog {
 public:
  base::Result<CommittedMedia> commit_media(const Media& media) final;
  base::Result<std::optional<Media>> find_media(const base::Uuid& id) final;
  base::Result<std::optional<Media>> find_stored_file(const StoredFileQuery& query) final;
  base::Result<MediaPage> list_media(const MediaQuery& query) final;
  base::Result<> record_transfer(const Transfer& transfer) final;
  base::Result<TransferPage> list_transfers(const TransferQuery& query) final;
  base::Result<> touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                              base::UtcTime seen) final;
  base::Result<> label_device(const base::Imei& imei, std::string_view label) final;
  base::Result<std::optional<Device>> find_device(const base::Imei& imei) final;
  base::Result<std::vector<Device>> list_devices() final;
  EvidenceCatalog& evidence() noexcept final { return evidence_; }

  KeepingCatalog& keeping() noexcept final { return keeping_; }
  JobCatalog& jobs() noexcept final { return jobs_; }
  TrackingCatalog& tracking() noexcept final { return tracking_; }
  CaptureCatalog& captures() noexcept final { return captures_; }
  RelayCatalog& relay() noexcept final { return relay_; }
  MavlinkCatalog& mavlink() noexcept final { return mavlink_; }
  RecordingCatalog* recordings() noexcept final { return &recordings_; }
  EventCatalog* events() noexcept final { return &events_; }
  IntakeCatalog* intakes() noexcept final { return this; }
  base::Result<IntakeReading> read_intake(const IntakeQuery& query) final;
  base::Result<bool> change_intake(const IntakeChange& change) final;
  base::Result<std::vector<LimitedDevice>> limited_devices(std::uint32_t limit) final;

  std::uint64_t commits() const { return database_.commits(); }

 protected:
  // `database` is a member of the class that derives: used only when that is complete.
  SqlCatalog(sql::Database& database, CatalogOptions options)
      : database_(database), evidence_(database), options_(options) {}

 private:
  sql::Database& database_;
  SqlKeeping keeping_{database_};
  SqlJobs jobs_{database_};
  SqlTracking tracking_{database_};
  SqlCaptures captures_{database_};
  SqlRelay relay_{database_};
  SqlMavlink mavlink_{database_};
  SqlRecording recordings_{database_};
  SqlEvents events_{database_};
  SqlEvidence evidence_;
  const CatalogOptions options_;
  std::atomic<std::uint32_t> recorded_transfers_{0};
};

}  // namespace storage
