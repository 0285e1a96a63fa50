#include "storage/catalog/migrator.hpp"

#include <openssl/evp.h>

#include <fmt/format.h>

#include "server/base/bytes.hpp"

namespace storage {

namespace {
// A row of schema_migrations.
struct Applied {
  std::uint32_t version = 0;
  std::string name;
  std::string sha256;  // of the SQL text, 64 lower-case hexadecimal digits
};

constexpr std::string_view history_table = "schema_migrations";

std::string sha256_hex(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return base::to_hex(digest);
}

std::unexpected<base::Error> belongs_to_another(const MigrationTarget& target, std::string_view table) {
  return base::fail(
      base::Errc::conflict,
      fmt::format("the database {} holds a table {} that this program did not make: it belongs to another "
                  "program; give dualcamd a database or a schema of its own",
                  target.describe(), table));
}

// The names behind "CREATE TABLE" at the beginning of a line: our migrations are written so.
std::vector<std::string_view> tables_made_by(std::string_view sql) {
  constexpr std::string_view words = "CREATE TABLE ";
  std::vector<std::string_view> names;
  for (auto at = sql.find(words); at != std::string_view::npos; at = sql.find(words, at + 1))
    if (at == 0 || sql[at - 1] == '\n')
      names.push_back(sql.substr(at + words.size(), sql.find_first_of(" (", at + words.size()) - at - words.size()));
  return names;
}

// No history: nothing may be there yet that the first migration makes.
base::Result<> check_vacant(MigrationTarget& target, std::span<const Migration> migrations) {
  if (migrations.empty()) return {};
  for (const auto name : tables_made_by(migrations.front().sql)) {
    const auto taken = target.has_table(name);
    if (!taken) return std::unexpected(taken.error());
    if (*taken) return belongs_to_another(target, name);
  }
  return {};
}

base::Result<std::vector<Applied>> read_history(MigrationTarget& target) {
  auto rows = target.connection().query("SELECT version, name, sha256 FROM schema_migrations ORDER BY version");
  // Many programs have a table of this name.
  if (!rows && rows.error().code == base::Errc::invalid) return belongs_to_another(target, history_table);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Applied> all;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return all;
    all.push_back({static_cast<std::uint32_t>(rows->integer(0)), rows->text(1), rows->text(2)});
  }
}

base::Result<> check_history(const MigrationTarget& target, const std::vector<Applied>& applied,
                             std::span<const Migration> migrations) {
  std::uint32_t expected = 0;
  for (const auto& record : applied) {
    if (record.version != ++expected)
      return base::fail(base::Errc::conflict,
                        fmt::format("migration {:04} is missing from schema_migrations of the catalog {}, though later "
                                    "ones are there: restore the catalog from a backup",
                                    expected, target.describe()));
    if (record.version > migrations.size())
      return base::fail(
          base::Errc::conflict,
          fmt::format("the schema of the catalog {} has migration {:04}_{}, this program knows only {}: a "
                      "newer version of the program made it; run that version",
                      target.describe(), record.version, record.name, migrations.size()));
    const auto& known = migrations[record.version - 1];
    if (record.sha256 != sha256_hex(known.sql))
      return base::fail(base::Errc::conflict,
                        fmt::format("migration {:04}_{} was changed after it was applied to the catalog {}: run the "
                                    "version of the program that applied it, or put the change into a new migration",
                                    record.version, known.name, target.describe()));
  }
  return {};
}

// How many of the migrations are applied; nothing where there is no history at all.
base::Result<std::optional<std::size_t>> count_applied(MigrationTarget& target, std::span<const Migration> migrations) {
  const auto known = target.has_table(history_table);
  if (!known) return std::unexpected(known.error());
  if (!*known) {
    if (auto vacant = check_vacant(target, migrations); !vacant) return std::unexpected(vacant.error());
    return std::nullopt;
  }
  const auto applied = read_history(target);
  if (!applied) return std::unexpected(applied.error());
  if (auto sound = check_history(target, *applied, migrations); !sound) return std::unexpected(sound.error());
  return applied->size();
}

// Rolls back unless told otherwise.
class Scope {
 public:
  explicit Scope(MigrationTarget& target) : target_(target) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (open_) target_.rollback();
  }
  base::Result<> commit() {
    auto committed = target_.commit();
    if (committed) open_ = false;
    return committed;
  }

 private:
  MigrationTarget& target_;
  bool open_ = true;
};

// A role without the right to change the schema is told who has it.
base::Error explain(base::Error error, const Migration& migration) {
  error.message =
      error.code == base::Errc::refused
          ? fmt::format(
                "migration {:04}_{} is pending, and this role may not change the schema: run `dualcamd migrate` "
                "once with the role that owns it ({})",
                migration.version, migration.name, error.message)
          : fmt::format("migration {:04}_{} failed and was undone: {}", migration.version, migration.name,
                        error.message);
  return error;
}

base::Result<> make_history(MigrationTarget& target) {
  return target.execute(
      "CREATE TABLE schema_migrations ("
      "version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
      "applied_at BIGINT NOT NULL, duration_us BIGINT NOT NULL)");
}

base::Result<AppliedMigration> apply(MigrationTarget& target, const Migration& migration) {
  const auto begun = base::steady_now();
  if (auto ran = target.execute(migration.sql); !ran) return std::unexpected(ran.error());
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(base::steady_now() - begun);
  auto recorded = target.connection().run(
      "INSERT INTO schema_migrations (version, name, sha256, applied_at, duration_us) VALUES ($1, $2, $3, $4, $5)",
      migration.version, migration.name, sha256_hex(migration.sql), base::utc_now(), duration.count());
  if (!recorded) return std::unexpected(recorded.error());
  return AppliedMigration{migration.version, std::string(migration.name), duration};
}

// Nothing when there was nothing left to do.
base::Result<std::optional<AppliedMigration>> apply_next(MigrationTarget& target,
                                                         std::span<const Migration> migrations) {
  if (auto begun = target.begin(); !begun) return std::unexpected(begun.error());
  Scope scope(target);
  const auto applied = count_applied(target, migrations);
  if (!applied) return std::unexpected(applied.error());
  if (applied->value_or(0) == migrations.size()) return std::nullopt;
  const Migration& next = migrations[applied->value_or(0)];
  if (!*applied)
    if (auto made = make_history(target); !made) return std::unexpected(explain(made.error(), next));
  auto done = apply(target, next);
  if (!done) return std::unexpected(explain(done.error(), next));
  if (auto committed = scope.commit(); !committed) return std::unexpected(committed.error());
  return std::move(*done);
}
}  // namespace

base::Result<std::vector<AppliedMigration>> migrate(MigrationTarget& target, std::span<const Migration> migrations) {
  std::vector<AppliedMigration> all;
  for (;;) {
    auto done = apply_next(target, migrations);
    if (!done) return std::unexpected(done.error());
    if (!*done) return all;
    all.push_back(std::move(**done));
  }
}

base::Result<std::vector<Migration>> pending(MigrationTarget& target, std::span<const Migration> migrations) {
  const auto applied = count_applied(target, migrations);
  if (!applied) return std::unexpected(applied.error());
  const auto rest = migrations.subspan(applied->value_or(0));
  return std::vector<Migration>(rest.begin(), rest.end());
}

}  // namespace storage
