// What came in, for programs.
#include <fmt/format.h>

#include <cmath>
#include <concepts>

#include "server/base/json.hpp"
#include "server/relay/mavlink/wire/layout.hpp"
#include "tools/mavlink/frame_text.hpp"

namespace mavlink::tool {

namespace {
void write(base::JsonWriter& json, std::integral auto number) {
  json.value(number);
}

void write(base::JsonWriter& json, std::floating_point auto number) {
  if (std::isfinite(number))
    json.written(fmt::format("{}", number));  // 0.1 stays 0.1: as a double it would not
  else
    json.value(std::nullopt);
}

template <std::size_t N>
void write(base::JsonWriter& json, const Text<N>& text) {
  json.value(text.view());
}

template <class T, std::size_t N>
void write(base::JsonWriter& json, const std::array<T, N>& numbers) {
  json.begin_array();
  for (const T number : numbers) write(json, number);
  json.end_array();
}

void write_fields(base::JsonWriter& json, const Message& message) {
  json.key("fields");
  json.begin_object();
  std::visit(
      [&]<class M>(const M& of) {
        const auto write_one = [&](const auto& field) {
          json.key(field.name);
          write(json, of.*field.member);
        };
        std::apply([&](const auto&... field) { (write_one(field), ...); }, fields_of<M>);
      },
      message);
  json.end_object();
}

void write_signature(base::JsonWriter& json, const Heard& heard) {
  json.member("signed", heard.frame.is_signed);
  if (heard.signature)
    json.member("signature", heard.trusted() ? std::string_view("good") : to_string(*heard.signature));
}
}  // namespace

std::string as_json(const Heard& heard, base::UtcTime at, bool raw) {
  const Frame& frame = heard.frame;
  const auto about = known(frame.message_id);
  base::JsonWriter json;
  json.begin_object();
  json.member("at", at);
  json.member("peer", heard.address);
  json.member("system", frame.from.system);
  json.member("component", frame.from.component);
  json.member("sequence", frame.sequence);
  json.member("version", frame.version);
  write_signature(json, heard);
  json.member("crc_checked", frame.checked);
  json.member("id", frame.message_id);
  json.member("message", about ? std::optional(about->name) : std::nullopt);
  if (const auto message = decode(frame))
    write_fields(json, *message);
  else
    json.member("payload", base::to_hex(frame.payload));
  if (raw) json.member("raw", base::to_hex(frame.bytes));
  json.end_object();
  return std::move(json).take();
}

std::string as_json(const Refused& refused, base::UtcTime at, bool raw) {
  base::JsonWriter json;
  json.begin_object();
  json.member("at", at);
  json.member("peer", refused.address);
  json.member("refused", to_string(refused.fault));
  json.member("size", refused.bytes.size());
  if (raw) json.member("raw", base::to_hex(refused.bytes));
  json.end_object();
  return std::move(json).take();
}

}  // namespace mavlink::tool
