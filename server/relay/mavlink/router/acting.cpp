#include "server/relay/mavlink/router/acting.hpp"

#include <algorithm>

#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::router {

namespace {
// Several senders behind one peer, as behind a radio.
constexpr double senders_of_a_peer = 4;

bool only_asks(std::uint16_t id) noexcept {
  switch (id) {
    case command::get_message_interval:
    case command::set_message_interval:
    case command::request_message:
    case command::request_protocol_version:
    case command::request_camera_information:
    case command::request_camera_settings:
    case command::request_storage_information:
    case command::request_camera_capture_status:
    case command::request_camera_image_capture:
    case command::request_video_stream_information:
    case command::request_video_stream_status: return true;
    default: return false;
  }
}
}  // namespace

bool is_acting(const Message& message) noexcept {
  if (const auto* it = std::get_if<CommandLong>(&message)) return !only_asks(it->command);
  if (const auto* it = std::get_if<CommandInt>(&message)) return !only_asks(it->command);
  return std::holds_alternative<ParamExtSet>(message);
}

template <class Key>
Budget::Bucket& Budget::filled(std::map<Key, Bucket>& buckets, const Key& key, double times, base::SteadyTime now) {
  if (!buckets.contains(key) && buckets.size() >= most_senders)
    buckets.erase(std::ranges::min_element(buckets, {}, [](const auto& each) { return each.second.heard; }));
  const auto [at, is_new] = buckets.try_emplace(key, Bucket{.tokens = times * rate_.burst, .heard = now});
  Bucket& bucket = at->second;
  const std::chrono::duration<double> since = now - bucket.heard;
  bucket.tokens = std::min(times * rate_.burst, bucket.tokens + since.count() * times * rate_.per_second);
  bucket.heard = now;
  return bucket;
}

bool Budget::spend(Address sender, Peer peer, base::SteadyTime now) {
  Bucket& of_sender = filled(senders_, sender, 1, now);
  Bucket& of_peer = filled(peers_, peer, senders_of_a_peer, now);
  if (of_sender.tokens < 1 || of_peer.tokens < 1) return false;
  of_sender.tokens -= 1;
  of_peer.tokens -= 1;
  return true;
}

}  // namespace mavlink::router
