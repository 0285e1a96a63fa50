#include "server/avl/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/avl/reader.hpp"

namespace avl {

namespace {
constexpr std::uint8_t highest_priority = static_cast<std::uint8_t>(Priority::panic);
// 10000-01-01: what comes behind is no time, and would overflow where times are added.
constexpr std::uint64_t end_of_time_ms = 253'402'300'800'000;

constexpr std::int32_t longest_e7 = 1'800'000'000;
constexpr std::int32_t highest_e7 = 900'000'000;
}  // namespace

std::optional<std::uint64_t> Element::number() const noexcept {
  switch (bytes.size()) {
    case 1: return bytes[0];
    case 2: return base::load_be<std::uint16_t>(bytes.data());
    case 4: return base::load_be<std::uint32_t>(bytes.data());
    case 8: return base::load_be<std::uint64_t>(bytes.data());
    default: return std::nullopt;
  }
}

bool Record::has_fix() const noexcept {
  const bool in_range = longitude_e7 >= -longest_e7 && longitude_e7 <= longest_e7 && latitude_e7 >= -highest_e7 &&
                        latitude_e7 <= highest_e7;
  return satellites > 0 && in_range && (longitude_e7 != 0 || latitude_e7 != 0);
}

const Element* Records::find(const Record& record, std::uint16_t id) const noexcept {
  const std::span<const Element> all = elements(record);
  const auto found = std::ranges::find(all, id, &Element::id);
  return found == all.end() ? nullptr : &*found;
}

std::optional<std::string_view> camera_state_name(std::uint64_t value) noexcept {
  static constexpr std::array<std::string_view, 5> names{"not_detected", "no_card", "card_mount_failed", "card_failed",
                                                         "card_faulty"};
  if (value >= names.size()) return std::nullopt;
  return names[value];
}

// Older firmware ends with "crash"; newer counts on like the cameras' own metadata.
std::string sos_trigger_name(std::uint64_t value) {
  static constexpr std::array<std::string_view, 12> names{"server_request", "din1",     "din2",     "crash",
                                                          "towing",         "idling",   "geofence", "unplug",
                                                          "green_driving",  "periodic", "din3",     "din4"};
  return value < names.size() ? std::string(names[value]) : fmt::format("trigger_{}", value);
}

// ---- Decoding.

namespace {
class RecordReader {
 public:
  RecordReader(Codec codec, Reader& in, std::vector<Element>& elements)
      : wide_(codec == Codec::codec8e), in_(in), elements_(elements) {}

  // An empty sentence: all is well.
  std::string read(Record& record) {
    const std::uint64_t time = in_.number<std::uint64_t>();
    read_place(record);
    record.event_id = id_or_count();
    const std::size_t said = id_or_count();
    record.first_element = elements_.size();
    if (!in_.good()) return "the bytes end within the position";
    if (time >= end_of_time_ms) return fmt::format("{} ms since 1970 is no time", time);
    record.time = base::UtcTime(std::chrono::milliseconds(static_cast<std::int64_t>(time)));
    for (const std::size_t size : {1U, 2U, 4U, 8U})
      if (std::string problem = read_group(size); !problem.empty()) return problem;
    if (wide_)
      if (std::string problem = read_long_group(); !problem.empty()) return problem;
    record.element_count = elements_.size() - record.first_element;
    if (record.element_count != said)
      return fmt::format("{} elements are announced, the groups hold {}", said, record.element_count);
    return {};
  }

 private:
  void read_place(Record& record) {
    // Firmware that knows more levels than these three means something even more urgent; `raw` keeps the number.
    record.priority = static_cast<Priority>(std::min(in_.number<std::uint8_t>(), highest_priority));
    record.longitude_e7 = static_cast<std::int32_t>(in_.number<std::uint32_t>());
    record.latitude_e7 = static_cast<std::int32_t>(in_.number<std::uint32_t>());
    record.altitude_m = static_cast<std::int16_t>(in_.number<std::uint16_t>());
    record.angle_deg = in_.number<std::uint16_t>();
    record.satellites = in_.number<std::uint8_t>();
    record.speed_kmh = in_.number<std::uint16_t>();
  }

  std::uint16_t id_or_count() { return wide_ ? in_.number<std::uint16_t>() : in_.number<std::uint8_t>(); }

  std::string read_group(std::size_t size) {
    const std::size_t count = id_or_count();
    const std::size_t each = (wide_ ? 2U : 1U) + size;
    if (!in_.good()) return fmt::format("the bytes end before the elements of {} bytes", size);
    if (count * each > in_.left())
      return fmt::format("{} elements of {} bytes are announced, {} bytes are left", count, size, in_.left());
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint16_t id = id_or_count();
      elements_.push_back({id, in_.take(size)});
    }
    return {};
  }

  std::string read_long_group() {
    const std::size_t count = id_or_count();
    if (!in_.good()) return "the bytes end before the elements of variable length";
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint16_t id = in_.number<std::uint16_t>();
      const std::uint16_t size = in_.number<std::uint16_t>();
      const base::ByteView bytes = in_.take(size);
      if (!in_.good()) return fmt::format("the bytes end within element {} of {} of variable length", n + 1, count);
      elements_.push_back({id, bytes});
    }
    return {};
  }

  bool wide_;
  Reader& in_;
  std::vector<Element>& elements_;
};
}  // namespace

base::Result<> Records::decode(Codec codec, base::ByteView payload) {
  clear();
  const auto wrong = [&](std::string_view what) {
    clear();
    return base::fail(base::Errc::invalid, fmt::format("A packet of {} makes no sense: {}.", to_string(codec), what));
  };
  if (!carries_records(codec)) return wrong("it holds text, not records");
  if (payload.size() < min_payload_size) return wrong(fmt::format("{} bytes are too few", payload.size()));
  if (payload[0] != static_cast<std::uint8_t>(codec)) return wrong(fmt::format("it begins with {:02x}", payload[0]));
  const std::size_t count = payload[1];
  if (payload.back() != count)
    return wrong(fmt::format("{} records are announced before them, {} behind them", count, payload.back()));
  return decode_stored(codec, count, payload.subspan(2, payload.size() - 3));
}

base::Result<> Records::decode_stored(Codec codec, std::size_t count, base::ByteView records) {
  clear();
  const auto wrong = [&](std::string_view what) {
    clear();
    return base::fail(base::Errc::invalid, fmt::format("Records of {} make no sense: {}.", to_string(codec), what));
  };
  if (!carries_records(codec)) return wrong("it holds text, not records");
  Reader in(records);
  RecordReader reader(codec, in, elements_);
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t from = in.at();
    Record& record = records_.emplace_back();
    if (const std::string problem = reader.read(record); !problem.empty())
      return wrong(fmt::format("record {} of {}, which begins at byte {}: {}", n + 1, count, from, problem));
    record.raw = records.subspan(from, in.at() - from);
  }
  if (in.left() > 0) return wrong(fmt::format("{} bytes are left behind the last of {} records", in.left(), count));
  return {};
}

void Records::clear() noexcept {
  records_.clear();
  elements_.clear();
}

void Records::release() noexcept {
  std::vector<Record>().swap(records_);
  std::vector<Element>().swap(elements_);
}

}  // namespace avl
