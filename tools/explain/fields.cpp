#include "tools/explain/fields.hpp"

#include <fmt/format.h>

#include <array>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/dualcam/status.hpp"

namespace explain {

namespace {
constexpr std::uint64_t largest_imei = 999'999'999'999'999;
constexpr std::uint64_t smallest_imei = 10'000'000'000'000;  // some type codes begin with 0

void judge_imei(Field& field, std::uint64_t number, std::vector<std::string>& problems) {
  if (number < smallest_imei || number > largest_imei) {
    field.meaning = "not an IMEI: it needs 15 digits";
    problems.emplace_back("The IMEI does not have 15 digits; a server refuses this INIT.");
  } else if (base::Imei::from_number(number)) {
    field.meaning = "15 digits, the Luhn check digit is right";
  } else {
    field.meaning =
        fmt::format("the Luhn check digit is wrong; it would be {}", base::with_luhn_digit(number / 10) % 10);
    problems.emplace_back("The IMEI's check digit is wrong.");
  }
}

std::string_view class_in_words(dualcam::FileClass file_class) {
  using enum dualcam::FileClass;
  switch (file_class) {
    case photo_front: return "front photo";
    case photo_rear: return "rear photo";
    case video_front: return "front video";
    case video_rear: return "rear video";
    case path: return "path file, to be asked for with PATH REQ";
  }
  return "";
}

void read_settings(Field& field, std::uint32_t settings) {
  field.value = fmt::format("0x{:08x}", settings);
  std::uint32_t rest = settings;
  unsigned waiting = 0;
  for (const dualcam::FileClass file_class : dualcam::all_file_classes) {
    const std::uint32_t bit = dualcam::settings_bit(file_class);
    if ((settings & bit) == 0) continue;
    ++waiting;
    rest &= ~bit;
    const std::string_view name = dualcam::identifier(file_class);
    field.details.push_back(
        fmt::format("0x{:08x} {}{}a {} is waiting", bit, name, name.empty() ? "" : ": ", class_in_words(file_class)));
  }
  field.meaning = waiting == 0 ? "nothing is waiting" : fmt::format("{} of 5 kinds of file waiting", waiting);
  constexpr std::uint32_t always = 0x40000000, size_mask = 0x0000ffff;
  field.details.push_back(
      fmt::format("0x40000000 {}", (rest & always) != 0 ? "set, as always" : "NOT set, though every device sets it"));
  field.details.push_back(fmt::format("0x{:08x} {}, probably the packet size", rest & size_mask, rest & size_mask));
  if ((rest & ~(always | size_mask)) != 0)
    field.details.push_back(fmt::format("0x{:08x} bits without a known meaning", rest & ~(always | size_mask)));
}
}  // namespace

std::string iso_time(std::int64_t unix_ms) {
  return base::to_iso8601(base::UtcTime(std::chrono::milliseconds(unix_ms)));
}

std::uint64_t FieldReader::number(std::size_t size, std::string name) {
  std::uint64_t value = 0;
  for (std::size_t n = 0; n < size; ++n) value = value << 8 | input_[at_ + n];
  take(size, std::move(name), fmt::format("{}", value));
  return value;
}

base::ByteView FieldReader::take(std::size_t size, std::string name, std::string value) {
  fields_.push_back({.offset = at_, .size = size, .name = std::move(name), .value = std::move(value)});
  const base::ByteView bytes = input_.subspan(at_, size);
  at_ += size;
  return bytes;
}

void read_init(FieldReader& reader, std::vector<std::string>& problems) {
  reader.take(2, "header", "0000");
  reader.last().meaning = "an INIT begins; it has no length field";
  const std::uint64_t protocol = reader.number(2, "protocol");
  reader.last().meaning = protocol >= dualcam::first_enhanced_protocol ? "enhanced dialect: paths, bytes, ENHANCED DATA"
                          : protocol == 0                              ? "no device sends 0"
                                          : "identifiers in packets, or path files in bytes";
  if (protocol == 0) problems.emplace_back("Protocol 0 does not exist; a server refuses this INIT.");
  const std::uint64_t imei = reader.number(8, "IMEI");
  judge_imei(reader.last(), imei, problems);
  const auto settings = static_cast<std::uint32_t>(reader.number(4, "settings"));
  read_settings(reader.last(), settings);
}

void read_status(FieldReader& reader) {
  const std::uint64_t status = reader.number(4, "status");
  reader.last().meaning = dualcam::status_name(static_cast<std::uint32_t>(std::min<std::uint64_t>(status, UINT32_MAX)));
}

}  // namespace explain
