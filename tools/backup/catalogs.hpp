// The catalog's part of a backup: a snapshot of one moment, taken while servers work, and put back whole.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "tools/backup/manifest.hpp"

namespace backup {

// One that was just taken, and the catalog it was taken of.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // Every object that the snapshot names, in no order: media, what is made of them, sealed evidence. Not the unfinished
  // files that nodes hand over: cameras still have those.
  virtual base::Result<> objects(const std::function<void(Entry)>& visit) = 0;
  // The catalog names the object now.
  virtual base::Result<bool> still_named(const std::string& key) = 0;
};

class CatalogKind {
 public:
  virtual ~CatalogKind() = default;
  virtual std::string name() const = 0;    // "sqlite" or "postgresql", as Manifest has it
  virtual std::string url() const = 0;     // as dualcamd has it
  virtual std::string schema() const = 0;  // empty where there is none
  virtual std::string file_name() const = 0;
  // Into the new file `path`, durably.
  virtual base::Result<std::unique_ptr<Snapshot>> take(const std::filesystem::path& path) = 0;
  // `conflict`: there is something in the catalog already.
  virtual base::Result<> expect_empty() = 0;
  virtual base::Result<> put_back(const std::filesystem::path& path) = 0;  // all of it or nothing
};

base::Result<std::unique_ptr<CatalogKind>> sqlite_catalog(std::string_view path);
base::Result<std::unique_ptr<CatalogKind>> postgres_catalog(std::string_view url);
// By the URL, as dualcamd has it.
base::Result<std::unique_ptr<CatalogKind>> catalog_kind(std::string_view url);

}  // namespace backup
