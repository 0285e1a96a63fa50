// Records as a tracker sends them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/avl/reader.hpp"
#include "server/avl/record.hpp"

namespace avl {

namespace {
constexpr std::size_t most_records = 0xff;
constexpr std::array<std::size_t, 4> fixed_sizes{1, 2, 4, 8};

bool is_fixed(const OutgoingElement& element) {
  return std::ranges::find(fixed_sizes, element.bytes.size()) != fixed_sizes.end();
}

class RecordEncoder {
 public:
  RecordEncoder(Codec codec, base::Bytes& out) : wide_(codec == Codec::codec8e), out_(out) {}

  // An empty sentence: all is well.
  std::string append(const OutgoingRecord& outgoing) {
    if (std::string problem = check(outgoing); !problem.empty()) return problem;
    append_place(outgoing.record);
    append_number(outgoing.record.event_id);
    append_number(outgoing.elements.size());
    for (const std::size_t size : fixed_sizes) append_group(outgoing.elements, size);
    if (wide_) append_long_group(outgoing.elements);
    return {};
  }

 private:
  std::string check(const OutgoingRecord& outgoing) const {
    const std::size_t highest = wide_ ? 0xffff : 0xff;
    if (outgoing.record.event_id > highest)
      return fmt::format("event {} needs Codec 8 Extended", outgoing.record.event_id);
    if (outgoing.elements.size() > highest) return fmt::format("{} elements are too many", outgoing.elements.size());
    for (const OutgoingElement& element : outgoing.elements) {
      if (element.id > highest) return fmt::format("element {} needs Codec 8 Extended", element.id);
      if (!wide_ && !is_fixed(element))
        return fmt::format("element {} has {} bytes: that needs Codec 8 Extended", element.id, element.bytes.size());
      if (element.bytes.size() > 0xffff) return fmt::format("element {} is too long", element.id);
    }
    return {};
  }

  void append_place(const Record& record) {
    append_be(out_, static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
    append_be(out_, static_cast<std::uint8_t>(record.priority));
    append_be(out_, static_cast<std::uint32_t>(record.longitude_e7));
    append_be(out_, static_cast<std::uint32_t>(record.latitude_e7));
    append_be(out_, static_cast<std::uint16_t>(record.altitude_m));
    append_be(out_, record.angle_deg);
    append_be(out_, record.satellites);
    append_be(out_, record.speed_kmh);
  }

  void append_number(std::size_t number) {  // an id or a count
    if (wide_)
      append_be(out_, static_cast<std::uint16_t>(number));
    else
      append_be(out_, static_cast<std::uint8_t>(number));
  }

  void append_group(const std::vector<OutgoingElement>& elements, std::size_t size) {
    const auto belongs = [size](const OutgoingElement& element) { return element.bytes.size() == size; };
    append_number(static_cast<std::size_t>(std::ranges::count_if(elements, belongs)));
    for (const OutgoingElement& element : elements) {
      if (!belongs(element)) continue;
      append_number(element.id);
      out_.insert(out_.end(), element.bytes.begin(), element.bytes.end());
    }
  }

  void append_long_group(const std::vector<OutgoingElement>& elements) {
    append_number(elements.size() - static_cast<std::size_t>(std::ranges::count_if(elements, is_fixed)));
    for (const OutgoingElement& element : elements) {
      if (is_fixed(element)) continue;
      append_number(element.id);
      append_number(element.bytes.size());
      out_.insert(out_.end(), element.bytes.begin(), element.bytes.end());
    }
  }

  bool wide_;
  base::Bytes& out_;
};
}  // namespace

OutgoingElement element(std::uint16_t id, std::uint64_t value, std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t n = size; n > 0; --n, value >>= 8) bytes[n - 1] = static_cast<std::uint8_t>(value);
  return {id, std::move(bytes)};
}

base::Result<base::Bytes> encode_records(Codec codec, std::span<const OutgoingRecord> records) {
  const auto wrong = [&](std::string_view what) {
    return base::fail(base::Errc::invalid, fmt::format("{} cannot say this: {}.", to_string(codec), what));
  };
  if (!carries_records(codec)) return wrong("it carries text, not records");
  if (records.size() > most_records)
    return wrong(fmt::format("{} records, at most {} go together", records.size(), most_records));
  base::Bytes out{static_cast<std::uint8_t>(codec), static_cast<std::uint8_t>(records.size())};
  RecordEncoder encoder(codec, out);
  for (std::size_t n = 0; n < records.size(); ++n)
    if (const std::string problem = encoder.append(records[n]); !problem.empty())
      return wrong(fmt::format("record {}: {}", n + 1, problem));
  out.push_back(static_cast<std::uint8_t>(records.size()));
  if (out.size() > max_payload_size) return wrong(fmt::format("{} bytes are too many for one packet", out.size()));
  return out;
}

}  // namespace avl
