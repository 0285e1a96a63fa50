// Errors as values: every fallible function of the project returns base::Result.
// Exceptions stop at the seam of the library that throws them and become an Error there.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace base {

enum class Errc : std::uint8_t {
  invalid,      // the caller's or the peer's input makes no sense
  not_found,    // the named thing does not exist
  conflict,     // it exists already, or somebody newer holds it
  refused,      // policy says no
  exhausted,    // a bound was reached: disk, descriptors, queue, quota
  unavailable,  // a service we need does not answer; the same call may succeed later
  corrupt,      // stored bytes are not what was written
  io,           // the operating system refused; os_error says why
};

std::string_view to_string(Errc code) noexcept;

// `message` is one whole sentence for a person: what failed, where, and what to do where that is known.
struct Error {
  Errc code = Errc::io;
  std::string message;
  int os_error = 0;  // errno, 0 when none
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message), 0});
}

// "WHAT: No space left on device"; ENOSPC, EDQUOT, EMFILE and ENFILE become `exhausted`, ENOENT `not_found`, the rest
// `io`.
std::unexpected<Error> fail_errno(int os_error, std::string_view what);

}  // namespace base
