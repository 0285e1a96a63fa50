#include "server/base/result.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace base {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid: return "invalid";
    case Errc::not_found: return "not found";
    case Errc::conflict: return "conflict";
    case Errc::refused: return "refused";
    case Errc::exhausted: return "exhausted";
    case Errc::unavailable: return "unavailable";
    case Errc::corrupt: return "corrupt";
    case Errc::io: return "input/output error";
  }
  return "unknown";
}

namespace {
Errc classify(int os_error) noexcept {
  switch (os_error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: return Errc::exhausted;
    case ENOENT: return Errc::not_found;
    default: return Errc::io;
  }
}
}  // namespace

std::unexpected<Error> fail_errno(int os_error, std::string_view what) {
  return std::unexpected(
      Error{classify(os_error), fmt::format("{}: {}", what, std::generic_category().message(os_error)), os_error});
}

}  // namespace base
