// Where imported files go: the same catalog, object store and spool as files of cameras.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "server/base/result.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/files/data_dir.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/spool.hpp"

namespace importing {

struct Place {
  std::string data_dir;  // of dualcamd; perhaps empty
  std::string catalog;   // empty: that of the data directory
  std::string objects;   // the same
};

// A folder that is removed with all that is in it.
class OwnFolder {
 public:
  static base::Result<OwnFolder> make();
  OwnFolder(OwnFolder&& other) noexcept;
  OwnFolder& operator=(OwnFolder&&) = delete;
  ~OwnFolder();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit OwnFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

struct Targets {
  std::optional<OwnFolder> folder;           // where no data directory was given
  std::optional<storage::DataDirLock> lock;  // of the data directory: no server works in it meanwhile
  std::unique_ptr<storage::ObjectStore> objects;
  std::unique_ptr<storage::Catalog> catalog;
  std::unique_ptr<storage::Spool> spool;
};

// Both usable, the catalog's schema brought up to date, as a server does it. `conflict`: a server has the data
// directory. `invalid`: what is kept on this machine takes a data directory, and it must be that of this user.
base::Result<Targets> open_targets(const Place& place);

// The catalog alone, to ask what it has; changes nothing. Nothing where there is none yet, or one of an older version.
base::Result<std::unique_ptr<storage::Catalog>> open_to_ask(const Place& place);

}  // namespace importing
