#include "server/net/claims.hpp"

#include <utility>
#include <vector>

namespace net {

Claim::Claim(Claim&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}

Claim& Claim::operator=(Claim&& other) noexcept {
  if (this != &other) {
    release();
    owner_ = std::exchange(other.owner_, nullptr);
    key_ = std::move(other.key_);
  }
  return *this;
}

void Claim::release() noexcept {
  if (Claims* owner = std::exchange(owner_, nullptr)) owner->release(key_);
}

void Claims::acquire(const std::string& key, std::function<void()> yield, std::function<void(Claim)> granted) {
  std::vector<std::function<void()>> told_to_leave;
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = entries_.try_emplace(key);
    if (is_new) {
      entry->second.holder_yield = std::move(yield);
    } else {
      Entry& held = entry->second;
      if (held.holder_yield) told_to_leave.push_back(std::exchange(held.holder_yield, nullptr));
      for (Claimant& older : held.waiting)
        if (older.yield) told_to_leave.push_back(std::exchange(older.yield, nullptr));
      held.waiting.push_back({std::move(yield), std::move(granted)});
      granted = nullptr;
    }
  }
  if (granted) return granted(Claim{*this, key});
  for (const auto& leave : told_to_leave) leave();
}

std::optional<Claim> Claims::acquire_idle(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (!entries_.try_emplace(key).second) return std::nullopt;
  return Claim{*this, key};
}

void Claims::ask(const std::string& key) {
  std::function<void()> yield;
  {
    const std::lock_guard lock(mutex_);
    if (const auto entry = entries_.find(key); entry != entries_.end())
      yield = std::exchange(entry->second.holder_yield, nullptr);
  }
  if (yield) yield();
}

void Claims::release(const std::string& key) noexcept {
  Claimant next;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    if (entry->second.waiting.empty()) {
      entries_.erase(entry);
      return;
    }
    // The newest goes first; the older ones were told to leave and give it back at once when their turn comes.
    next = std::move(entry->second.waiting.back());
    entry->second.waiting.pop_back();
    entry->second.holder_yield = std::move(next.yield);
  }
  next.granted(Claim{*this, key});
}

}  // namespace net
