#include <libpq-fe.h>

#include <fmt/format.h>

#include "storage/catalog/postgres_connection.hpp"
#include "tools/backup/catalogs.hpp"
#include "tools/backup/command_run.hpp"
#include "tools/backup/files.hpp"
#include "tools/backup/named_objects.hpp"

namespace backup {

namespace {
namespace postgres = storage::postgres;

struct Free {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

std::string enclosed(std::string_view text, char quote, char escape) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == escape) out += escape;
    out += c;
  }
  return out + quote;
}

// How the server's own programs are told where to go: what every user of the machine may read in the arguments, what is
// secret in the environment.
base::Result<Program> program_for(const std::string& url, std::vector<std::string> words) {
  const std::unique_ptr<PQconninfoOption, Free> options(PQconninfoParse(url.c_str(), nullptr));
  if (!options) return base::fail(base::Errc::invalid, "The catalog's URL cannot be taken apart.");
  Program program{.words = std::move(words), .variables = {}};
  std::string where;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (*option->dispchar != '*') {
      where += fmt::format("{}={} ", option->keyword, enclosed(option->val, '\'', '\\'));
    } else if (option->envvar != nullptr) {
      program.variables.emplace_back(option->envvar, option->val);
    } else {
      return base::fail(base::Errc::invalid, fmt::format("The catalog's URL has {}, which {} takes from no safe place: "
                                                         "use a key without a password.",
                                                         option->keyword, program.words.front()));
    }
  }
  program.words.push_back("--dbname=" + where);
  return program;
}

base::Result<std::string> one_text(storage::sql::Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  return *row ? rows->text(0) : std::string{};
}

class PostgresSnapshot final : public Snapshot {
 public:
  PostgresSnapshot(std::shared_ptr<storage::Watchdog> watchdog, std::unique_ptr<postgres::Connection> connection)
      : watchdog_(std::move(watchdog)), connection_(std::move(connection)) {}

  // In the transaction of the snapshot, which then is over.
  base::Result<> objects(const std::function<void(Entry)>& visit) override {
    if (auto visited = visit_named(*connection_, visit); !visited) return visited;
    return connection_->commit();
  }
  base::Result<bool> still_named(const std::string& key) override { return is_named(*connection_, key); }

 private:
  const std::shared_ptr<storage::Watchdog> watchdog_;  // outlives the connection
  const std::unique_ptr<postgres::Connection> connection_;
};

class PostgresKind final : public CatalogKind {
 public:
  PostgresKind(std::string url, std::shared_ptr<storage::Watchdog> watchdog,
               std::unique_ptr<postgres::Connection> connection, std::string schema)
      : url_(std::move(url)),
        watchdog_(std::move(watchdog)),
        connection_(std::move(connection)),
        schema_(std::move(schema)) {}

  std::string name() const override { return "postgresql"; }
  std::string url() const override { return url_; }
  std::string schema() const override { return schema_; }
  std::string file_name() const override { return "catalog.dump"; }

  base::Result<std::unique_ptr<Snapshot>> take(const std::filesystem::path& path) override {
    if (auto begun = connection_->execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"); !begun)
      return std::unexpected(begun.error());
    const auto snapshot = one_text(*connection_, "SELECT pg_export_snapshot()");
    if (!snapshot) return std::unexpected(snapshot.error());
    const auto program =
        program_for(url_, {"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--snapshot=" + *snapshot,
                           "--schema=" + enclosed(schema_, '"', '"'), "--file=" + path.string()});
    if (!program) return std::unexpected(program.error());
    if (auto dumped = run_program(*program); !dumped) return std::unexpected(dumped.error());
    if (auto synced = sync_file(path); !synced) return std::unexpected(synced.error());
    return std::make_unique<PostgresSnapshot>(watchdog_, std::move(connection_));
  }

  base::Result<> expect_empty() override {
    const auto table = one_text(*connection_,
                                "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'S') LIMIT 1");
    if (!table) return std::unexpected(table.error());
    if (table->empty()) return {};
    return base::fail(base::Errc::conflict,
                      fmt::format("The schema {} of the catalog is not empty: it has {}. Restore into a new database, "
                                  "or drop the schema and make it again.",
                                  schema_, *table));
  }

  // One transaction. The schema itself is there: its owner, and who may use it, are the administrator's affair.
  base::Result<> put_back(const std::filesystem::path& path) override {
    const auto program = program_for(url_, {"pg_restore", "--single-transaction", "--exit-on-error", "--no-owner",
                                            "--no-privileges", "--schema=" + schema_, path.string()});
    if (!program) return std::unexpected(program.error());
    return run_program(*program);
  }

 private:
  const std::string url_;
  const std::shared_ptr<storage::Watchdog> watchdog_;
  std::unique_ptr<postgres::Connection> connection_;
  const std::string schema_;
};
}  // namespace

base::Result<std::unique_ptr<CatalogKind>> postgres_catalog(std::string_view url) {
  const auto location = postgres::Location::parse(url);
  if (!location) return std::unexpected(location.error());
  auto watchdog = std::make_shared<storage::Watchdog>();
  auto connection = postgres::Connection::open(*location, *watchdog, postgres::Connection::Purpose::migrate);
  if (!connection) return std::unexpected(connection.error());
  auto schema = one_text(**connection, "SELECT current_schema()::text");
  if (!schema) return std::unexpected(schema.error());
  if (schema->empty())
    return base::fail(base::Errc::invalid, "The schema that the catalog's URL names is not there: CREATE SCHEMA it.");
  return std::make_unique<PostgresKind>(std::string(url), std::move(watchdog), std::move(*connection),
                                        std::move(*schema));
}

base::Result<std::unique_ptr<CatalogKind>> catalog_kind(std::string_view url) {
  constexpr std::string_view sqlite = "sqlite:";
  if (url.starts_with(sqlite)) return sqlite_catalog(url.substr(sqlite.size()));
  if (postgres::Location::is_meant_by(url)) return postgres_catalog(url);
  return base::fail(base::Errc::invalid,
                    "No catalog of a kind this program knows: give sqlite:PATH or "
                    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE.");
}

}  // namespace backup
