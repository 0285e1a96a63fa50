#include "tools/trigger/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/base/bytes.hpp"
#include "server/base/json.hpp"
#include "tools/http/taken.hpp"

namespace trigger {

namespace {
using http::harmless;
using nlohmann::json;

constexpr std::size_t longest_words = 400;                // of an event that is no JSON
constexpr std::size_t longest_value = 80;                 // of a field
constexpr std::size_t clock_begin = 11, clock_size = 12;  // of 2026-11-21T20:54:01.123Z

// Of a member, to be shown; one that is null or missing is empty.
std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return harmless(found->is_string() ? found->get<std::string>() : found->dump());
}

// nlohmann's exceptions end here.
template <class Read>
auto read(std::string_view body, Read reader) -> base::Result<decltype(reader(json()))> {
  try {
    return reader(json::parse(body));
  } catch (const json::exception& error) {
    return base::fail(base::Errc::invalid,
                      fmt::format("The server's answer is not what its API promises: {}.", error.what()));
  }
}

std::string clock_of(const json& object, const char* name) {
  const std::string time = text(object, name);
  return time.size() > clock_begin ? time.substr(clock_begin, clock_size) : time;
}

std::string fields_of(const json& object) {
  std::string words;
  for (const auto& [name, value] : object.items()) {
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    words += fmt::format(" {}={}", name, base::printable(base::as_bytes(shown), longest_value));
  }
  return words;
}

std::string row_line(const json& row) {
  const bool incoming = row.at("incoming").get<bool>();
  const std::string endpoint = text(row, "endpoint"), rule = text(row, "rule"), reason = text(row, "reason");
  std::string line = fmt::format("{}  {:5}  {:12}  {:14}  {}{}", clock_of(row, "at"), incoming ? "heard" : "done",
                                 text(row, "outcome"), endpoint.empty() ? text(row, "protocol") : endpoint,
                                 text(row, "kind"), fields_of(row.at("fields")));
  if (!rule.empty()) line += fmt::format("  (rule {})", rule);
  if (const auto latency = row.find("latency_us"); latency != row.end() && latency->is_number())
    line += fmt::format("  {:.1f} ms", latency->get<double>() / 1000);
  if (!reason.empty()) line += fmt::format("  {}", reason);
  return line;
}

// "12 s", "5 min", "3 h", "2 d"
std::string age_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return "never";
  constexpr double minute = 60, hour = 3600, day = 86'400;
  const double seconds = found->get<double>();
  if (seconds < 2 * minute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * hour) return fmt::format("{:.0f} min", seconds / minute);
  if (seconds < 2 * day) return fmt::format("{:.0f} h", seconds / hour);
  return fmt::format("{:.0f} d", seconds / day);
}

std::string camera_line(const json& camera) {
  const json result = camera.value("last_result", json());
  const std::string last =
      result.is_object() ? fmt::format("{} {}", text(result, "verb"), text(result, "outcome")) : std::string("-");
  return fmt::format("{:16}  {:11}  {:12}  {:>7}  {:>8}  {:20}  {}\n", text(camera, "name"), text(camera, "protocol"),
                     text(camera, "state"), age_of(camera, "since_s"), age_of(camera, "last_seen_s"), last,
                     text(camera, "reason"));
}

std::string arm_line(const json& arm) {
  const std::string scope = text(arm, "scope"), name = text(arm, "name"), until = text(arm, "until");
  std::string line = scope == "global" ? std::string("Everything") : fmt::format("{} {}", scope, name);
  line += arm.at("armed").get<bool>() ? " is armed" : " is disarmed";
  return line + (until.empty() ? std::string(".") : fmt::format(" until {}.", until));
}

std::string event_line(std::string_view topic, const json& object) {
  const auto shown = [&object](const char* name) { return text(object, name); };
  if (topic == "trigger") return row_line(object);
  if (topic == "arm") return "arm  " + arm_line(object);
  if (topic == "gap") return fmt::format("gap  {}", shown("reason"));
  if (topic == "camera") return fmt::format("camera  {}  {}  {}", shown("name"), shown("state"), shown("reason"));
  if (topic == "take")
    return fmt::format("take  {}  {}  {}  {}", shown("source"), shown("name"), shown("state"), shown("result"));
  if (topic == "capture")
    return fmt::format("capture  {}  {}  {}  {} {}%  {}", shown("id"), shown("imei"), shown("kind"), shown("state"),
                       shown("percent"), shown("reason"));
  if (topic == "media")
    return fmt::format("media  {}  {}  {} {}  {}", shown("id"), shown("imei"), shown("camera"), shown("kind"),
                       shown("captured_at"));
  return fmt::format("{}  {}", harmless(topic), harmless(object.dump()));
}

std::string rule_lines(const json& rule) {
  const std::string reason = text(rule, "reason");
  std::string lines =
      fmt::format("Rule {} {}\n", text(rule, "rule"),
                  rule.at("fires").get<bool>() ? std::string("fires:") : fmt::format("does not fire: {}", reason));
  for (const json& command : rule.at("commands"))
    lines += fmt::format("  {}  {} {}{}\n", clock_of(command, "due_at"), text(command, "target"), text(command, "verb"),
                         fields_of(command.at("parameters")));
  return lines;
}

std::string rules_of(const json& rules, std::string_view heading) {
  std::string lines = fmt::format("{}\n", heading);
  if (rules.empty()) lines += "  none\n";
  for (const json& rule : rules) {
    const std::string name = text(rule, "name");
    json rest = rule;
    rest.erase("name");
    lines += fmt::format("  {}  {}\n", name, rest.dump());
  }
  return lines;
}
}  // namespace

base::Result<std::string> id_in(std::string_view accepted) {
  return read(accepted, [](const json& object) { return object.at("id").get<std::string>(); });
}

base::Result<std::string> protocol_in(std::string_view camera) {
  return read(camera, [](const json& object) { return object.at("protocol").get<std::string>(); });
}

base::Result<Row> read_row(std::string_view row) {
  return read(row, [](const json& object) {
    return Row{.outcome = object.at("outcome").get<std::string>(), .line = row_line(object)};
  });
}

base::Result<std::string> log_in_words(std::string_view page) {
  return read(page, [](const json& object) {
    std::string lines;
    for (const json& row : object.at("items")) lines += row_line(row) + "\n";
    return lines.empty() ? std::string("Nothing was heard or done that fits.\n") : lines;
  });
}

base::Result<std::string> cameras_in_words(std::string_view list) {
  return read(list, [](const json& object) {
    std::string lines = fmt::format("{:16}  {:11}  {:12}  {:>7}  {:>8}  {:20}  {}\n", "NAME", "PROTOCOL", "STATE",
                                    "FOR", "SEEN", "LAST", "REASON");
    for (const json& camera : object.at("items")) lines += camera_line(camera);
    if (object.at("ready").get<bool>()) return lines + "All that can be fired are armed and ready.\n";
    for (const json& one : object.at("not_ready")) {
      const std::string name = text(one, "name");
      lines += fmt::format("Not ready{}{}: {}\n", name.empty() ? "" : ": ", name, text(one, "reason"));
    }
    return lines;
  });
}

base::Result<bool> all_ready(std::string_view list) {
  return read(list, [](const json& object) { return object.at("ready").get<bool>(); });
}

base::Result<std::string> arm_in_words(std::string_view arm) {
  return read(arm, [](const json& object) { return arm_line(object) + "\n"; });
}

base::Result<std::string> rehearsal_in_words(std::string_view rehearsal) {
  return read(rehearsal, [](const json& object) {
    std::string lines;
    if (const json& event = object.at("event"); event.is_object())
      lines = fmt::format("{} of {} {}:{}\n", text(event, "kind"), text(event, "protocol"), text(event, "source"),
                          fields_of(event.at("fields")));
    const std::string reason = text(object, "reason");
    lines += fmt::format("{}{}{}\n", text(object, "outcome"), reason.empty() ? "" : ": ", reason);
    for (const json& rule : object.at("rules")) lines += rule_lines(rule);
    if (object.at("rules").empty()) lines += "No rule matches.\n";
    return lines;
  });
}

base::Result<std::string> rules_in_words(std::string_view rules) {
  return read(rules, [](const json& object) {
    return rules_of(object.at("file_rules"), "Of the file:") +
           rules_of(object.at("rules"), fmt::format("Of the API, version {}:", text(object, "version")));
  });
}

std::string event_in_words(std::string_view topic, std::string_view data) {
  const auto words = read(data, [topic](const json& object) { return event_line(topic, object); });
  if (words) return *words + "\n";
  return fmt::format("{}  {}\n", base::printable(base::as_bytes(topic), longest_value),
                     base::printable(base::as_bytes(data), longest_words));
}

std::string event_in_json(std::string_view id, std::string_view topic, std::string_view data) {
  std::string one_line(data);
  std::ranges::replace(one_line, '\n', ' ');  // within JSON it can only be white space
  base::JsonWriter line;
  line.begin_object();
  line.member("id", id);
  line.member("topic", topic);
  line.key("data");
  if (json::accept(data))
    line.written(one_line);
  else
    line.value(data);
  line.end_object();
  return std::move(line).take() + "\n";
}

}  // namespace trigger
