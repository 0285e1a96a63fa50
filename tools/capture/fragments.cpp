#include "tools/capture/fragments.hpp"

#include <algorithm>

namespace captures {

namespace {
constexpr std::size_t longest_payload = 65'535;
}

void Fragments::make_room(Time time) {
  const std::size_t before = waiting_.size();
  std::erase_if(waiting_, [time](const auto& entry) { return time - entry.second.since > longest_wait; });
  if (waiting_.size() >= most_packets)
    waiting_.erase(std::ranges::min_element(waiting_, {}, [](const auto& entry) { return entry.second.since; }));
  given_up_ += before - waiting_.size();
}

std::optional<base::Bytes> Fragments::add(const FragmentKey& key, const Fragment& fragment, Time time) {
  if (fragment.at + fragment.length > longest_payload) return std::nullopt;
  auto found = waiting_.find(key);
  if (found != waiting_.end() && time - found->second.since > longest_wait) {
    make_room(time);
    found = waiting_.end();
  }
  if (found == waiting_.end()) {
    if (waiting_.size() >= most_packets) make_room(time);
    found = waiting_.emplace(key, Waiting{}).first;
    found->second.since = time;
  }
  Waiting& packet = found->second;
  if (fragment.last) packet.size = fragment.at + fragment.length;
  const std::size_t end = fragment.at + std::min(fragment.bytes.size(), fragment.length);
  if (packet.bytes.size() < end) packet.bytes.resize(end);
  packet.known.add(fragment.at, end, [&](std::size_t begin, std::size_t until) {
    std::ranges::copy(fragment.bytes.subspan(begin - fragment.at, until - begin),
                      packet.bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  });
  if (!packet.size || !packet.known.whole(*packet.size)) return std::nullopt;
  base::Bytes whole = std::move(packet.bytes);
  whole.resize(*packet.size);
  waiting_.erase(found);
  return whole;
}

}  // namespace captures
