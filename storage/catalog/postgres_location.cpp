#include "storage/catalog/postgres_location.hpp"

#include <libpq-fe.h>

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace storage::postgres {

namespace {
constexpr std::array<std::string_view, 2> schemes{"postgresql://", "postgres://"};

struct Free {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
  void operator()(char* text) const noexcept { PQfreemem(text); }
};
using Options = std::unique_ptr<PQconninfoOption, Free>;

// What libpq says is wrong, without the piece of the URL it quotes behind the last colon: that may be the password.
std::string without_quotation(std::string_view message) {
  const auto quoted = message.rfind(": \"");
  if (quoted != std::string_view::npos) message = message.substr(0, quoted);
  while (message.ends_with('\n')) message.remove_suffix(1);
  return message.find('@') == std::string_view::npos ? std::string(message) : "it cannot be taken apart";
}

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string value_of(const PQconninfoOption* options, std::string_view name) {
  for (; options->keyword != nullptr; ++options)
    if (options->keyword == name && options->val != nullptr) return options->val;
  return {};
}

std::string describe_target(const PQconninfoOption* options) {
  const std::string user = value_of(options, "user");
  std::string port = value_of(options, "port");
  if (port.find_first_not_of(',') == std::string::npos) port.clear();  // of several hosts, none has one
  return fmt::format("postgresql://{}{}{}{}{}{}/{}", user, user.empty() ? "" : "@", value_of(options, "host"),
                     value_of(options, "hostaddr"), port.empty() ? "" : ":", port, value_of(options, "dbname"));
}
}  // namespace

bool Location::is_meant_by(std::string_view url) {
  for (const auto scheme : schemes)
    if (url.starts_with(scheme)) return true;
  return false;
}

base::Result<Location> Location::parse(std::string_view url) {
  char* raw_message = nullptr;
  const Options options(PQconninfoParse(std::string(url).c_str(), &raw_message));
  const std::unique_ptr<char, Free> message(raw_message);
  if (!options || url.find('\0') != std::string_view::npos)
    return base::fail(base::Errc::invalid,
                      fmt::format("the catalog's URL is not one of PostgreSQL ({}): give "
                                  "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with other characters than letters "
                                  "and digits written as %XX",
                                  message ? without_quotation(message.get()) : "no memory"));
  Location location;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) location.parameters_ += fmt::format("{}={} ", option->keyword, quoted(option->val));
  location.description_ = describe_target(options.get());
  return location;
}

// A parameter that comes twice has its last value: what was given stands behind our own.
std::string Location::connection_string() const {
  // Keepalives and the user timeout find out within seconds that a host is gone. A server that only reads, a standby,
  // is of no use: among several hosts the primary is looked for.
  return fmt::format(
      "application_name=dualcamd target_session_attrs=read-write connect_timeout={} keepalives_idle=5 "
      "keepalives_interval=2 keepalives_count=3 tcp_user_timeout={} {}",
      patience.connect.count(), (patience.statement + patience.silence).count(), parameters_);
}

}  // namespace storage::postgres
