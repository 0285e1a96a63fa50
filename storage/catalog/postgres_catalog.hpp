// The catalog in PostgreSQL, which any number of nodes share: one writer with group commit, a few readers beside it.
#pragma once

#include <atomic>

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/migrator.hpp"
#include "storage/catalog/postgres_nodes.hpp"
#include "storage/catalog/postgres_readers.hpp"
#include "storage/catalog/postgres_writer.hpp"

namespace storage::postgres {

// Ended transfers that are kept: weeks of a fleet's attempts, some 40 MB.
constexpr std::uint32_t default_kept_transfers = 100'000;
// Transfers recorded by one node between two looks at how many there are.
constexpr std::uint32_t default_prune_interval = 1'000;

struct Options {
  std::uint32_t kept_transfers = default_kept_transfers;
  std::uint32_t prune_interval = default_prune_interval;
};

class PostgresCatalog final : public Catalog {
 public:
  // Connects once: whoever starts the program is told at once what is wrong.
  static base::Result<std::unique_ptr<PostgresCatalog>> open(Location location, Options options = {});
  // What migrate() would apply. Makes and changes nothing.
  static base::Result<std::vector<Migration>> pending(const Location& location);

  base::Result<std::vector<AppliedMigration>> migrate() override;
  base::Result<CommittedMedia> commit_media(const Media& media) override;
  base::Result<std::optional<Media>> find_media(const base::Uuid& id) override;
  base::Result<std::optional<Media>> find_stored_file(const StoredFileQuery& query) override;
  base::Result<MediaPage> list_media(const MediaQuery& query) override;
  base::Result<> record_transfer(const Transfer& transfer) override;
  base::Result<TransferPage> list_transfers(const TransferQuery& query) override;
  base::Result<> touch_device(const base::Imei& imei, std::uint16_t protocol, std::string_view peer,
                              base::UtcTime seen) override;
  base::Result<std::optional<Device>> find_device(const base::Imei& imei) override;
  base::Result<std::vector<Device>> list_devices() override;
  base::Result<> probe() override;
  std::string describe() const override { return connector_->location().describe(); }

  NodeCatalog* nodes() noexcept override { return &nodes_; }

  // Transactions committed so far: fewer than the calls, where calls shared one.
  std::uint64_t commits() const { return writer_.commits(); }

 private:
  PostgresCatalog(std::unique_ptr<Connector> connector, std::unique_ptr<Connection> connection, Options options);

  const Options options_;
  const std::unique_ptr<Connector> connector_;  // outlives the connections it made
  Writer writer_;
  Readers readers_;
  PostgresNodes nodes_{writer_, readers_};
  std::atomic<std::uint32_t> recorded_transfers_{0};
};

}  // namespace storage::postgres
