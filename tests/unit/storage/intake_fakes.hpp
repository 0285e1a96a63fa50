// An object store and a catalog small enough to be seen through, which fail when told to.
#pragma once

#include <map>
#include <mutex>

#include "storage/catalog/catalog.hpp"
#include "storage/files/file_system.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/support/no_evidence.hpp"

// Objects as hard links in /objects, like the file: store; but it relies on Intake for the data to be synced.
class LinkingObjects final : public storage::ObjectStore {
 public:
  explicit LinkingObjects(storage::FileSystem& files) : files_(files) {}

  // The next call of "put", "open", "read", "stat" or "remove" fails so; nothing else happens in it.
  void fail_next(const std::string& call, base::Errc code) { failures_[call] = code; }
  const storage::LocalFile& last_put() const { return last_put_; }
  std::vector<std::string> keys();

  base::Result<> put(std::string_view key, const storage::LocalFile& source) override;
  base::Result<std::unique_ptr<storage::ObjectReader>> open(std::string_view key) override;
  base::Result<storage::ObjectInfo> stat(std::string_view key) override;
  base::Result<> remove(std::string_view key) override;
  base::Result<> list(std::string_view prefix, const std::function<bool(const storage::ObjectInfo&)>& visit) override;
  std::optional<std::filesystem::path> local_path(std::string_view) const override { return std::nullopt; }
  base::Result<> probe() override { return {}; }
  std::string describe() const override { return "fake:"; }

 private:
  std::filesystem::path path_of(std::string_view key) const;
  base::Result<> trouble(const std::string& call);

  storage::FileSystem& files_;
  std::map<std::string, base::Errc> failures_;
  storage::LocalFile last_put_;
};

// Rows are durable when commit_media() returns.
class ListCatalog final : public storage::Catalog {
 public:
  // The next call of "commit" or "find" fails so. "answer": the next commit stands, but fails all the same.
  void fail_next(const std::string& call, base::Errc code) { failures_[call] = code; }
  std::function<bool()> is_dead = [] { return false; };  // every commit fails while it is true

  std::vector<storage::Media> rows;
  int finds = 0;
  std::optional<storage::AnsweredRequest> answers;  // by the next file that is new

  base::Result<storage::CommittedMedia> commit_media(const storage::Media& media) override;
  base::Result<std::optional<storage::Media>> find_stored_file(const storage::StoredFileQuery& query) override;

  base::Result<std::vector<storage::AppliedMigration>> migrate() override { return {}; }
  base::Result<std::optional<storage::Media>> find_media(const base::Uuid&) override { return std::nullopt; }
  base::Result<storage::MediaPage> list_media(const storage::MediaQuery&) override { return storage::MediaPage{}; }
  base::Result<> record_transfer(const storage::Transfer&) override { return {}; }
  base::Result<storage::TransferPage> list_transfers(const storage::TransferQuery&) override {
    return storage::TransferPage{};
  }
  base::Result<> touch_device(const base::Imei&, std::uint16_t, std::string_view, base::UtcTime) override { return {}; }
  base::Result<> label_device(const base::Imei&, std::string_view) override { return {}; }
  base::Result<std::optional<storage::Device>> find_device(const base::Imei&) override { return std::nullopt; }
  base::Result<std::vector<storage::Device>> list_devices() override { return {}; }
  base::Result<> probe() override { return {}; }
  std::string describe() const override { return "fake:"; }
  storage::KeepingCatalog& keeping() noexcept override { return *keeping_; }
  storage::JobCatalog& jobs() noexcept override { return *jobs_; }
  storage::TrackingCatalog& tracking() noexcept override { return *tracking_; }
  storage::CaptureCatalog& captures() noexcept override { return *captures_; }
  storage::RelayCatalog& relay() noexcept override { return *relay_; }
  storage::MavlinkCatalog& mavlink() noexcept override { return *mavlink_; }
  storage::EvidenceCatalog& evidence() noexcept override { return evidence_; }

 private:
  storage::KeepingCatalog* keeping_ = nullptr;    // nobody here keeps or deletes anything
  storage::JobCatalog* jobs_ = nullptr;           // or makes anything of it
  storage::TrackingCatalog* tracking_ = nullptr;  // or is a tracker
  storage::CaptureCatalog* captures_ = nullptr;   // or is asked for anything
  storage::RelayCatalog* relay_ = nullptr;        // or fires anything
  storage::MavlinkCatalog* mavlink_ = nullptr;    // or flies
  base::Result<> trouble(const std::string& call);
  std::map<std::string, base::Errc> failures_;
  tests::NoEvidence evidence_;
};
