#include "tools/mavlink/tally.hpp"

#include <fmt/format.h>

#include "server/base/json.hpp"

namespace mavlink::tool {

double Tally::Component::loss() const noexcept {
  const std::uint64_t sent = frames + lost;
  return sent == 0 ? 0 : 100.0 * static_cast<double>(lost) / static_cast<double>(sent);
}

// A number behind the expected one is a copy, out of order, or of a component that began anew: nothing was lost then.
std::uint64_t Tally::gap(const Heard& heard) {
  constexpr std::uint8_t half = 0x80;
  const std::uint8_t sequence = heard.frame.sequence;
  const auto after = static_cast<std::uint8_t>(sequence + 1);
  const auto [next, is_new] = next_.try_emplace({heard.peer.number, heard.frame.from}, after);
  if (is_new) return 0;
  const auto missed = static_cast<std::uint8_t>(sequence - next->second);
  next->second = after;
  return missed < half ? missed : 0;
}

void Tally::add(const Heard& heard, base::UtcTime at) {
  Component& component = components_[heard.frame.from];
  ++component.frames;
  component.lost += gap(heard);
  if (!heard.trusted()) ++component.untrusted;
  if (heard.frame.message_id == Heartbeat::info.id && heard.trusted()) component.last_heartbeat = at;
}

void Tally::add(const Refused& refused) {
  ++refused_.at(static_cast<std::size_t>(refused.fault));
}

void Tally::gone(std::uint32_t peer) {
  std::erase_if(next_, [&](const auto& each) { return each.first.first == peer; });
}

std::string Tally::as_text() const {
  if (components_.empty()) return "Nobody was heard.\n";
  std::string text = fmt::format("{:<9}  {:>8}  {:>8}  {:>7}  last heartbeat\n", "component", "frames", "lost", "loss");
  for (const auto& [address, component] : components_) {
    text += fmt::format("{:<9}  {:>8}  {:>8}  {:>5.1f} %  {}", fmt::format("{}/{}", address.system, address.component),
                        component.frames, component.lost, component.loss(),
                        component.last_heartbeat ? base::to_iso8601(*component.last_heartbeat) : "none");
    if (component.untrusted > 0) text += fmt::format("  {} without a good signature", component.untrusted);
    text += '\n';
  }
  for (std::size_t fault = 0; fault < refused_.size(); ++fault)
    if (refused_.at(fault) > 0)
      text += fmt::format("refused: {} ({})\n", to_string(static_cast<FrameFault>(fault)), refused_.at(fault));
  return text;
}

std::string Tally::as_json() const {
  base::JsonWriter json;
  json.begin_object();
  json.key("summary");
  json.begin_object();
  json.key("components");
  json.begin_array();
  for (const auto& [address, component] : components_) {
    json.begin_object();
    json.member("system", address.system);
    json.member("component", address.component);
    json.member("frames", component.frames);
    json.member("lost", component.lost);
    json.member("loss_percent", component.loss());
    json.member("without_good_signature", component.untrusted);
    json.member("last_heartbeat", component.last_heartbeat);
    json.end_object();
  }
  json.end_array();
  json.key("refused");
  json.begin_array();
  for (std::size_t fault = 0; fault < refused_.size(); ++fault) {
    if (refused_.at(fault) == 0) continue;
    json.begin_object();
    json.member("reason", to_string(static_cast<FrameFault>(fault)));
    json.member("count", refused_.at(fault));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.end_object();
  return std::move(json).take();
}

}  // namespace mavlink::tool
