// Commands as the catalog keeps them.
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "server/base/json.hpp"
#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/json_reader.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

namespace {
using std::chrono::milliseconds;
constexpr std::size_t longest_word = 1000;  // we have written it: names are far shorter
constexpr milliseconds longest_wait{std::chrono::hours{24 * 1000}};
constexpr std::uint32_t any_number = std::numeric_limits<std::uint32_t>::max();

// What a command and a step to come have in common.
template <class Piece>
void write_piece(base::JsonWriter& json, const Piece& piece) {
  json.member("target", piece.target);
  json.member("protocol", to_string(piece.protocol));
  json.member("verb", piece.verb);
  json.key("parameters");
  json.begin_object();
  for (const Field& field : piece.parameters) json.member(field.name, field.value);
  json.end_object();
  json.member("patience_ms", piece.patience.count());
  json.member("step", piece.step);
  json.member("always", piece.always);
  if (!piece.fault.empty()) json.member("fault", piece.fault);
}

void read_milliseconds(JsonReader& reader, std::string_view name, milliseconds& length) {
  const Json* json = reader.take(name);
  if (json == nullptr) return;
  if (json->number() == nullptr || *json->number() < 0 || *json->number() > longest_wait.count())
    return reader.fault(fmt::format("{} is no number of milliseconds", name));
  length = milliseconds{*json->number()};
}

void read_time(JsonReader& reader, std::string_view name, base::UtcTime& time) {
  std::string text;
  reader.text(name, text, longest_word);
  const auto parsed = base::parse_iso8601(text);
  if (!parsed) return reader.fault(fmt::format("{} is no time", name));
  time = *parsed;
}

base::Uuid read_id(JsonReader& reader, std::string_view name) {
  std::string text;
  reader.text(name, text, longest_word);
  if (text.empty()) return {};
  const auto id = base::Uuid::parse(text);
  if (!id) reader.fault(fmt::format("{} is no id", name));
  return id.value_or(base::Uuid{});
}

template <class Piece>
void read_piece(JsonReader& reader, Piece& piece) {
  reader.text("target", piece.target, longest_word);
  reader.text("verb", piece.verb, longest_word);
  std::string protocol;
  reader.text("protocol", protocol, longest_word);
  if (const auto known = parse_protocol(protocol))
    piece.protocol = *known;
  else
    reader.fault("protocol is none");
  const Json* parameters = reader.take("parameters");
  if (parameters == nullptr || parameters->object() == nullptr) return reader.fault("parameters is no object");
  for (const auto& [name, value] : *parameters->object())
    if (const std::string* text = value.text())
      piece.parameters.push_back({name, *text});
    else
      reader.fault("a parameter is no text");
  read_milliseconds(reader, "patience_ms", piece.patience);
  reader.number("step", piece.step, 0, any_number);
  reader.flag("always", piece.always);
  reader.text("fault", piece.fault, 2 * longest_value);
}

void read_rest(JsonReader& reader, std::vector<NextStep>& rest, Faults& faults) {
  const Json* json = reader.take("rest");
  if (json == nullptr) return;
  if (json->array() == nullptr || json->array()->size() > most_steps_of_a_rule)
    return reader.fault("rest is no array of steps");
  for (const Json& element : *json->array()) {
    if (element.object() == nullptr) return reader.fault("a step of rest is no object");
    JsonReader step(*element.object(), fmt::format("rest[{}]", rest.size()), faults);
    rest.emplace_back();
    read_piece(step, rest.back());
    read_milliseconds(step, "delay_ms", rest.back().delay);
  }
}
}  // namespace

std::string to_json(const Command& command) {
  base::JsonWriter json;
  json.begin_object();
  json.member("id", command.id.str());
  json.member("rule", command.rule);
  write_piece(json, command);
  if (!command.event.is_nil()) json.member("event", command.event.str());
  if (!command.take.is_nil()) json.member("take", command.take.str());
  json.member("source", command.source);
  json.member("hops", command.hops);
  json.member("due_at", command.due.utc);
  json.member("event_at", command.event_at);
  json.member("action", command.action);
  json.member("expiry_ms", command.expiry.count());
  json.member("go_on", command.on_failure == OnFailure::go_on);
  if (command.fired) json.member("fired_at", *command.fired);
  json.key("rest");
  json.begin_array();
  for (const NextStep& next : command.rest) {
    json.begin_object();
    write_piece(json, next);
    json.member("delay_ms", next.delay.count());
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

base::Result<Command> parse_command(std::string_view text) {
  const auto document = parse_json(text);
  if (!document)
    return base::fail(base::Errc::corrupt, "A command that was kept cannot be read: " + document.error().message);
  if (document->object() == nullptr)
    return base::fail(base::Errc::corrupt, "A command that was kept is no JSON object.");
  Faults faults;
  JsonReader reader(*document->object(), "A command that was kept", faults);
  Command command;
  command.id = read_id(reader, "id");
  if (command.id.is_nil()) reader.fault("it has no id");
  reader.text("rule", command.rule, longest_word);
  read_piece(reader, command);
  command.event = read_id(reader, "event");
  command.take = read_id(reader, "take");
  reader.text("source", command.source, longest_word);
  reader.number("hops", command.hops, 0, any_number);
  read_time(reader, "due_at", command.due.utc);
  read_time(reader, "event_at", command.event_at);
  reader.number("action", command.action, 0, any_number);
  read_milliseconds(reader, "expiry_ms", command.expiry);
  bool go_on = false;
  reader.flag("go_on", go_on);
  command.on_failure = go_on ? OnFailure::go_on : OnFailure::stop;
  if (document->member("fired_at") != nullptr) read_time(reader, "fired_at", command.fired.emplace());
  read_rest(reader, command.rest, faults);
  if (auto result = faults.result(); !result) return base::fail(base::Errc::corrupt, std::move(result.error().message));
  return command;
}

}  // namespace hub
