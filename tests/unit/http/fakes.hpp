// A catalog and an object store in memory, which can be made slow, full or broken.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/support/no_evidence.hpp"

namespace http::testing {

base::Imei imei(unsigned n);  // 356307042441013 and up
base::UtcTime at(std::string_view iso8601);
std::string sha256_like(char digit);  // 64 of them: the fakes check no sums

// A photo of 2026-11-21; `n` makes id, object key and time unlike others'.
storage::Media photo(unsigned n);
storage::Media video(unsigned n);
storage::Transfer transfer(unsigned n, std::string state);  // live where the state is

// A gate that calls stop at while it is closed.
class Gate {
 public:
  void close();
  void open();
  void pass();                               // waits while closed
  bool wait_for_waiting(std::size_t count);  // until so many wait; false after some seconds
  std::size_t waiting();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  std::size_t waiting_ = 0;
};

class FakeCatalog final : public storage::Catalog {
 public:
  std::vector<storage::Media> media;  // in the order the API shows them
  std::vector<storage::Transfer> transfers;
  std::vector<storage::Device> devices;
  std::optional<base::Error> failure;  // of every call
  Gate gate;
  storage::MediaQuery last_media_query() const;
  storage::TransferQuery last_transfer_query() const;

  base::Result<std::vector<storage::AppliedMigration>> migrate() override { return {}; }
  base::Result<storage::CommittedMedia> commit_media(const storage::Media&) override;
  base::Result<std::optional<storage::Media>> find_media(const base::Uuid& id) override;
  base::Result<std::optional<storage::Media>> find_stored_file(const storage::StoredFileQuery&) override;
  base::Result<storage::MediaPage> list_media(const storage::MediaQuery& query) override;
  base::Result<> record_transfer(const storage::Transfer&) override { return {}; }
  base::Result<storage::TransferPage> list_transfers(const storage::TransferQuery& query) override;
  base::Result<> touch_device(const base::Imei&, std::uint16_t, std::string_view, base::UtcTime) override { return {}; }
  base::Result<> label_device(const base::Imei&, std::string_view) override { return {}; }
  base::Result<std::optional<storage::Device>> find_device(const base::Imei& imei) override;
  base::Result<std::vector<storage::Device>> list_devices() override;
  base::Result<> probe() override { return {}; }
  std::string describe() const override { return "fake"; }
  storage::KeepingCatalog& keeping() noexcept override { return keeping_->keeping(); }
  storage::JobCatalog& jobs() noexcept override { return keeping_->jobs(); }
  storage::TrackingCatalog& tracking() noexcept override { return keeping_->tracking(); }
  storage::CaptureCatalog& captures() noexcept override { return keeping_->captures(); }
  storage::RelayCatalog& relay() noexcept override { return keeping_->relay(); }
  storage::MavlinkCatalog& mavlink() noexcept override { return keeping_->mavlink(); }
  storage::EvidenceCatalog& evidence() noexcept override { return evidence_; }

 private:
  static std::unique_ptr<storage::Catalog> empty_catalog();
  const std::unique_ptr<storage::Catalog> keeping_ = empty_catalog();  // knows no file, and no deleted one
  tests::NoEvidence evidence_;
  base::Result<> enter();
  mutable std::mutex mutex_;
  storage::MediaQuery media_query_;
  storage::TransferQuery transfer_query_;
};

class FakeStore final : public storage::ObjectStore {
 public:
  std::map<std::string, std::string, std::less<>> objects;
  std::filesystem::path directory;             // where set, local_path leads there
  std::uint64_t fail_reads_from = UINT64_MAX;  // offset from which readers fail
  std::atomic<std::uint64_t> bytes_read = 0;
  std::atomic<int> open_readers = 0;

  void keep(const storage::Media& media, std::string bytes);

  base::Result<> put(std::string_view, const storage::LocalFile&) override { return {}; }
  base::Result<std::unique_ptr<storage::ObjectReader>> open(std::string_view key) override;
  base::Result<storage::ObjectInfo> stat(std::string_view key) override;
  base::Result<> remove(std::string_view) override { return {}; }
  base::Result<> list(std::string_view, const std::function<bool(const storage::ObjectInfo&)>&) override { return {}; }
  std::optional<std::filesystem::path> local_path(std::string_view key) const override;
  base::Result<> probe() override { return {}; }
  std::string describe() const override { return "fake"; }
};

// Bytes that differ at every offset in view, so that a wrong offset shows.
std::string pattern(std::size_t size);

}  // namespace http::testing
