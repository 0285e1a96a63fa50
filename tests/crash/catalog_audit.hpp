// A look into the catalog as the sqlite3 shell would take it, past the server's own code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tests {

struct CatalogAudit {
  std::string integrity;    // "ok", or what SQLite found broken
  std::int64_t media = 0;   // rows
  std::int64_t events = 0;  // of stored media, in the outbox
  std::int64_t media_with_one_event = 0;
};

// Throws std::runtime_error when the file cannot be read. Not while a server writes: it is opened read-only.
CatalogAudit audit_catalog(const std::filesystem::path& file);

}  // namespace tests
