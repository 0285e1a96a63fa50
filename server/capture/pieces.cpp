#include "server/capture/pieces.hpp"

#include <algorithm>
#include <ranges>

namespace capture {

namespace {
// The rest of an answer about a video may be on its way: its length and begin stand at its end.
bool is_whole(const avl::Answer& answer) {
  if (std::holds_alternative<avl::Refused>(answer)) return true;
  const auto* accepted = std::get_if<avl::Accepted>(&answer);
  if (accepted == nullptr) return false;
  return accepted->kind != base::MediaKind::video || (accepted->duration_s && accepted->since);
}

std::size_t size_of(const std::deque<std::string>& pieces) {
  std::size_t size = 0;
  for (const std::string& piece : pieces) size += piece.size();
  return size;
}
}  // namespace

// Something else may stand before the answer, the reply to a command of somebody else's say: the shortest end of what
// there is that is a whole answer, else the longest that is one at all.
Pieces::Said Pieces::best_of(const base::Imei& imei, const Device& device) {
  Said best{.imei = imei, .text = {}, .answer = avl::Unrecognised{}};
  std::string text;
  for (const std::string& piece : device.pieces | std::views::reverse) {
    text.insert(0, piece);
    avl::Answer answer = avl::read_answer(text);
    if (is_whole(answer)) return {.imei = imei, .text = text, .answer = std::move(answer)};
    const bool says_something = !std::holds_alternative<avl::Unrecognised>(answer);
    if (says_something || std::holds_alternative<avl::Unrecognised>(best.answer))
      best = {.imei = imei, .text = text, .answer = std::move(answer)};
  }
  return best;
}

std::optional<Pieces::Said> Pieces::add(const base::Imei& imei, std::string_view text, base::SteadyTime now) {
  if (devices_.size() >= most_devices && !devices_.contains(imei)) return std::nullopt;
  Device& device = devices_[imei];
  device.pieces.emplace_back(text.substr(0, most_bytes));
  device.last = now;
  while (device.pieces.size() > most_pieces || size_of(device.pieces) > most_bytes) device.pieces.pop_front();
  Said said = best_of(imei, device);
  if (!is_whole(said.answer)) return std::nullopt;
  devices_.erase(imei);
  return said;
}

std::vector<Pieces::Said> Pieces::settled(base::SteadyTime now) {
  std::vector<Said> done;
  for (auto device = devices_.begin(); device != devices_.end();) {
    if (now - device->second.last < pause) {
      ++device;
      continue;
    }
    done.push_back(best_of(device->first, device->second));
    device = devices_.erase(device);
  }
  return done;
}

std::optional<base::SteadyTime> Pieces::next_settled() const {
  std::optional<base::SteadyTime> next;
  for (const auto& [imei, device] : devices_) next = std::min(next.value_or(device.last + pause), device.last + pause);
  return next;
}

}  // namespace capture
