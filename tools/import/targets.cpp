#include "tools/import/targets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <utility>

namespace importing {

namespace {
namespace fs = std::filesystem;

constexpr std::string_view sqlite = "sqlite:";
constexpr std::string_view file = "file:";

// Without a data directory, the URLs of a server that has its own: nothing of it is on this machine.
base::Result<Place> completed(Place place) {
  if (place.catalog.empty() && !place.data_dir.empty())
    place.catalog = fmt::format("sqlite:{}/catalog.db", place.data_dir);
  if (place.objects.empty() && !place.data_dir.empty()) place.objects = fmt::format("file:{}/objects", place.data_dir);
  if (place.catalog.empty() || place.objects.empty())
    return base::fail(base::Errc::invalid,
                      "Give --data-dir DIR, or --catalog URL and --objects URL: where dualcamd keeps its files.");
  if (place.data_dir.empty() && (place.catalog.starts_with(sqlite) || place.objects.starts_with(file)))
    return base::fail(base::Errc::invalid,
                      "A catalog in SQLite, or objects in a folder, take --data-dir DIR as well: that of dualcamd, "
                      "which must be stopped.");
  return place;
}

// What root makes in it the server cannot write to afterwards.
base::Result<> expect_own(const std::string& data_dir) {
  struct stat status{};
  if (::stat(data_dir.c_str(), &status) != 0 || status.st_uid == ::geteuid()) return {};
  return base::fail(base::Errc::invalid,
                    fmt::format("The data directory {} belongs to the user {}: run this as that user (sudo -u '#{}').",
                                data_dir, status.st_uid, status.st_uid));
}
}  // namespace

base::Result<OwnFolder> OwnFolder::make() {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) return base::fail_errno(error.value(), "There is no folder for temporary files; set TMPDIR");
  std::string pattern = (temporary / "dualcam-import-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return base::fail_errno(errno, fmt::format("Cannot make a folder in {}", temporary.string()));
  return OwnFolder(pattern);
}

OwnFolder::OwnFolder(OwnFolder&& other) noexcept : path_(std::exchange(other.path_, fs::path())) {}

OwnFolder::~OwnFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

base::Result<Targets> open_targets(const Place& given) {
  const auto place = completed(given);
  if (!place) return std::unexpected(place.error());
  Targets targets;
  std::string data_dir = place->data_dir;
  if (data_dir.empty()) {
    auto folder = OwnFolder::make();
    if (!folder) return std::unexpected(folder.error());
    data_dir = folder->path().string();
    targets.folder.emplace(std::move(*folder));
  }
  if (auto own = expect_own(data_dir); !own) return std::unexpected(own.error());
  auto lock = storage::DataDirLock::acquire(data_dir);
  if (!lock) return std::unexpected(lock.error());
  targets.lock.emplace(std::move(*lock));
  auto objects = storage::open_object_store(place->objects);
  if (!objects) return std::unexpected(objects.error());
  if (auto usable = (*objects)->probe(); !usable) return std::unexpected(usable.error());
  auto catalog = storage::open_catalog(place->catalog);
  if (!catalog) return std::unexpected(catalog.error());
  if (const auto migrated = (*catalog)->migrate(); !migrated) return std::unexpected(migrated.error());
  auto spool = storage::Spool::open(fs::path(data_dir) / "spool");
  if (!spool) return std::unexpected(spool.error());
  targets.objects = std::move(*objects);
  targets.catalog = std::move(*catalog);
  targets.spool = std::move(*spool);
  return targets;
}

base::Result<std::unique_ptr<storage::Catalog>> open_to_ask(const Place& place) {
  std::string url = place.catalog;
  if (url.empty() && !place.data_dir.empty()) url = fmt::format("sqlite:{}/catalog.db", place.data_dir);
  if (url.empty()) return nullptr;
  if (url.starts_with(sqlite)) {
    if (!place.data_dir.empty())
      if (auto own = expect_own(place.data_dir); !own) return std::unexpected(own.error());
    std::error_code error;
    if (!fs::exists(url.substr(sqlite.size()), error)) return nullptr;
  }
  const auto pending = storage::pending_migrations(url);
  if (!pending) return std::unexpected(pending.error());
  if (!pending->empty()) return nullptr;
  return storage::open_catalog(url);
}

}  // namespace importing
