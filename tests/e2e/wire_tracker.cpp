#include "tests/e2e/wire_tracker.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "server/avl/codec.hpp"

namespace e2e {

namespace {
constexpr std::uint8_t accepted = 1;
constexpr std::int32_t latitude_e7 = 546'872'000;
constexpr std::int32_t longitude_e7 = 252'797'000;
constexpr std::uint8_t satellites = 9;
}  // namespace

avl::OutgoingRecord record_at(base::UtcTime time) {
  avl::OutgoingRecord outgoing;
  outgoing.record.time = time;
  outgoing.record.latitude_e7 = latitude_e7;
  outgoing.record.longitude_e7 = longitude_e7;
  outgoing.record.satellites = satellites;
  outgoing.record.speed_kmh = 50;
  outgoing.elements = {avl::element(avl::io::ignition, 1, 1), avl::element(avl::io::front_camera, 1, 1)};
  return outgoing;
}

avl::OutgoingRecord sos_record(base::UtcTime time, std::uint64_t trigger) {
  avl::OutgoingRecord outgoing = record_at(time);
  outgoing.record.priority = avl::Priority::high;
  outgoing.record.event_id = avl::io::sos_trigger;
  outgoing.elements.push_back(avl::element(avl::io::sos_trigger, trigger, 1));
  return outgoing;
}

bool WireTracker::login() {
  const std::string digits = fmt::format("{:015}", imei_);
  base::Bytes bytes{0, static_cast<std::uint8_t>(digits.size())};
  bytes.insert(bytes.end(), digits.begin(), digits.end());
  return socket_.connected() && socket_.send(bytes) && socket_.read_exactly(1) == base::Bytes{accepted};
}

bool WireTracker::report(const std::vector<avl::OutgoingRecord>& records) {
  const auto payload = avl::encode_records(avl::Codec::codec8e, records);
  if (!payload) return false;
  base::Bytes frame;
  avl::append_frame(*payload, frame);
  if (!socket_.send(frame)) return false;
  const base::Bytes answer = socket_.read_exactly(sizeof(std::uint32_t));
  return answer.size() == sizeof(std::uint32_t) && base::load_be<std::uint32_t>(answer.data()) == records.size();
}

std::optional<std::string> WireTracker::next_command(std::chrono::milliseconds limit) {
  const base::Bytes head = socket_.read_exactly(avl::frame_head_size, limit);
  if (head.size() != avl::frame_head_size) return std::nullopt;
  const auto length = base::load_be<std::uint32_t>(head.data() + sizeof(std::uint32_t));
  const base::Bytes rest = socket_.read_exactly(length + avl::frame_tail_size, limit);
  if (rest.size() != length + avl::frame_tail_size) return std::nullopt;
  const auto message = avl::decode_message(base::ByteView(rest).first(length));
  if (!message || message->type != avl::MessageType::command) return std::nullopt;
  return message->text;
}

bool WireTracker::reply(const std::string& text) {
  const auto payload =
      avl::encode_message({.codec = avl::Codec::codec12, .type = avl::MessageType::reply, .text = text});
  base::Bytes frame;
  avl::append_frame(payload.value(), frame);
  return socket_.send(frame);
}

std::string accepted_video(int source, int seconds, base::UtcTime since) {
  return fmt::format("Request for video from source {} received for {} seconds since {:%Y-%m-%d %H:%M:%S}\r\n", source,
                     seconds, std::chrono::floor<std::chrono::seconds>(since));
}

std::string accepted_photo(int source) {
  return fmt::format("Request for photo from source {} received", source);
}

}  // namespace e2e
