#include "storage/objects/s3_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "storage/files/file_system.hpp"

namespace storage::s3 {

namespace {
// A file of a few keys; anything longer is the wrong file.
constexpr std::size_t max_file_size = 64 * 1024;
// AWS's are 20, 40 and up to some 2,000 characters long.
constexpr std::size_t max_key_length = 4096;

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\f\v";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// What ends up in a header must not end it.
bool is_sound(std::string_view key) noexcept {
  return key.size() <= max_key_length && std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string* member_named(Credentials& credentials, std::string_view name) noexcept {
  if (name == "access_key" || name == "aws_access_key_id") return &credentials.access_key;
  if (name == "secret_key" || name == "aws_secret_access_key") return &credentials.secret_key;
  if (name == "session_token" || name == "aws_session_token") return &credentials.session_token;
  return nullptr;
}

base::Result<Credentials> checked(Credentials credentials, const std::string& origin) {
  if (credentials.access_key.empty() || credentials.secret_key.empty())
    return base::fail(base::Errc::refused,
                      fmt::format("{} gives only one of the two keys of the object store: it needs an access key and a "
                                  "secret key.",
                                  origin));
  if (!is_sound(credentials.access_key) || !is_sound(credentials.secret_key) || !is_sound(credentials.session_token))
    return base::fail(base::Errc::invalid,
                      fmt::format("A key in {} holds a blank or a character that no key has: copy it again.", origin));
  return credentials;
}

base::Result<Credentials> read_file(const Location& location) {
  const std::string origin = fmt::format("The credentials file '{}'", location.credentials_file);
  const auto unreadable = [&](const base::Error& error) {
    return base::fail(base::Errc::refused, fmt::format("{} cannot be read: {}.", origin, error.message));
  };
  const auto file = posix_file_system().open(location.credentials_file, OpenMode::read);
  if (!file) return unreadable(file.error());
  base::Bytes bytes(max_file_size + 1);
  const auto read = file->read_at(0, bytes);
  if (!read) return unreadable(read.error());
  if (*read > max_file_size)
    return base::fail(base::Errc::refused, fmt::format("{} is longer than 64 KiB: it is not one of keys.", origin));
  return parse_credentials(base::as_text(base::ByteView(bytes).first(*read)), location.profile, origin);
}
}  // namespace

base::Result<Credentials> parse_credentials(std::string_view text, const std::string& profile,
                                            const std::string& origin) {
  Credentials credentials;
  std::string section = "default";
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      section = trimmed(line.substr(1, line.size() - 2));
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)  // not shown: it may be a key
      return base::fail(base::Errc::invalid,
                        fmt::format("{} has a line {} that is neither a [profile] nor NAME = VALUE.", origin, number));
    if (section != profile) continue;
    // Others, like region, belong to other programs.
    if (std::string* member = member_named(credentials, trimmed(line.substr(0, equals))))
      *member = trimmed(line.substr(equals + 1));
  }
  if (credentials.access_key.empty() && credentials.secret_key.empty())
    return base::fail(base::Errc::refused,
                      fmt::format("{} has no keys for the profile '{}': it needs access_key = … and secret_key = ….",
                                  origin, base::printable(base::as_bytes(profile))));
  return checked(std::move(credentials), origin);
}

base::Result<Credentials> find_credentials(const Location& location,
                                           const std::function<const char*(const char*)>& environment) {
  if (!location.credentials_file.empty()) return read_file(location);
  struct Names {
    const char* access_key;
    const char* secret_key;
    const char* session_token;
  };
  constexpr std::array<Names, 2> known{{{"DUALCAMD_S3_ACCESS_KEY", "DUALCAMD_S3_SECRET", "DUALCAMD_S3_SESSION_TOKEN"},
                                        {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}}};
  const auto value = [&](const char* name) {
    const char* text = environment(name);
    return std::string(text == nullptr ? "" : text);
  };
  for (const Names& names : known) {
    Credentials found{value(names.access_key), value(names.secret_key), value(names.session_token)};
    if (!found.access_key.empty() || !found.secret_key.empty())
      return checked(std::move(found), fmt::format("The environment ({}, {})", names.access_key, names.secret_key));
  }
  return base::fail(base::Errc::refused,
                    fmt::format("There are no credentials for {}: set DUALCAMD_S3_ACCESS_KEY and DUALCAMD_S3_SECRET, "
                                "or add credentials=FILE to the URL.",
                                location.describe()));
}

}  // namespace storage::s3
