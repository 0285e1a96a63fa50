#include "tests/campaign/captures/needless.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tests/campaign/captures/plan.hpp"

namespace tests::captures {

namespace {
using nlohmann::json;

// Between the server's clock for a command and the tracker's, on a loaded machine: the way there and back.
constexpr std::int64_t way_ms = 1'000;

using Key = std::pair<std::string, std::string>;  // IMEI and text

// The parts of which a command went out.
std::map<Key, std::uint64_t> parts_of(const json& requests) {
  std::map<Key, std::uint64_t> parts;
  for (const json& request : requests)
    for (const json& part : request.at("parts"))
      if (part.at("attempts") > 0) ++parts[{request.at("imei"), part.at("command")}];
  return parts;
}

// Why the same command in `next_ms` is in order; empty: it is not.
std::string reason_of(const json& command, std::int64_t next_ms, const std::vector<std::int64_t>& kills) {
  const std::int64_t received = command.at("received_ms");
  const auto time_of = [&](const char* name) {
    return command.at(name).is_null() ? next_ms : command.at(name).get<std::int64_t>();
  };
  const bool answered = !command.at("answered_ms").is_null();
  const std::int64_t answered_at = time_of("answered_ms");
  const bool killed = std::ranges::any_of(
      kills, [&](std::int64_t at) { return at >= received - way_ms && at <= answered_at + way_ms; });
  if (command.at("fate") == "silent") return "the tracker was silent";
  if (answered && answered_at - received >= reply_timeout.count() - way_ms) return "the answer was late";
  if (killed) return "the server was killed meanwhile";
  if (!answered) return "the answer was lost with the link";
  if (time_of("link_ended_ms") <= answered_at + way_ms) return "the link ended behind the answer";
  if (next_ms - answered_at >= file_timeout.count() - way_ms) return "the file did not come";
  return {};
}

using Received = std::vector<const json*>;  // the same text, by one device, in order

void look_at(Commands& found, const Key& key, const Received& received, std::uint64_t parts,
             const std::vector<std::int64_t>& kills) {
  found.received += received.size();
  const std::uint64_t repeats = received.size() - std::min<std::uint64_t>(received.size(), parts);
  found.repeats += repeats;
  std::uint64_t reasoned = 0;
  for (std::size_t n = 0; n + 1 < received.size() && reasoned < repeats; ++n) {
    const std::string reason = reason_of(*received[n], received[n + 1]->at("received_ms"), kills);
    if (reason.empty()) continue;
    ++reasoned;
    ++found.reasons[reason];
  }
  if (reasoned == repeats) return;
  std::string history;
  for (const json* const command : received) history += "\n  " + command->dump();
  found.problems.push_back(fmt::format("{} was sent {} {} times for {} parts, and {} of them were needed again:{}",
                                       key.first, key.second, received.size(), parts, reasoned, history));
}
}  // namespace

Commands look_at_commands(const json& requests, const json& devices, const std::vector<std::int64_t>& kills) {
  const std::map<Key, std::uint64_t> parts = parts_of(requests);
  Commands found;
  for (const json& device : devices) {
    std::map<Key, Received> received;
    for (const json& command : device.at("commands"))
      received[{device.at("imei"), command.at("text")}].push_back(&command);
    for (const auto& [key, commands] : received) {
      const auto asking = parts.find(key);
      look_at(found, key, commands, asking == parts.end() ? 0 : asking->second, kills);
    }
  }
  return found;
}

}  // namespace tests::captures
