#include <fmt/format.h>

#include <array>

#include "storage/catalog/sqlite_connection.hpp"
#include "tools/backup/catalogs.hpp"
#include "tools/backup/files.hpp"
#include "tools/backup/named_objects.hpp"

namespace backup {

namespace {
namespace sqlite = storage::sqlite;
namespace fs = std::filesystem;

// SQLite writes these beside a database: one of them without it would be taken for its last changes.
constexpr std::array companions{"", "-wal", "-shm", "-journal"};

class SqliteSnapshot final : public Snapshot {
 public:
  SqliteSnapshot(std::unique_ptr<sqlite::Connection> live, std::unique_ptr<sqlite::Connection> copy)
      : live_(std::move(live)), copy_(std::move(copy)) {}

  base::Result<> objects(const std::function<void(Entry)>& visit) override { return visit_named(*copy_, visit); }
  base::Result<bool> still_named(const std::string& key) override { return is_named(*live_, key); }

 private:
  const std::unique_ptr<sqlite::Connection> live_;
  const std::unique_ptr<sqlite::Connection> copy_;
};

std::string enclosed(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

class SqliteKind final : public CatalogKind {
 public:
  explicit SqliteKind(fs::path path) : path_(std::move(path)) {}

  std::string name() const override { return "sqlite"; }
  std::string url() const override { return "sqlite:" + path_.string(); }
  std::string schema() const override { return {}; }
  std::string file_name() const override { return "catalog.db"; }

  base::Result<std::unique_ptr<Snapshot>> take(const fs::path& path) override {
    auto live = sqlite::Connection::open({.path = path_}, sqlite::Connection::Mode::existing);
    if (!live) return std::unexpected(live.error());
    std::error_code ignored;
    fs::remove(path, ignored);
    // One read transaction: writers go on meanwhile, and what they commit is not in it.
    if (auto made = (*live)->execute(fmt::format("VACUUM INTO {};", enclosed(path.string()))); !made)
      return std::unexpected(made.error());
    if (auto synced = sync_file(path); !synced) return std::unexpected(synced.error());
    auto copy = sqlite::Connection::open({.path = path}, sqlite::Connection::Mode::reader);
    if (!copy) return std::unexpected(copy.error());
    return std::make_unique<SqliteSnapshot>(std::move(*live), std::move(*copy));
  }

  base::Result<> expect_empty() override {
    for (const char* companion : companions)
      if (const std::string file = path_.string() + companion; fs::exists(file))
        return base::fail(base::Errc::conflict,
                          fmt::format("There is a catalog already: {}. Give another place, or move it away with the "
                                      "files beside it whose names begin alike.",
                                      file));
    return {};
  }

  base::Result<> put_back(const fs::path& path) override {
    const fs::path temporary = path_.string() + ".restoring";
    const auto expected = measure(path);
    if (!expected) return std::unexpected(expected.error());
    if (auto copied = copy_checked(path, temporary, *expected, {}); !copied) return copied;
    return put_in_place(temporary, path_);
  }

 private:
  const fs::path path_;
};
}  // namespace

base::Result<std::unique_ptr<CatalogKind>> sqlite_catalog(std::string_view path) {
  if (path.empty() || path == ":memory:")
    return base::fail(base::Errc::invalid, "The catalog needs a file: give sqlite:PATH.");
  return std::make_unique<SqliteKind>(fs::absolute(path));
}

}  // namespace backup
