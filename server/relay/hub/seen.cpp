#include "server/relay/hub/seen.hpp"

#include <algorithm>
#include <functional>

namespace hub {

namespace {
constexpr std::size_t first_size = 256;
}  // namespace

Seen::Seen(std::size_t most) : most_(std::max<std::size_t>(most, 1)), ring_(first_size), table_(2 * first_size, none) {}

Seen::Fingerprint Seen::fingerprint(Protocol protocol, std::string_view key) noexcept {
  std::uint64_t fnv = 0xcbf29ce484222325U ^ static_cast<std::uint64_t>(protocol);
  for (const char c : key) fnv = (fnv ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  fnv ^= fnv >> 29U;
  return {std::hash<std::string_view>{}(key) + (static_cast<std::uint64_t>(protocol) << 56U), fnv};
}

std::size_t Seen::slot_of(const Fingerprint& print) const noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = print.one & mask;
  while (table_[slot] != none && ring_[table_[slot] - 1].print != print) slot = (slot + 1) & mask;
  return slot;
}

// What stands behind it, and would not be found any more, moves up.
void Seen::empty_slot(std::size_t slot) noexcept {
  const std::size_t mask = table_.size() - 1;
  std::size_t hole = slot;
  for (std::size_t at = (slot + 1) & mask; table_[at] != none; at = (at + 1) & mask) {
    const std::size_t home = ring_[table_[at] - 1].print.one & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    table_[hole] = table_[at];
    hole = at;
  }
  table_[hole] = none;
}

void Seen::forget_oldest() noexcept {
  Entry& oldest = entry(first_);
  if (!oldest.gone) {
    empty_slot(slot_of(oldest.print));
    --count_;
  }
  first_ = (first_ + 1) & (ring_.size() - 1);
  --used_;
}

void Seen::grow() {
  std::vector<Entry> ring(2 * ring_.size());
  std::size_t kept = 0;
  for (std::size_t n = 0; n < used_; ++n)
    if (const Entry& old = entry(first_ + n); !old.gone) ring[kept++] = old;
  ring_ = std::move(ring);
  first_ = 0;
  used_ = kept;
  table_.assign(2 * ring_.size(), none);
  for (std::size_t n = 0; n < used_; ++n) table_[slot_of(ring_[n].print)] = static_cast<std::uint32_t>(n + 1);
}

bool Seen::contains(Protocol protocol, std::string_view key, base::SteadyTime now) const noexcept {
  const std::uint32_t place = table_[slot_of(fingerprint(protocol, key))];
  return place != none && ring_[place - 1].expires > now;
}

bool Seen::remember(Protocol protocol, std::string_view key, base::SteadyTime expires, base::SteadyTime now) {
  const Fingerprint print = fingerprint(protocol, key);
  if (const std::size_t slot = slot_of(print); table_[slot] != none) {
    Entry& old = ring_[table_[slot] - 1];
    if (old.expires > now) return false;
    old.gone = true;
    empty_slot(slot);
    --count_;
  }
  while (used_ > 0 && (used_ >= most_ || entry(first_).gone || entry(first_).expires <= now)) forget_oldest();
  if (used_ == ring_.size()) grow();
  const std::size_t place = (first_ + used_) & (ring_.size() - 1);
  ring_[place] = {print, expires, false};
  table_[slot_of(print)] = static_cast<std::uint32_t>(place + 1);
  ++used_;
  ++count_;
  return true;
}

}  // namespace hub
