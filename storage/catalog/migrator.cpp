#include "storage/catalog/migrator.hpp"

#include <openssl/evp.h>

#include <optional>

#include <fmt/format.h>

#include "server/base/bytes.hpp"

namespace storage {

namespace {
std::string sha256_hex(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return base::to_hex(digest);
}

base::Result<> check_history(const std::vector<MigrationRecord>& applied, std::span<const Migration> migrations) {
  std::uint32_t expected = 0;
  for (const auto& record : applied) {
    if (record.version != ++expected)
      return base::fail(base::Errc::conflict,
                        fmt::format("migration {:04} is missing from schema_migrations, though later ones are there: "
                                    "restore the catalog from a backup",
                                    expected));
    if (record.version > migrations.size())
      return base::fail(base::Errc::conflict,
                        fmt::format("the catalog's schema has migration {:04}_{}, this program knows only {}: a newer "
                                    "version of the program made it; run that version",
                                    record.version, record.name, migrations.size()));
    const auto& known = migrations[record.version - 1];
    if (record.sha256 != sha256_hex(known.sql))
      return base::fail(base::Errc::conflict,
                        fmt::format("migration {:04}_{} was changed after it was applied to this catalog: run the "
                                    "version of the program that applied it, or put the change into a new migration",
                                    record.version, known.name));
  }
  return {};
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

base::Result<> apply(MigrationTarget& target, const Migration& migration, AppliedMigration& done) {
  const auto begun = base::steady_now();
  if (auto ran = target.execute(migration.sql); !ran) {
    ran.error().message = fmt::format("migration {:04}_{} failed and was undone: {}", migration.version, migration.name,
                                      ran.error().message);
    return ran;
  }
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(base::steady_now() - begun);
  done = {migration.version, std::string(migration.name), duration};
  return target.record({migration.version, done.name, sha256_hex(migration.sql), base::utc_now(), duration});
}

// Nothing when there was nothing left to do.
base::Result<std::optional<AppliedMigration>> apply_next(MigrationTarget& target,
                                                         std::span<const Migration> migrations) {
  if (auto begun = target.begin(); !begun) return std::unexpected(begun.error());
  Scope scope(target);
  const auto applied = target.applied();
  if (!applied) return std::unexpected(applied.error());
  if (auto sound = check_history(*applied, migrations); !sound) return std::unexpected(sound.error());
  std::optional<AppliedMigration> done;
  if (applied->size() < migrations.size())
    if (auto ok = apply(target, migrations[applied->size()], done.emplace()); !ok) return std::unexpected(ok.error());
  if (auto committed = scope.commit(); !committed) return std::unexpected(committed.error());
  return done;
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

}  // namespace storage
