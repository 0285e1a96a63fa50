#include "storage/catalog/sqlite_error.hpp"

#include <sqlite3.h>

#include <cerrno>

#include <fmt/format.h>

namespace storage::sqlite {

namespace {
struct Meaning {
  base::Errc code;
  std::string_view sentence;  // {} is the path
};

bool is_full(int code, int os_error) noexcept {
  return (code & 0xff) == SQLITE_FULL || os_error == ENOSPC || os_error == EDQUOT;
}

Meaning meaning_of(int code, int os_error, std::string_view detail) {
  using enum base::Errc;
  if (is_full(code, os_error))
    return {exhausted, "there is no space left to write the catalog {}: free some, then it goes on by itself"};
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {unavailable, "the catalog {} is locked by somebody else: end what holds it, or wait"};
    case SQLITE_PROTOCOL: return {unavailable, "the catalog {} could not be locked among too many readers: try again"};
    case SQLITE_READONLY: return {io, "the catalog {} cannot be written: check the permissions and the mount"};
    case SQLITE_IOERR: return {io, "reading or writing the catalog {} failed: check the disk and the system's log"};
    case SQLITE_CANTOPEN: return {io, "the catalog {} cannot be opened: check that it exists and its permissions"};
    case SQLITE_PERM:
    case SQLITE_AUTH: return {io, "the system does not let us use the catalog {}: check its permissions"};
    case SQLITE_CORRUPT: return {io, "the catalog {} is damaged: stop the server and restore it from a backup"};
    case SQLITE_NOTADB: return {io, "{} is not a catalog but some other file: name another path"};
    case SQLITE_NOMEM: return {exhausted, "there is not enough memory for the catalog {}"};
    case SQLITE_TOOBIG: return {invalid, "a value is too large for the catalog {}"};
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return {conflict, "the catalog {} holds such a row already"};
      if (code == SQLITE_CONSTRAINT_TRIGGER)
        return {corrupt, "the catalog {} has deleted a file of this id: it must come again, under another id"};
      return {invalid, "the catalog {} refuses a row that breaks its rules"};
    default: break;
  }
  if (detail.starts_with("no such table")) return {unavailable, "the catalog {} has no tables yet: migrate it first"};
  if (detail.starts_with("no such column"))
    return {invalid, "the catalog {} has other columns than this program's: another program made its tables"};
  return {io, "the catalog {} answers with an error"};
}
}  // namespace

base::Error make_error(int code, int os_error, std::string_view detail, std::string_view path) {
  const auto [errc, sentence] = meaning_of(code, os_error, detail);
  return {errc, fmt::format("{} (SQLite {}: {})", fmt::format(fmt::runtime(sentence), path), code, detail), os_error};
}

bool leaves_doubts(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_MISUSE:
    case SQLITE_INTERNAL: return true;
    // A moved or restored file under an open connection; plain permissions, too, are worth another look.
    case SQLITE_READONLY: return true;
    default: return false;
  }
}

}  // namespace storage::sqlite
