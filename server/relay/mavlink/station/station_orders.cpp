// Orders: given, answered, and what is to be looked at after them.
#include <fmt/format.h>

#include <variant>

#include "server/relay/mavlink/station/station.hpp"

namespace mavlink::station {
namespace {

using base::Errc;
using base::fail;

template <class T>
bool is(const Order& order) {
  return std::holds_alternative<T>(order);
}

std::string word(const EndedJob& job) {
  switch (job.outcome) {
    case Outcome::camera_gone: return "the camera was lost meanwhile";
    case Outcome::no_answer:
      if (job.was_at_it) return "it said that it was at it, and then nothing more";
      return fmt::format("sent {} times and not acknowledged", job.sends);
    case Outcome::cancelled:
      if (job.sends == 0) return "before it was sent";
      break;
    case Outcome::accepted:
    case Outcome::refused: break;
  }
  return std::string(result_word(job.result));
}

}  // namespace

int Station::resends(const Order& order) const {
  return is_repeatable(order) ? settings_.resends : settings_.resends_of_unrepeatable;
}

base::Result<CommandId> Station::tell(const Key& key, const Order& order, base::Now now, Actions& actions) {
  auto* camera = find(key);
  if (!camera) return fail(Errc::not_found, fmt::format("There is no camera {}.", to_string(key)));
  if (!camera->present)
    return fail(Errc::unavailable, fmt::format("{} is lost: no heartbeat of it comes.", camera->name()));
  const bool single = is<order::TakeImage>(order);
  const Order given = single && camera->by_digicam ? Order(order::DigicamShot{}) : order;
  const auto sequence = camera->next_sequence;
  const auto command = command_of(given, key, sequence);
  if (!command) return std::unexpected(command.error());
  if (!enqueue(Purpose::order, key, *command, resends(given)))
    return fail(Errc::exhausted, fmt::format("{} commands wait for {} already: try again when some have ended.",
                                             max_commands_per_target, camera->name()));
  if (single) camera->next_sequence = sequence >= max_sequence ? 1 : sequence + 1;
  const auto id = last_id_;
  told_.emplace(id, Told{given, sequence, now.steady});
  act(now, actions);
  return id;
}

base::Result<> Station::cancel(CommandId id, base::Now now, Actions& actions) {
  if (!told_.contains(id) || !queue_.cancel(id, now.steady, ended_))
    return fail(Errc::not_found, fmt::format("Command {} is not under way: it has ended or never was.", id));
  act(now, actions);
  return {};
}

// Its end is told when that has ended, under the same id.
bool Station::try_digicam(const EndedJob& job, Told& told) {
  const bool not_known = job.outcome == Outcome::refused && job.result == result::unsupported;
  if (!settings_.digicam_fallback || !not_known || !is<order::TakeImage>(told.order)) return false;
  const Order order = order::DigicamShot{};
  const auto command = command_of(order, job.job.key, 0);
  if (!command || !queue_.add({.id = job.job.id,
                               .purpose = Purpose::order,
                               .key = job.job.key,
                               .command = *command,
                               .resends = resends(order)}))
    return false;
  told.order = order;
  told.fell_back = true;
  return true;
}

void Station::order_ended(const EndedJob& job, base::Now now, Actions& actions) {
  const auto found = told_.find(job.job.id);
  if (found == told_.end() || try_digicam(job, found->second)) return;
  const Told told = found->second;
  told_.erase(found);
  if (auto* camera = find(job.job.key); camera && job.outcome == Outcome::accepted) {
    if (told.fell_back) camera->by_digicam = true;
    follow_up(*camera, told.order, settings_.timing, now.steady);
  }
  actions.ended.push_back({.id = job.job.id,
                           .key = job.job.key,
                           .what = in_words(told.order, told.sequence),
                           .outcome = job.outcome,
                           .result = job.result,
                           .word = word(job),
                           .took = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - told.since),
                           .sends = job.sends});
}

// Cameras should say by themselves what changed; what they say may get lost, and some do not.
void Station::follow_up(Watched& camera, const Order& order, const Timing& timing, base::SteadyTime now) {
  if (!camera.present) return;
  auto& inquiries = camera.inquiries;
  if (is<order::Zoom>(order) || is<order::Focus>(order) || is<order::SetMode>(order) ||
      is<order::ResetSettings>(order)) {
    inquiries.want(Topic::settings, now);
  } else if (is<order::FormatStorage>(order)) {
    inquiries.want(Topic::storage, now);
    inquiries.want(Topic::status, now);
  } else if (is<order::TakeImage>(order) || is<order::TakeImages>(order) || is<order::DigicamShot>(order)) {
    inquiries.want(Topic::status, now + timing.after_shot);
  } else if (is<order::StopImages>(order) || is<order::StartVideo>(order) || is<order::StopVideo>(order)) {
    inquiries.want(Topic::status, now);
  }
}

}  // namespace mavlink::station
