#include "server/http/body.hpp"

#include <fmt/format.h>

#include <limits>

#include <nlohmann/json.hpp>

#include "server/http/text.hpp"

namespace http {

namespace {
using nlohmann::json;

// Deep nesting would be recursion: nothing here has more levels than "around" in a capture.
constexpr int deepest = 3;
constexpr std::size_t most_fields = 100;  // of an event or a command; those that exist have a dozen

// Discarded where it is not JSON, or deeper.
json parse(std::string_view body) {
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= deepest; };
  return json::parse(body, shallow, false);
}

// Reads the members of an object one after the other. The first that is not what it should be is kept as the error;
// what is left at the end is one that nobody knows.
class Members {
 public:
  Members(const json& document, std::string where) : document_(document), where_(std::move(where)) {
    if (!document.is_object()) complain(fmt::format("The {} is a JSON object.", where_));
  }

  void read(std::string_view name, std::optional<std::string>& into) {
    take(name, "a text", [&](const json& value) {
      if (!value.is_string()) return false;
      into = value.get<std::string>();
      return true;
    });
  }
  void read(std::string_view name, std::optional<std::uint32_t>& into) {
    take(name, "a whole number, 0 or more", [&](const json& value) {
      if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
        return false;
      into = value.get<std::uint32_t>();
      return true;
    });
  }
  void read(std::string_view name, std::vector<std::string>& into) {
    take(name, "a list of texts", [&](const json& value) {
      if (!value.is_array()) return false;
      for (const json& each : value) {
        if (!each.is_string()) return false;
        into.push_back(each.get<std::string>());
      }
      return true;
    });
  }
  void read(std::string_view name, std::optional<bool>& into) {
    take(name, "true or false", [&](const json& value) {
      if (!value.is_boolean()) return false;
      into = value.get<bool>();
      return true;
    });
  }
  void read(std::string_view name, hub::Fields& into) {
    take(name, "an object of texts, numbers and flags", [&](const json& value) {
      if (!value.is_object() || value.size() > most_fields) return false;
      for (const auto& [field, content] : value.items()) {
        if (content.is_structured() || content.is_null()) return false;
        into.push_back({field, content.is_string() ? content.get<std::string>() : content.dump()});
      }
      return true;
    });
  }
  // The same where the member must be there.
  void require(std::string_view name, std::string& into) {
    std::optional<std::string> text;
    read(name, text);
    if (!text || text->empty()) complain(fmt::format("The {} needs the member {}, a text.", where_, name));
    into = text.value_or("");
  }
  const json* object(std::string_view name) {
    const json* found = nullptr;
    take(name, "an object", [&](const json& value) {
      found = &value;
      return value.is_object();
    });
    return found;
  }
  void complain(std::string sentence) {
    if (!error_) error_ = std::move(sentence);
  }
  base::Result<> end() const {
    if (!error_ && known_ < document_.size())
      return base::fail(base::Errc::invalid,
                        fmt::format("The {} has a member that is not known here; it may have: {}.", where_, names_));
    if (error_) return base::fail(base::Errc::invalid, *error_);
    return {};
  }

 private:
  template <class Read>
  void take(std::string_view name, std::string_view what, Read read) {
    names_ += names_.empty() ? std::string(name) : fmt::format(", {}", name);
    if (!document_.is_object()) return;
    const auto found = document_.find(name);
    if (found == document_.end()) return;
    ++known_;
    if (found->is_null()) return;
    if (!read(*found)) complain(fmt::format("The member {} of the {} is {}.", name, where_, what));
  }

  const json& document_;
  const std::string where_;
  std::string names_;
  std::size_t known_ = 0;
  std::optional<std::string> error_;
};

// `alone`: it has no endpoint, it comes from this API.
EventBody read_event(Members& members, bool alone) {
  EventBody result;
  std::optional<std::string> key;
  std::optional<std::uint32_t> hops;
  members.require("kind", result.kind);
  members.read("fields", result.fields);
  members.read("hops", hops);
  members.read("key", key);
  if (!alone) {
    std::optional<std::string> source;
    members.require("protocol", result.protocol);
    members.read("source", source);
    result.source = source.value_or("");
  }
  result.hops = hops.value_or(0);
  result.key = key.value_or("");
  return result;
}
}  // namespace

bool is_json(const Request& request) {
  const auto type = request.header("Content-Type");
  if (!type) return false;
  return equal_ignoring_case(trimmed(std::string_view(*type).substr(0, type->find(';'))), "application/json");
}

base::Result<std::string> text_member(std::string_view body, std::string_view name) {
  const json document = parse(body);
  std::optional<std::string> text;
  if (document.is_object())
    if (const auto found = document.find(name); found != document.end() && found->is_string())
      text = found->get<std::string>();
  if (text) return *std::move(text);
  return base::fail(base::Errc::invalid, fmt::format("The body of this request is {{\"{}\": \"…\"}} in JSON.", name));
}

base::Result<CaptureBody> capture_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of a capture request");
  CaptureBody result;
  std::optional<std::string> kind;
  members.read("kind", kind);
  members.read("cameras", result.cameras);
  members.read("at", result.at);
  members.read("duration_s", result.duration_s);
  members.read("resolution", result.resolution);
  members.read("channel", result.channel);
  members.read("deadline_s", result.deadline_s);
  members.read("before_s", result.before_s);
  members.read("after_s", result.after_s);
  const json* const around = members.object("around");
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  result.kind = kind.value_or("");
  if (around == nullptr) return result;

  Members inner(*around, "member around");
  inner.read("event", result.around_event);
  inner.read("time", result.around_time);
  if (const auto read = inner.end(); !read) return std::unexpected(read.error());
  if (result.around_event.has_value() == result.around_time.has_value())
    return base::fail(base::Errc::invalid,
                      "The member around is either {\"event\": \"the id of a device event\"} or {\"time\": \"…\"}.");
  return result;
}

base::Result<ReplyBody> reply_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of a reply");
  std::optional<std::string> text;
  ReplyBody result;
  members.read("text", text);
  members.read("part", result.part);
  if (!text) members.complain("The body of a reply is {\"text\": \"what the device answered\"} in JSON.");
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  result.text = *std::move(text);
  return result;
}

base::Result<RecordingBody> recording_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of this request");
  RecordingBody result;
  members.require("record", result.record);
  members.read("until", result.until);
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  return result;
}

base::Result<CommandBody> command_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of a command");
  CommandBody result;
  members.require("verb", result.verb);
  members.read("parameters", result.parameters);
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  return result;
}

base::Result<EventBody> event_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of an event");
  EventBody result = read_event(members, true);
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  return result;
}

base::Result<RehearsalBody> rehearsal_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of a dry run");
  RehearsalBody result;
  std::optional<std::string> protocol;
  std::optional<std::string> raw;
  std::optional<std::string> source;
  members.read("protocol", protocol);
  members.read("raw", raw);
  members.read("source", source);
  const json* const event = members.object("event");
  if ((event != nullptr) == (protocol || raw || source))
    members.complain("A dry run is of an event, {\"event\": {…}}, or of a datagram, {\"protocol\": …, \"raw\": hex}.");
  if (event == nullptr && !(protocol && raw)) members.complain("A datagram has the members protocol and raw.");
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  if (event != nullptr) {
    Members inner(*event, "member event");
    result.event = read_event(inner, false);
    if (const auto read = inner.end(); !read) return std::unexpected(read.error());
  }
  result.protocol = protocol.value_or("");
  result.raw = raw.value_or("");
  result.source = source.value_or("");
  return result;
}

base::Result<ArmBody> arm_body(std::string_view body) {
  const json document = parse(body);
  Members members(document, "body of a switch");
  ArmBody result;
  std::optional<bool> armed;
  members.read("armed", armed);
  members.read("for_s", result.for_s);
  members.read("until", result.until);
  if (!armed) members.complain("The body of a switch is {\"armed\": true or false} in JSON.");
  if (result.for_s && result.until) members.complain("A switch has for_s or until, not both.");
  if (const auto read = members.end(); !read) return std::unexpected(read.error());
  result.armed = *armed;
  return result;
}

}  // namespace http
