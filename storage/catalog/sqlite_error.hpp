// SQLite's result codes as errors for people.
#pragma once

#include <string_view>

#include "server/base/result.hpp"

namespace storage::sqlite {

// Never `corrupt`: whoever stores a file takes that for its own bytes and drops them, and they are not to blame.
// `code` is an extended result code, `os_error` the errno behind it or 0, `detail` what SQLite itself says.
base::Error make_error(int code, int os_error, std::string_view detail, std::string_view path);

// True where the connection should be closed and opened again: its view of the file cannot be relied upon.
bool leaves_doubts(int code) noexcept;

}  // namespace storage::sqlite
