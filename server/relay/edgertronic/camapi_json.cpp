// CAMAPI's answers; the only file here that sees the JSON library.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/relay/edgertronic/camapi.hpp"

namespace edgertronic {

namespace {
using Json = nlohmann::json;
constexpr int max_depth = 16;  // a status has two levels

// Whether brackets within `body` nest too deep, those within strings aside.
bool nests_too_deep(std::string_view body) noexcept {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    const char c = body[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::unexpected<base::Error> not_a(std::string_view what, std::string_view body) {
  return base::fail(base::Errc::invalid, fmt::format("The camera answered no {}, but \"{}\".", what,
                                                     base::printable(base::as_bytes(body), 80)));
}

base::Result<Json> parse(std::string_view what, std::string_view body) {
  if (body.size() > max_answer_size)
    return base::fail(base::Errc::exhausted, fmt::format("The camera's answer has {} bytes, and {} are the most.",
                                                         body.size(), max_answer_size));
  if (nests_too_deep(body)) return not_a(what, body);
  Json document = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return not_a(what, body);
  return document;
}

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

// A whole number, be it written as 3, 3.0 or "3".
std::optional<std::int64_t> whole(const Json& value) {
  constexpr double most = 9e15;  // doubles are exact up to here
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const double number = value.get<double>();
  if (!(std::fabs(number) <= most) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<double> number(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const double result = value.get<double>();
  return std::isfinite(result) ? std::optional(result) : std::nullopt;
}

// Software versions spell these members differently ("fpga_temp", "fpga_temperature").
std::optional<double> temperature(const Json& status, std::string_view of) {
  for (const auto& [name, value] : status.items())
    if (name.contains(of) && name.contains("temp")) return number(value);
  return std::nullopt;
}

// A number, or a list of which the length counts.
std::optional<std::int64_t> count(const Json& value) {
  return value.is_array() ? std::optional(static_cast<std::int64_t>(value.size())) : whole(value);
}

State state_of(std::int64_t number) noexcept {
  constexpr auto last = static_cast<std::int64_t>(State::selective_saving);
  return number >= 1 && number <= last ? static_cast<State>(number) : State::unknown;
}
}  // namespace

base::Result<CameraStatus> parse_status(std::string_view body) {
  const auto document = parse("status", body);
  if (!document) return std::unexpected(document.error());
  if (!document->is_object()) return not_a("status", body);
  const auto state = whole(member(*document, "state"));
  if (!state) return not_a("status with a state", body);
  CameraStatus status;
  status.state_number = *state;
  status.state = state_of(*state);
  status.level = whole(member(*document, "level")).value_or(0);
  status.flags = static_cast<std::uint32_t>(whole(member(*document, "flags")).value_or(0) & 0xffffffff);
  status.available_space = number(member(*document, "available_space"));
  status.sensor_celsius = temperature(*document, "sensor");
  status.fpga_celsius = temperature(*document, "fpga");
  status.active_buffer = whole(member(*document, "active_buffer"));
  status.captured_buffers = count(member(*document, "captured_buffers"));
  return status;
}

base::Result<CallResult> parse_call_result(std::string_view body) {
  const auto document = parse("result", body);
  if (!document) return std::unexpected(document.error());
  const auto number = whole(*document);
  constexpr auto last = static_cast<std::int64_t>(CallResult::invalid_parameter);
  if (!number || *number < 1 || *number > last) return not_a("result (a number from 1 to 5)", body);
  return static_cast<CallResult>(*number);
}

base::Result<std::string> parse_last_file(std::string_view body) {
  const auto document = parse("file name", body);
  if (!document) return std::unexpected(document.error());
  if (document->is_null()) return std::string();  // none yet
  if (!document->is_string()) return not_a("file name", body);
  return document->get<std::string>();
}

base::Result<std::optional<MulticastSettings>> parse_multicast_answer(std::string_view body) {
  const auto document = parse("multicast configuration", body);
  if (!document) return std::unexpected(document.error());
  if (document->is_null()) return std::nullopt;
  if (!document->is_object()) return not_a("multicast configuration", body);
  const Json& address = member(*document, "address");
  const auto port = whole(member(*document, "port"));
  const auto payload = whole(member(*document, "payload"));
  if (!address.is_string() || !port || *port < 1 || *port > 0xffff || !payload || *payload < 0 || *payload > 0xffffffff)
    return not_a("multicast configuration", body);
  MulticastSettings settings{address.get<std::string>(), static_cast<std::uint16_t>(*port),
                             static_cast<std::uint32_t>(*payload)};
  if (!is_multicast_address(settings.address)) return not_a("multicast configuration", body);
  return settings;
}

}  // namespace edgertronic
