// Prints the datagrams of one protocol as they come, those that are refused with the reason: what a camera or a relay
// would make of them.
#include <fmt/format.h>

#include <asio/io_context.hpp>
#include <functional>

#include "server/base/clock.hpp"
#include "server/base/json.hpp"
#include "server/relay/edgertronic/multicast_conf.hpp"
#include "server/relay/shogun/decode.hpp"
#include "tools/trigger/direct.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
using base::Errc;
using net::relay::Datagram;
using net::relay::UdpOptions;

constexpr std::size_t longest_shown = 200;  // of a name, or of a datagram that is refused

// What became of a datagram, in words: of one that is refused its reason.
struct Reading {
  bool good = false;
  std::string kind;  // of a refused one the code of the reason
  std::string words;
};
using Reader = std::function<Reading(base::ByteView datagram)>;

std::string shown(std::string_view text) {
  return base::printable(base::as_bytes(text), longest_shown);
}

Reading read_edgertronic(base::ByteView datagram, std::uint32_t payload) {
  const auto trigger = edgertronic::decode(datagram, payload);
  if (!trigger)
    return {.kind = std::string(edgertronic::to_string(trigger.error())),
            .words = std::string(edgertronic::sentence(trigger.error()))};
  return {.good = true,
          .kind = "trigger",
          .words = trigger->name ? fmt::format("name \"{}\"", shown(*trigger->name)) : std::string("no name")};
}

std::string words_of(const shogun::Notification& note) {
  std::string words = fmt::format("name \"{}\"", shown(note.name));
  const auto add = [&words](std::string_view what, std::string_view text) {
    if (!text.empty()) words += fmt::format(", {} \"{}\"", what, shown(text));
  };
  add("path", note.database_path);
  add("notes", note.notes.value_or(""));
  add("description", note.description.value_or(""));
  add("session", note.session_name);
  add("host", note.host_name);
  if (note.delay.count() > 0) words += fmt::format(", in {} ms", note.delay.count());
  if (note.result != shogun::Result::unknown) words += fmt::format(", {}", shogun::to_string(note.result));
  if (note.timecode) words += fmt::format(", {}", shogun::to_words(*note.timecode));
  if (note.duration) words += fmt::format(", {}", shogun::to_words(*note.duration));
  if (note.packet_id) words += fmt::format(", packet {}", *note.packet_id);
  words += fmt::format(", as {} writes it", shogun::product(note.recognised));
  if (note.tolerated != 0) words += fmt::format("; tolerated: {}", shogun::tolerated_in_words(note.tolerated));
  return words;
}

Reading read_shogun(base::ByteView datagram, shogun::Flavour flavour) {
  const auto note = shogun::decode(datagram, flavour);
  if (!note)
    return {.kind = std::string(shogun::to_string(note.error())), .words = std::string(shogun::sentence(note.error()))};
  return {.good = true, .kind = std::string(shogun::to_string(note->kind)), .words = words_of(*note)};
}

base::Result<Reader> reader_of(const ListenOptions& options) {
  if (options.protocol == "edgertronic") {
    const auto payload = parse_payload(options.payload);
    if (!payload) return std::unexpected(payload.error());
    return [payload = *payload](base::ByteView datagram) { return read_edgertronic(datagram, payload); };
  }
  const auto flavour = shogun::parse_flavour(options.flavour);
  if (options.protocol != "shogun" || !flavour)
    return base::fail(Errc::invalid, fmt::format("Nothing is known of datagrams of \"{}\" in the form of \"{}\".",
                                                 options.protocol, options.flavour));
  return [flavour = *flavour](base::ByteView datagram) { return read_shogun(datagram, flavour); };
}

UdpOptions endpoint_of(const ListenOptions& options) {
  const bool cameras = options.protocol == "edgertronic";
  const auto flavour = shogun::parse_flavour(options.flavour).value_or(shogun::Flavour::vicon);
  UdpOptions endpoint{.name = "dualcam trigger listen",
                      .port = options.port.value_or(cameras ? edgertronic::default_port : shogun::port_of(flavour)),
                      .interfaces = options.interfaces,
                      .loopback = true,
                      .shares_port = true};
  const std::string address = !options.address.empty() ? options.address
                              : cameras                ? std::string(edgertronic::default_group)
                                                       : endpoint.address;
  if (edgertronic::is_multicast_address(address))
    endpoint.groups.push_back(address);
  else
    endpoint.address = address;
  return endpoint;
}

void print_text(const Datagram& datagram, const Reading& reading) {
  fmt::print("{}  {}  {}{}  {}\n", base::to_iso8601(base::utc_now()), datagram.peer,
             reading.good ? "" : "refused: ", reading.kind, reading.words);
  if (!reading.good && !datagram.bytes.empty()) fmt::print("    {}\n", base::printable(datagram.bytes, longest_shown));
}

void print_json(const Datagram& datagram, const Reading& reading) {
  base::JsonWriter json;
  json.begin_object();
  json.member("at", base::utc_now());
  json.member("peer", datagram.peer);
  json.member("taken", reading.good);
  json.member(reading.good ? "kind" : "refusal", std::string_view(reading.kind));
  json.member("words", std::string_view(reading.words));
  json.member("raw", base::to_hex(datagram.bytes));
  json.end_object();
  fmt::print("{}\n", std::move(json).take());
}
}  // namespace

Outcome run_listen(const ListenOptions& options) {
  const auto reader = reader_of(options);
  if (!reader) return complain(reader.error());
  std::optional<std::chrono::milliseconds> length;
  if (!options.length.empty()) {
    const auto parsed = parse_length(options.length);
    if (!parsed) return complain(parsed.error());
    length = *parsed;
  }
  asio::io_context context;
  const auto endpoint = net::relay::UdpEndpoint::open(context, endpoint_of(options));
  if (!endpoint) return complain(endpoint.error());
  std::uint64_t left = options.count;
  (*endpoint)->start([&](const Datagram& datagram) {
    (options.json ? print_json : print_text)(datagram, (*reader)(datagram.bytes));
    std::fflush(stdout);  // somebody may read this through a pipe
    if (options.count != 0 && --left == 0) context.stop();
  });
  if (length)
    context.run_for(*length);
  else
    context.run();
  return Outcome::good;
}

}  // namespace trigger
