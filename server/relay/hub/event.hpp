// What the hub hears of, in words that every protocol shares. The hub knows no wire: codecs make events of datagrams,
// drivers make datagrams of commands.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/now.hpp"

namespace hub {

enum class Protocol : std::uint8_t { edgertronic, shogun, trendnet, dualcam, mavlink, webhook, api };
std::string_view to_string(Protocol protocol) noexcept;
std::optional<Protocol> parse_protocol(std::string_view text) noexcept;

using base::Now;

struct Field {
  std::string name;   // lower case words with underscores: "name", "packet_id"
  std::string value;  // as text; numbers in decimal
  bool operator==(const Field&) const = default;
};
using Fields = std::vector<Field>;
// The first of that name; nothing: there is none.
const std::string* find(const Fields& fields, std::string_view name) noexcept;

// What a take is known by on the wire, and what the event is to it.
struct TakeMark {
  enum class Phase : std::uint8_t { begins, ends, complete };
  Phase phase = Phase::begins;
  std::string key;   // the same for all events of one take of one endpoint
  std::string name;  // for people
  // Why it fits no take ("stop without a start"); empty: it does.
  std::string orphan;
  std::string result;  // of an end: "SUCCESS"
};

struct Event {
  base::Uuid id;  // of its audit row
  Protocol protocol = Protocol::api;
  std::string source;  // the endpoint that heard it, by its name
  std::string kind;    // a word of the protocol: "trigger", "start", "sos"
  Fields fields;
  Now received;
  // It happens so much after it was received: Shogun's Delay. Never negative.
  std::chrono::milliseconds lead{0};
  // What makes two copies of it the same, whatever way they came: no address in it. Empty: it is never a copy.
  std::string key;
  // How long such a copy is one; nothing: HubOptions::duplicate_window. Short where keys are contents, which come
  // again.
  std::optional<std::chrono::milliseconds> copy_window;
  std::uint32_t hops = 0;  // through how many relays it has come already
  std::optional<TakeMark> take;
  std::string peer;  // address:port
  base::Bytes raw;
};

}  // namespace hub
