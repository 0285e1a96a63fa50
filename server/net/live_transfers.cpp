#include "server/net/live_transfers.hpp"

#include <algorithm>

namespace net {

namespace {
std::string_view name(LiveState state) noexcept {
  switch (state) {
    case LiveState::requesting: return "requesting";
    case LiveState::receiving: return "receiving";
    case LiveState::finishing: return "finishing";
  }
  return "receiving";
}
}  // namespace

storage::Transfer LiveTransfer::snapshot() const {
  storage::Transfer copy = facts;
  copy.state = name(state);
  copy.offset_start = offset_start;
  copy.offset = offset;
  copy.bytes_received = received;
  copy.bytes_per_second = rate;
  copy.stalls = stalls;
  copy.resumes = resumes;
  copy.bad_crcs = bad_crcs;
  copy.salvaged = salvaged;
  copy.updated_at = base::UtcTime{std::chrono::milliseconds{updated_ms}};
  copy.live = true;
  return copy;
}

void LiveTransfers::add(const std::shared_ptr<LiveTransfer>& transfer) {
  const std::lock_guard lock(mutex_);
  entries_.emplace(transfer, nullptr);
}

void LiveTransfers::end(const std::shared_ptr<LiveTransfer>& transfer,
                        std::shared_ptr<const storage::Transfer> record) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(transfer); entry != entries_.end()) entry->second = std::move(record);
}

void LiveTransfers::remove(const std::shared_ptr<LiveTransfer>& transfer) {
  const std::lock_guard lock(mutex_);
  entries_.erase(transfer);
}

std::size_t LiveTransfers::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::vector<storage::Transfer> LiveTransfers::snapshot() const {
  std::vector<storage::Transfer> all;
  {
    const std::lock_guard lock(mutex_);
    all.reserve(entries_.size());
    for (const auto& [transfer, ended] : entries_) all.push_back(ended ? *ended : transfer->snapshot());
  }
  std::ranges::sort(all, [](const storage::Transfer& a, const storage::Transfer& b) {
    return a.started_at != b.started_at ? a.started_at > b.started_at : a.id > b.id;
  });
  return all;
}

}  // namespace net
