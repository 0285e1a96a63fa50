#include "tools/explain/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace explain {

namespace {
constexpr std::size_t shown_bytes = 8;  // of a field, in text
constexpr std::size_t hex_column = 3 * shown_bytes + 1;

std::string_view to_string(From from) {
  switch (from) {
    case From::device: return "device";
    case From::server: return "server";
    case From::either: return "unknown";
  }
  return "";
}

std::string_view arrow(From from) {
  switch (from) {
    case From::device: return "device → server";
    case From::server: return "server → device";
    case From::either: return "               ";
  }
  return "";
}

std::string spaced_hex(base::ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), shown_bytes))) out += fmt::format("{:02x} ", byte);
  if (bytes.size() > shown_bytes) out += "…";
  return out;
}

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

void field_as_text(std::string& out, const Field& field, base::ByteView bytes) {
  // Padding by hand: the ellipsis is one column and three bytes.
  std::string hex = spaced_hex(bytes.subspan(field.offset, field.size));
  const std::size_t columns = hex.size() - (field.size > shown_bytes ? 2 : 0);
  hex.append(columns < hex_column ? hex_column - columns : 0, ' ');
  std::string text = field.value;
  if (!field.meaning.empty()) text += text.empty() ? field.meaning : "  " + field.meaning;
  out += fmt::format("  {:06x}  {}  {:<10} {}\n", field.offset, hex, field.name, text);
  for (const std::string& detail : field.details)
    out += fmt::format("{:>{}}  {:<10} {}\n", "", 10 + hex_column, "", detail);
}

nlohmann::json field_as_json(const Field& field, base::ByteView bytes) {
  nlohmann::json json{{"offset", field.offset},
                      {"size", field.size},
                      {"hex", base::to_hex(bytes.subspan(field.offset, field.size))},
                      {"name", field.name},
                      {"value", field.value}};
  if (!field.meaning.empty()) json["meaning"] = field.meaning;
  if (!field.details.empty()) json["details"] = field.details;
  return json;
}
}  // namespace

std::string as_text(const Report& report, bool colour) {
  const Paint paint{colour};
  std::string out;
  for (const Item& item : report.items) {
    out += fmt::format("{}  {}  {}\n", paint("2", fmt::format("{:06x}", item.offset)), paint("2", arrow(item.from)),
                       paint(item.problems.empty() ? "1" : "1;31", item.title));
    for (const Field& field : item.fields) field_as_text(out, field, report.bytes);
    for (const std::string& note : item.notes) out += "  " + note + "\n";
    for (const std::string& problem : item.problems) out += "  " + paint("31", "! " + problem) + "\n";
    out += "\n";
  }
  return out + report.summary + "\n";
}

std::string as_json(const Report& report) {
  nlohmann::json items = nlohmann::json::array();
  for (const Item& item : report.items) {
    nlohmann::json fields = nlohmann::json::array();
    for (const Field& field : item.fields) fields.push_back(field_as_json(field, report.bytes));
    items.push_back({{"offset", item.offset},
                     {"size", item.size},
                     {"from", to_string(item.from)},
                     {"title", item.title},
                     {"fields", std::move(fields)},
                     {"notes", item.notes},
                     {"problems", item.problems}});
  }
  const nlohmann::json document{{"bytes", report.bytes.size()},
                                {"sound", report.sound()},
                                {"summary", report.summary},
                                {"items", std::move(items)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace explain
