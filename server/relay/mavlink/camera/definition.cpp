#include "server/relay/mavlink/camera/definition.hpp"

#include <fmt/format.h>

#include <string_view>

#include "server/base/utf8.hpp"

namespace mavlink::camera {

namespace {
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : base::without_controls(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string written(const ParameterValue& value) {
  return std::visit(
      []<class T>(const T& content) -> std::string {
        if constexpr (std::is_same_v<T, std::string>)
          return escaped(content);
        else
          return fmt::format("{}", content);
      },
      value);
}

void add_attribute(std::string& out, std::string_view name, const std::optional<double>& number) {
  if (number) out += fmt::format(" {}=\"{}\"", name, *number);
}

void add_parameter(std::string& out, const Parameter& parameter) {
  out += fmt::format("    <parameter name=\"{}\" type=\"{}\" default=\"{}\"", escaped(parameter.id),
                     type_name(parameter.type), written(parameter.value));
  if (parameter.read_only) out += " readonly=\"1\"";
  add_attribute(out, "min", parameter.min);
  add_attribute(out, "max", parameter.max);
  add_attribute(out, "step", parameter.step);
  // The description is what the control is labelled with: it is never empty.
  out += fmt::format(">\n      <description>{}</description>\n",
                     escaped(parameter.description.empty() ? parameter.id : parameter.description));
  if (!parameter.options.empty()) {
    out += "      <options>\n";
    for (const auto& option : parameter.options)
      out += fmt::format("        <option name=\"{}\" value=\"{}\"/>\n", escaped(option.name), written(option.value));
    out += "      </options>\n";
  }
  out += "    </parameter>\n";
}

std::string with_version(const Description& description, std::uint16_t version) {
  auto out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mavlinkcamera>\n  <definition version=\"{}\">\n"
      "    <model>{}</model>\n    <vendor>{}</vendor>\n  </definition>\n",
      version, escaped(description.model), escaped(description.vendor));
  if (!description.parameters.empty()) {
    out += "  <parameters>\n";
    for (const auto& parameter : description.parameters) add_parameter(out, parameter);
    out += "  </parameters>\n";
  }
  return out + "</mavlinkcamera>\n";
}
}  // namespace

std::string definition_xml(const Description& description) {
  return with_version(description, definition_version(description));
}

std::uint16_t definition_version(const Description& description) {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char c : with_version(description, 0)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3;
  }
  const auto folded = static_cast<std::uint16_t>(hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48);
  return folded == 0 ? std::uint16_t{1} : folded;
}

}  // namespace mavlink::camera
