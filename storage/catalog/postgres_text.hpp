// Texts of devices are bytes; those of PostgreSQL are UTF-8 without NUL. A text that is not gets through unharmed.
#pragma once

#include <string>
#include <string_view>

namespace storage::postgres {

// Plain UTF-8 stays as it is. A byte that belongs to none becomes one of 256 characters of the last private plane
// (U+10FE00 + byte), and so do the bytes of such a character itself: different texts stay different.
std::string to_database(std::string_view text);
std::string from_database(std::string_view text);

// Bytes as the server writes and takes them in a statement's text: \x and hexadecimal digits.
std::string to_bytea(std::string_view bytes);
std::string from_bytea(std::string_view text);  // empty for a text that is not such

}  // namespace storage::postgres
