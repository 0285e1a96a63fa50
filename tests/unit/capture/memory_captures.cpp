#include "tests/unit/capture/memory_captures.hpp"

#include <algorithm>

namespace tests {

using base::Errc;
using storage::CapturePatience;
using storage::CaptureState;
using Lock = std::scoped_lock<std::mutex>;

namespace {
bool is_over(CaptureState state) {
  return state >= CaptureState::stored;
}

bool was_asked(const MemoryCaptures::Part& part) {
  return part.state == CaptureState::sent || (part.state == CaptureState::queued && part.attempts > 0);
}

void become(MemoryCaptures::Part& part, CaptureState state, std::string_view reason, base::UtcTime now) {
  part.state = state;
  part.reason = reason;
  part.due_at.reset();
  part.updated_at = now;
}

// The one furthest behind, while any is not final; else stored when all are, else the first one that is not.
void sum_up(MemoryCaptures::Request& request) {
  const auto behind = std::ranges::min_element(request.parts, {}, &MemoryCaptures::Part::state);
  const auto odd = std::ranges::find_if(request.parts, [](auto& part) { return part.state != CaptureState::stored; });
  const auto& speaks = !is_over(behind->state) || odd == request.parts.end() ? *behind : *odd;
  request.state = speaks.state;
  request.reason = speaks.reason;
}
}  // namespace

void MemoryCaptures::set_down(bool down) {
  const Lock lock(mutex_);
  down_ = down;
}

void MemoryCaptures::link(const base::Imei& imei) {
  const Lock lock(mutex_);
  linked_.insert(imei);
}

void MemoryCaptures::unlink(const base::Imei& imei) {
  const Lock lock(mutex_);
  linked_.erase(imei);
}

void MemoryCaptures::store(const base::Uuid& part_id) {
  const Lock lock(mutex_);
  Part* part = find_part(part_id);
  for (auto& file : part->files) file.media_id = base::Uuid::v7(part->updated_at);
  become(*part, CaptureState::stored, "", part->updated_at);
}

MemoryCaptures::Part MemoryCaptures::part(const base::Uuid& request_id, std::size_t number) {
  return request(request_id).parts.at(number);
}

MemoryCaptures::Request MemoryCaptures::request(const base::Uuid& id) {
  const Lock lock(mutex_);
  Request& request = requests_.at(id);
  sum_up(request);
  return request;
}

std::size_t MemoryCaptures::requests() {
  const Lock lock(mutex_);
  return requests_.size();
}

unsigned MemoryCaptures::calls() {
  const Lock lock(mutex_);
  return calls_;
}

base::Result<> MemoryCaptures::answer() {
  ++calls_;
  if (down_) return base::fail(Errc::unavailable, "The catalog is down.");
  return {};
}

MemoryCaptures::Part* MemoryCaptures::find_part(const base::Uuid& id) {
  for (auto& [request_id, request] : requests_)
    for (Part& part : request.parts)
      if (part.id == id) return &part;
  return nullptr;
}

bool MemoryCaptures::has(const base::Imei& imei, const std::function<bool(const Part&)>& condition) const {
  return std::ranges::any_of(requests_, [&](const auto& each) {
    return each.second.imei == imei && std::ranges::any_of(each.second.parts, condition);
  });
}

base::Result<storage::AddedCapture> MemoryCaptures::add_capture(const Request& request) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  const auto [at, added] = requests_.try_emplace(request.id, request);
  return storage::AddedCapture{.request = at->second, .existed = !added};
}

base::Result<std::optional<MemoryCaptures::Request>> MemoryCaptures::find_capture(const base::Uuid& id) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  const auto found = requests_.find(id);
  if (found == requests_.end()) return std::nullopt;
  sum_up(found->second);
  return found->second;
}

base::Result<storage::CapturePage> MemoryCaptures::list_captures(const storage::CaptureQuery&) {
  return base::fail(Errc::refused, "Not for these tests.");
}

base::Result<std::optional<MemoryCaptures::Request>> MemoryCaptures::cancel_capture(const base::Uuid& id, Time now) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  const auto found = requests_.find(id);
  if (found == requests_.end()) return std::nullopt;
  for (Part& part : found->second.parts)
    if (!is_over(part.state)) become(part, CaptureState::cancelled, "It was cancelled.", now);
  return found->second;
}

base::Result<std::vector<storage::CaptureCount>> MemoryCaptures::count_captures() {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  std::map<CaptureState, std::uint64_t> parts;
  for (const auto& [id, request] : requests_)
    for (const Part& part : request.parts)
      if (!is_over(part.state)) ++parts[part.state];
  std::vector<storage::CaptureCount> counts;
  for (const auto& [state, count] : parts) counts.push_back({.state = state, .parts = count, .oldest = {}});
  return counts;
}

bool MemoryCaptures::may_be_taken(const Request& request, const Part& part, storage::CaptureChannel channel,
                                  Time now) const {
  if (request.channel != channel || part.state != CaptureState::queued || (part.due_at && *part.due_at > now))
    return false;
  if (channel == storage::CaptureChannel::avl && !linked_.contains(part.imei)) return false;
  return !has(part.imei, [&](const Part& other) {
    const bool same_photo = part.kind == base::MediaKind::photo && other.kind == part.kind && other.id != part.id &&
                            !is_over(other.state) && other.state != CaptureState::queued &&
                            other.files.front().camera == part.files.front().camera;
    return other.state == CaptureState::sent || same_photo;
  });
}

base::Result<std::vector<MemoryCaptures::Part>> MemoryCaptures::take_captures(std::string_view node,
                                                                              std::uint32_t limit,
                                                                              const CapturePatience& patience,
                                                                              Time now) {
  return take_captures(storage::CaptureChannel::avl, node, limit, patience, now);
}

base::Result<std::vector<MemoryCaptures::Part>> MemoryCaptures::take_captures(storage::CaptureChannel channel,
                                                                              std::string_view node,
                                                                              std::uint32_t limit,
                                                                              const CapturePatience& patience,
                                                                              Time now) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  std::vector<Part> taken;
  for (auto& [id, request] : requests_)
    for (Part& part : request.parts) {
      if (taken.size() >= limit || !may_be_taken(request, part, channel, now)) continue;
      become(part, CaptureState::sent, "", now);
      ++part.attempts;
      part.node = node;
      part.sent_at = now;
      part.replied_at.reset();
      part.due_at = now + patience.reply;
      taken.push_back(part);
    }
  return taken;
}

base::Result<bool> MemoryCaptures::give_back_capture(const base::Uuid& part_id, std::string_view reason,
                                                     std::chrono::milliseconds rest, Time now) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  Part* part = find_part(part_id);
  if (part == nullptr || part->state != CaptureState::sent) return false;
  become(*part, CaptureState::queued, reason, now);
  part->due_at = now + rest;
  --part->attempts;
  return true;
}

base::Result<bool> MemoryCaptures::capture_accepted(const base::Uuid& part_id, std::string_view reply,
                                                    const CapturePatience& patience, Time now) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  Part* part = find_part(part_id);
  if (part == nullptr || !was_asked(*part)) return false;
  become(*part, CaptureState::accepted, "", now);
  part->reply = reply;
  part->replied_at = now;
  part->due_at = now + patience.file;
  return true;
}

base::Result<bool> MemoryCaptures::capture_refused(const base::Uuid& part_id, std::string_view reply, Time now) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  Part* part = find_part(part_id);
  if (part == nullptr || !was_asked(*part)) return false;
  become(*part, CaptureState::refused, reply, now);
  part->reply = reply;
  part->replied_at = now;
  return true;
}

base::Result<std::vector<MemoryCaptures::Part>> MemoryCaptures::awaiting_reply(const base::Imei& imei,
                                                                               storage::CaptureChannel channel) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  std::vector<Part> waiting;
  for (const auto& [id, request] : requests_)
    if (request.imei == imei && request.channel == channel)
      std::ranges::copy_if(request.parts, std::back_inserter(waiting), was_asked);
  std::ranges::sort(waiting, [](const Part& left, const Part& right) {
    if (left.state != right.state) return left.state == CaptureState::sent;
    return left.sent_at > right.sent_at;
  });
  return waiting;
}

base::Result<> MemoryCaptures::camera_connected(const base::Imei& imei, const CapturePatience&, Time) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return up;
  for (auto& [id, request] : requests_)
    for (Part& part : request.parts)
      if (part.imei == imei && part.state == CaptureState::accepted) part.state = CaptureState::connecting;
  return {};
}

// The cameras' side is not for these tests: store() is its end.
base::Result<std::optional<base::Uuid>> MemoryCaptures::capture_begins(const storage::OfferedFile&,
                                                                       const CapturePatience&, Time) {
  return base::fail(Errc::refused, "Not for these tests.");
}
base::Result<> MemoryCaptures::capture_progress(const base::Uuid&, std::uint32_t, const CapturePatience&, Time) {
  return base::fail(Errc::refused, "Not for these tests.");
}
base::Result<> MemoryCaptures::capture_interrupted(const base::Uuid&, std::string_view, const CapturePatience&, Time) {
  return base::fail(Errc::refused, "Not for these tests.");
}

base::Result<std::uint32_t> MemoryCaptures::settle_captures(const CapturePatience& patience, Time now,
                                                            std::uint32_t limit) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  std::uint32_t changed = 0;
  for (auto& [id, request] : requests_)
    for (Part& part : request.parts) {
      if (changed >= limit || is_over(part.state)) continue;
      const bool overdue = part.state != CaptureState::queued && part.due_at && *part.due_at <= now;
      if (request.deadline <= now) {
        become(part, CaptureState::expired, "The deadline passed.", now);
      } else if (overdue && part.attempts >= patience.attempts) {
        become(part, CaptureState::failed, "The device did not answer.", now);
      } else if (overdue) {
        become(part, CaptureState::queued, "It is tried again.", now);
        part.due_at = now + patience.rest;
      } else {
        continue;
      }
      ++changed;
    }
  return changed;
}

base::Result<std::uint32_t> MemoryCaptures::forget_captures(Time before, std::uint32_t limit) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  std::uint32_t forgotten = 0;
  for (auto each = requests_.begin(); each != requests_.end() && forgotten < limit;) {
    const bool ended = std::ranges::all_of(
        each->second.parts, [&](const Part& part) { return is_over(part.state) && part.updated_at < before; });
    each = ended ? requests_.erase(each) : std::next(each);
    forgotten += ended ? 1 : 0;
  }
  return forgotten;
}

base::Result<> MemoryCaptures::set_capture_profile(const base::Imei& imei, std::string_view profile) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return up;
  profiles_[imei] = profile;
  return {};
}

base::Result<std::string> MemoryCaptures::capture_profile(const base::Imei& imei) {
  const Lock lock(mutex_);
  if (auto up = answer(); !up) return std::unexpected(up.error());
  const auto found = profiles_.find(imei);
  return found == profiles_.end() ? std::string{} : found->second;
}

}  // namespace tests
