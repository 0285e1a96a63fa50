// What a tracker reports: records of Codec 8 and 8 Extended, with every IO element, known or not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/codec.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace avl {

enum class Priority : std::uint8_t { low, high, panic };

struct Element {
  std::uint16_t id = 0;
  base::ByteView bytes;  // 1, 2, 4 or 8 bytes, or any number of Codec 8E's last group; borrowed from the payload

  // Of 1, 2, 4 or 8 bytes; nothing of others.
  std::optional<std::uint64_t> number() const noexcept;
};

struct Record {
  base::UtcTime time;  // by the tracker's clock
  Priority priority = Priority::low;
  std::int32_t longitude_e7 = 0;
  std::int32_t latitude_e7 = 0;
  std::int16_t altitude_m = 0;
  std::uint16_t angle_deg = 0;
  std::uint8_t satellites = 0;
  std::uint16_t speed_kmh = 0;
  std::uint16_t event_id = 0;  // the IO element that caused the record; 0: none did
  std::size_t first_element = 0;
  std::size_t element_count = 0;
  base::ByteView raw;  // the record's bytes in the payload; borrowed

  // Without satellites, or at 0,0, or out of range, it is no position but the last known one or none.
  bool has_fix() const noexcept;
};

// A payload taken apart. Made to be used again: keeps its memory.
class Records {
 public:
  // Replaces what is there. Errors: `invalid`, which record and byte and why; nothing is kept then.
  base::Result<> decode(Codec codec, base::ByteView payload);
  // The same of `count` bare records one behind the other, without codec and counts: as they are stored.
  base::Result<> decode_stored(Codec codec, std::size_t count, base::ByteView records);

  std::span<const Record> all() const noexcept { return records_; }
  std::span<const Element> elements(const Record& record) const noexcept {
    return std::span(elements_).subspan(record.first_element, record.element_count);
  }
  std::size_t memory() const noexcept {  // bytes kept for the next packet
    return records_.capacity() * sizeof(Record) + elements_.capacity() * sizeof(Element);
  }
  void release() noexcept;  // what is there, and the memory
  // The first element with this id; nothing when the record has none.
  const Element* find(const Record& record, std::uint16_t id) const noexcept;

 private:
  void clear() noexcept;

  std::vector<Record> records_;
  std::vector<Element> elements_;
};

// For whoever plays a tracker, and for tests: records to be encoded. Elements are grouped by their size; what a Codec 8
// cannot say (ids above 255, other sizes than 1, 2, 4, 8) is `invalid`.
struct OutgoingElement {
  std::uint16_t id = 0;
  base::Bytes bytes;
};
struct OutgoingRecord {
  Record record;  // `raw` and the element numbers do not count
  std::vector<OutgoingElement> elements;
};
OutgoingElement element(std::uint16_t id, std::uint64_t value, std::size_t size);
base::Result<base::Bytes> encode_records(Codec codec, std::span<const OutgoingRecord> records);  // a payload

// ---- IO elements that matter here. Ids above 255 come with Codec 8 Extended only.
namespace io {
constexpr std::uint16_t battery_level = 113;  // of the tracker's own battery, %
constexpr std::uint16_t ignition = 239;       // 0 off, 1 on
constexpr std::uint16_t rear_camera = 497;    // CameraState; refreshed every 20 s with ignition on
constexpr std::uint16_t front_camera = 498;   // CameraState
constexpr std::uint16_t sos_trigger = 499;    // a record of high priority when a capture scenario fires
}  // namespace io

enum class CameraState : std::uint8_t { not_detected, no_card, card_mount_failed, card_failed, card_faulty };
// "no_card", …; nothing for a number that has no name.
std::optional<std::string_view> camera_state_name(std::uint64_t value) noexcept;
// Of IO 499, in the words the camera protocol uses: "server_request", "din1", "din2", "crash", …; "trigger_N".
std::string sos_trigger_name(std::uint64_t value);

}  // namespace avl
