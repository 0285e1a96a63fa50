#include "server/relay/mavlink/router/router.hpp"

#include <algorithm>

namespace mavlink::router {

namespace {
constexpr std::uint32_t setup_signing_id = 256;
constexpr std::chrono::minutes report_interval{1};
// Ways of different length deliver out of order by less.
constexpr std::uint32_t restart_ms = 2'000;
constexpr std::size_t most_clocks = 1024;

// A message's target; a member that it has not reads 0: everybody.
Address target_of(const Message& message) {
  return std::visit(
      [](const auto& it) {
        Address target;
        if constexpr (requires { it.target_system; }) target.system = it.target_system;
        if constexpr (requires { it.target_component; }) target.component = it.target_component;
        return target;
      },
      message);
}

bool covers(Address pattern, Address address) {
  return (pattern.system == 0 || pattern.system == address.system) &&
         (pattern.component == 0 || pattern.component == address.component);
}
}  // namespace

std::string_view to_string(Drop drop) noexcept {
  switch (drop) {
    case Drop::bad_crc: return "bad_crc";
    case Drop::bad_source: return "bad_source";
    case Drop::own_source: return "own_source";
    case Drop::copy: return "copy";
    case Drop::setup_signing: return "setup_signing";
    case Drop::no_way: return "no_way";
  }
  std::unreachable();
}

Router::Router(Options options)
    : options_(std::move(options)), duplicates_(options_.duplicate_window), budget_(options_.acting) {}

void Router::peer_came(Peer peer, base::Now now) {
  routes_.add(peer, now.steady);
}

void Router::peer_went(Peer peer) {
  routes_.forget(peer);
}

bool Router::is_own(Address address) const {
  return std::ranges::find(options_.own, address) != options_.own.end();
}

bool Router::may_command(Address sender) const {
  return options_.may_command.empty() ||
         std::ranges::any_of(options_.may_command, [&](Address pattern) { return covers(pattern, sender); });
}

bool Router::may_act(Address sender, Peer from, base::Now now) {
  if (budget_.spend(sender, from, now.steady)) return true;
  ++figures_.too_many;
  return false;
}

std::optional<Drop> Router::refuse(const Frame& frame, Peer from, base::Now now, Verdict& verdict) {
  if (frame.from.system == 0 || frame.from.component == 0) return Drop::bad_source;
  const bool is_known = known(frame.message_id).has_value();
  if (is_known && !frame.checked) return Drop::bad_crc;
  if (is_own(frame.from)) {
    const auto last = reported_.find(frame.from);
    const bool due = last == reported_.end() || now.steady - last->second >= report_interval;
    if (frame.message_id == Heartbeat::info.id && due) {
      reported_[frame.from] = now.steady;
      verdict.notices.push_back({.what = Notice::What::own_address, .who = frame.from, .peer = from});
    }
    return Drop::own_source;
  }
  // Nobody can tell whether a frame of an unknown message is whole: noise on a serial line would invent components.
  // Everybody sends heartbeats.
  routes_.hear(frame.from, frame.sequence, from, is_known, now.steady);
  if (duplicates_.is_copy(frame.bytes, from, now.steady)) return Drop::copy;
  if (frame.message_id == setup_signing_id) return Drop::setup_signing;
  return {};
}

void Router::watch_time(const Frame& frame, Peer from, Verdict& verdict) {
  if (frame.message_id != SystemTime::info.id) return;
  const auto message = decode(frame);
  const auto* const time = as<SystemTime>(message);
  if (time == nullptr) return;
  if (!boot_ms_.contains(frame.from) && boot_ms_.size() >= most_clocks) boot_ms_.erase(boot_ms_.begin());
  const auto [last, is_new] = boot_ms_.try_emplace(frame.from, time->time_boot_ms);
  const std::uint32_t before = std::exchange(last->second, time->time_boot_ms);
  if (is_new || std::uint64_t{time->time_boot_ms} + restart_ms >= before) return;
  routes_.clear_system(frame.from.system);
  verdict.notices.push_back({.what = Notice::What::restarted, .who = frame.from, .peer = from});
}

void Router::hear(const Frame& frame, Peer from, base::Now now, Verdict& verdict) {
  verdict.local.clear();
  verdict.forward.clear();
  verdict.notices.clear();
  verdict.may_command = may_command(frame.from);
  ++figures_.heard;
  verdict.dropped = refuse(frame, from, now, verdict);
  if (!verdict.dropped) {
    watch_time(frame, from, verdict);
    if (!verdict.notices.empty()) routes_.hear(frame.from, frame.sequence, from, true, now.steady);
    const bool is_known = known(frame.message_id).has_value();
    const Address target = is_known ? target_of(frame) : Address{};
    if (is_known) deliver(target, verdict);
    pass_on(frame, target, from, verdict);
    const bool for_somebody = target.system != 0;
    if (for_somebody && verdict.local.empty() && verdict.forward.empty()) verdict.dropped = Drop::no_way;
  }
  figures_.delivered += verdict.local.size();
  figures_.forwarded += verdict.forward.size();
  if (verdict.dropped) ++figures_.dropped[static_cast<std::size_t>(*verdict.dropped)];
}

void Router::deliver(Address target, Verdict& verdict) const {
  for (const Address& own : options_.own)
    if (covers(target, own)) verdict.local.push_back(own);
}

const LinkOptions* Router::link_of(Peer peer) const {
  const auto found = std::ranges::find(options_.links, peer.link, &LinkOptions::link);
  return found == options_.links.end() ? nullptr : &*found;
}

// On one link, or on links of one group.
bool Router::same_place(Peer a, Peer b) const {
  if (a.link == b.link) return true;
  const LinkOptions* const of_a = link_of(a);
  const LinkOptions* const of_b = link_of(b);
  return of_a != nullptr && of_b != nullptr && !of_a->group.empty() && of_a->group == of_b->group;
}

bool Router::may_pass(Peer from, Peer to) const {
  if (from == to || (from.link != to.link && same_place(from, to))) return false;
  const LinkOptions* const link = link_of(from);
  return link != nullptr && std::ranges::find(link->forwards_to, to.link) != link->forwards_to.end();
}

// Where its sender was heard, a frame has been, or gets by itself. Between peers of one link each counts for itself.
bool Router::sender_is_there(Address sender, Peer from, Peer to) const {
  if (from.link == to.link) return routes_.seen(sender, to);
  return std::ranges::any_of(routes_.peers(),
                             [&](Peer each) { return same_place(each, to) && routes_.seen(sender, each); });
}

void Router::pass_on(const Frame& frame, Address target, Peer from, Verdict& verdict) const {
  if (target.system != 0 && is_own(target)) return;
  for (const Peer to : routes_.peers()) {
    if (!may_pass(from, to) || sender_is_there(frame.from, from, to)) continue;
    if (target.system == 0 || routes_.leads_to(target, to)) verdict.forward.push_back(to);
  }
}

std::vector<Peer> Router::ways(const Outgoing& outgoing) {
  std::vector<Peer> peers = routes_.peers();
  if (outgoing.to) {
    std::erase_if(peers, [&](Peer each) { return each != *outgoing.to; });
  } else if (const Address target = target_of(outgoing.message); target.system != 0) {
    // Whoever has the system may know a component of it that was never heard here.
    const bool exact = std::ranges::any_of(peers, [&](Peer each) { return routes_.leads_to(target, each); });
    const Address wanted{.system = target.system, .component = exact ? target.component : std::uint8_t{0}};
    std::erase_if(peers, [&](Peer each) { return !routes_.leads_to(wanted, each); });
  }
  if (peers.empty()) ++figures_.unreachable;
  return peers;
}

std::uint8_t Router::next_sequence(Address from, std::uint32_t link) {
  return sequences_[{from, link}]++;
}

}  // namespace mavlink::router
