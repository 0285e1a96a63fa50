// open_evidence(): a way to the evidence beside the catalog, which cannot change anything.
#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "storage/catalog/postgres_readers.hpp"
#include "storage/catalog/sql_evidence.hpp"
#include "storage/catalog/sqlite_readers.hpp"

namespace storage {

namespace {
class ReadingDatabase : public sql::Database {
 public:
  base::Result<> write(const Operation&, std::uint64_t) final {
    return base::fail(base::Errc::refused, "The catalog is open for reading alone.");
  }
  std::uint64_t commits() const final { return 0; }
};

class SqliteReading final : public ReadingDatabase {
 public:
  explicit SqliteReading(sqlite::Location location) : readers_(std::move(location)) {}
  base::Result<> read(const Operation& operation) override {
    const auto reader = readers_.borrow();
    if (!reader) return std::unexpected(reader.error());
    return operation(**reader);
  }

 private:
  sqlite::Readers readers_;
};

class PostgresReading final : public ReadingDatabase {
 public:
  explicit PostgresReading(postgres::Location location) : connector_(std::move(location)) {}
  base::Result<> read(const Operation& operation) override { return readers_.with(operation); }

 private:
  postgres::Connector connector_;
  postgres::Readers readers_{connector_};
};

base::Result<std::unique_ptr<sql::Database>> open_reading(std::string_view url) {
  constexpr std::string_view sqlite_scheme = "sqlite:";
  if (url.starts_with(sqlite_scheme))
    return std::make_unique<SqliteReading>(
        sqlite::Location{.path = std::string(url.substr(sqlite_scheme.size())), .vfs = {}, .in_memory = false});
  if (!postgres::Location::is_meant_by(url))
    // Only the scheme: what follows it may hold credentials.
    return base::fail(base::Errc::invalid, fmt::format("'{}' is not a kind of catalog this program knows: give "
                                                       "sqlite:PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
                                                       base::printable(base::as_bytes(url.substr(0, url.find(':'))))));
  auto location = postgres::Location::parse(url);
  if (!location) return std::unexpected(location.error());
  return std::make_unique<PostgresReading>(std::move(*location));
}

class OpenedEvidence final : public EvidenceCatalog {
 public:
  explicit OpenedEvidence(std::unique_ptr<sql::Database> database)
      : database_(std::move(database)), evidence_(*database_) {}

  base::Result<std::optional<EvidenceSegment>> seal(base::UtcTime now, std::uint32_t max_entries) override {
    return evidence_.seal(now, max_entries);
  }
  base::Result<std::string> text_of(const EvidenceSegment& segment) override { return evidence_.text_of(segment); }
  base::Result<> mark_stored(std::uint64_t number) override { return evidence_.mark_stored(number); }
  base::Result<std::uint64_t> waiting() override { return evidence_.waiting(); }
  base::Result<std::optional<EvidenceSegment>> last_stored() override { return evidence_.last_stored(); }
  base::Result<std::vector<EvidenceEntry>> records_beyond(std::uint64_t segment, Position after,
                                                          std::uint32_t limit) override {
    return evidence_.records_beyond(segment, after, limit);
  }

 private:
  const std::unique_ptr<sql::Database> database_;
  SqlEvidence evidence_;
};
}  // namespace

base::Result<std::unique_ptr<EvidenceCatalog>> open_evidence(std::string_view url) {
  auto database = open_reading(url);
  if (!database) return std::unexpected(database.error());
  return std::make_unique<OpenedEvidence>(std::move(*database));
}

}  // namespace storage
