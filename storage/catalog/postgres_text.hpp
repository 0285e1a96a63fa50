// Texts of devices are bytes; those of PostgreSQL are UTF-8 without NUL. A text that is not gets through unharmed.
#pragma once

#include <string>
#include <string_view>

namespace storage::postgres {

// Plain UTF-8 stays as it is. A byte that belongs to none becomes one of 256 characters of the last private plane
// (U+10FE00 + byte), and so do the bytes of such a character itself: different texts stay different.
std::string to_database(std::string_view text);
std::string from_database(std::string_view text);

}  // namespace storage::postgres
