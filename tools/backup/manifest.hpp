// What a backup holds, as its file MANIFEST says it. It is written last: a folder without one is no backup.
//
// JSON lines: a head, one line for each object, one for each that could not be had, and an end with the SHA-256 of all
// the lines before it, so that a damaged or shortened one is recognised.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace backup {

constexpr std::string_view manifest_name = "MANIFEST";
constexpr std::string_view objects_folder = "objects";

struct Entry {
  std::string key;  // of the object; of the catalog's snapshot its name in the folder
  std::uint64_t size = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
  bool operator==(const Entry&) const = default;
};

// An object that the snapshot names and the backup does not have.
struct Absent {
  std::string key;
  bool lost = false;  // the store should have it; else the file was deleted between the snapshot and the copy
  std::string reason;
  bool operator==(const Absent&) const = default;
};

struct Manifest {
  std::string kind;     // of the catalog: "sqlite" or "postgresql"
  std::string schema;   // of PostgreSQL; else empty
  base::UtcTime taken;  // the moment that the backup shows
  Entry catalog;
  std::vector<Entry> objects;  // by key
  std::vector<Absent> absent;

  std::uint64_t bytes() const noexcept;  // of all objects
};

std::string to_text(const Manifest& manifest);
// `corrupt`: it is not whole, or not what was written.
base::Result<Manifest> parse_manifest(std::string_view text);
// Of the backup in `folder`. `not_found`: it has none, because it is no backup or one that broke off.
base::Result<Manifest> read_manifest(const std::filesystem::path& folder);

}  // namespace backup
