// META bodies, field by field: DualCam versions 1 to 4, ADAS, DSM, JSON.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "tools/explain/fields.hpp"

namespace explain {

namespace {
using dualcam::MetadataForm;

void read_time_ms(FieldReader& reader, std::string name) {
  const auto value = static_cast<std::int64_t>(reader.number(8, std::move(name)));
  constexpr std::int64_t last_ms = 253'402'300'799'999;  // the year 9999
  if (value == 0)
    reader.last().meaning = "no such file";
  else
    reader.last().meaning = value > 0 && value <= last_ms ? iso_time(value) : "not a plausible time";
}

void read_trigger(FieldReader& reader, MetadataForm form) {
  const std::uint64_t trigger = reader.number(1, "trigger");
  reader.last().meaning = dualcam::trigger_name(form, static_cast<unsigned>(trigger));
}

void read_degrees(FieldReader& reader, std::string name) {
  const auto value = std::bit_cast<double>(reader.number(8, std::move(name)));
  reader.last().value = fmt::format("{:.6f}", value);
  reader.last().meaning = "degrees, IEEE double";
}

void read_fixed_degrees(FieldReader& reader, std::string name) {
  const auto value = static_cast<std::int32_t>(static_cast<std::uint32_t>(reader.number(4, std::move(name))));
  reader.last().value = fmt::format("{:.6f}", value / 1e6);
  reader.last().meaning = "degrees, times a million";
}

std::string_view type_in_words(std::uint64_t type) {
  switch (type) {
    case 0x04: return "front photo";
    case 0x08: return "rear photo";
    case 0x10: return "front video";
    case 0x20: return "rear video";
    default: return "not a known kind";
  }
}

void read_dualcam(FieldReader& reader, std::vector<std::string>& problems) {
  const std::size_t size = reader.left();
  const std::uint64_t version = reader.number(1, "version");
  reader.last().meaning = version >= 1 && version <= 4 ? "" : "versions known are 1 to 4";
  const std::uint64_t type = reader.number(1, "type");
  reader.last().value = fmt::format("0x{:02x}", type);
  reader.last().meaning = type_in_words(type);
  read_time_ms(reader, "captured");
  read_trigger(reader, MetadataForm::dualcam);
  const std::uint64_t seconds = reader.number(2, "length");
  reader.last().meaning = seconds == 0 ? "0 for a photo" : "seconds";
  if (size >= dualcam::meta_v2_size) {
    reader.number(1, "frame rate");
    reader.last().meaning = "pictures per second, 0 for a photo";
  }
  if (size >= dualcam::meta_v3_size) {
    const auto minutes = static_cast<std::int16_t>(reader.number(2, "time zone"));
    reader.last().value = fmt::format("{}", minutes);
    reader.last().meaning =
        fmt::format("UTC{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
    read_degrees(reader, "latitude");
    read_degrees(reader, "longitude");
  }
  if (size >= dualcam::meta_v4_size) read_time_ms(reader, "triggered");
  constexpr std::array sizes{dualcam::meta_v1_size, dualcam::meta_v2_size, dualcam::meta_v3_size,
                             dualcam::meta_v4_size};
  const bool says_thirteen = version == 2 && size == dualcam::meta_v1_size;  // firmware that is known for it
  if (version >= 1 && version <= 4 && size < sizes[version - 1] && !says_thirteen)
    problems.push_back(fmt::format("Version {} has {} bytes, this frame says {}.", version, sizes[version - 1], size));
}

void read_common(FieldReader& reader, MetadataForm form) {
  constexpr std::array<std::string_view, 4> types{"video", "snapshot", "current snapshot", "sent again"};
  const std::uint64_t seconds = reader.number(4, "captured");
  reader.last().meaning = seconds == 0 ? "no such file" : iso_time(static_cast<std::int64_t>(seconds) * 1000);
  const std::uint64_t type = reader.number(1, "type");
  reader.last().meaning = type < types.size() ? types[type] : "not a known type";
  read_trigger(reader, form);
  read_fixed_degrees(reader, "latitude");
  read_fixed_degrees(reader, "longitude");
}

void read_dsm_tail(FieldReader& reader) {
  constexpr std::array<std::string_view, 9> events{"drowsiness",    "distraction", "yawning",   "phone",   "smoking",
                                                   "driver absent", "mask",        "seat belt", "g-sensor"};
  constexpr std::size_t name_size = 10;
  const std::uint64_t bits = reader.number(2, "events");
  reader.last().value = fmt::format("0x{:04x}", bits);
  for (std::size_t n = 0; n < events.size(); ++n)
    if ((bits >> n & 1) != 0) reader.last().details.push_back(fmt::format("bit {}: {}", n, events[n]));
  const base::ByteView name = reader.take(name_size, "driver", "");
  std::string text(name.rbegin(), name.rend());
  const bool none = std::ranges::any_of(name, [](std::uint8_t byte) { return byte > 127; });
  reader.last().value = none ? "none" : base::printable(base::as_bytes(text.substr(0, text.find('\0'))));
  reader.last().meaning = none ? "bytes above 127 say that there is no name" : "written backwards";
}

void flatten(const nlohmann::json& value, const std::string& name, std::vector<std::string>& lines) {
  if (!value.is_object()) {
    const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    lines.push_back(
        fmt::format("{} = {}", base::printable(base::as_bytes(name)), base::printable(base::as_bytes(text))));
    return;
  }
  for (const auto& [key, member] : value.items())
    flatten(member, name.empty() ? key : fmt::format("{}.{}", name, key), lines);
}

void read_json(FieldReader& reader, std::vector<std::string>& problems) {
  const std::size_t size = reader.left();
  const base::ByteView text = reader.take(size, "JSON", fmt::format("{} bytes", size));
  const nlohmann::json document = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_object())
    flatten(document, "", reader.last().details);
  else
    problems.push_back("The metadata is not a JSON object: " + base::printable(text, 60));
}
}  // namespace

void read_metadata(FieldReader& reader, MetadataForm form, std::vector<std::string>& problems) {
  const std::size_t size = reader.left();
  const std::size_t shortest = form == MetadataForm::adas   ? dualcam::meta_adas_size
                               : form == MetadataForm::dsm  ? dualcam::meta_dsm_size
                               : form == MetadataForm::json ? 2
                                                            : dualcam::meta_v1_size;
  if (size < shortest) {
    problems.push_back(fmt::format("This form of metadata has at least {} bytes, this frame says {}.", shortest, size));
  } else if (form == MetadataForm::json) {
    read_json(reader, problems);
  } else if (form == MetadataForm::dualcam) {
    read_dualcam(reader, problems);
  } else {
    read_common(reader, form);
    if (form == MetadataForm::dsm) {
      read_dsm_tail(reader);
    } else {
      reader.number(1, "length");
      reader.last().meaning = "seconds";
    }
  }
  if (reader.left() > 0) reader.take(reader.left(), "rest", "not part of any known version");
}

}  // namespace explain
