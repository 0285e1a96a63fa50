#include "tests/unit/avl/frames.hpp"

#include "server/avl/framer.hpp"

namespace avl::test {

using base::Bytes;
using base::ByteView;

Bytes hex(std::string_view digits) {
  return base::from_hex(digits).value();
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes payload_of(ByteView frame) {
  const Found found = next_frame(frame);
  const ByteView payload = std::get<FrameView>(found.what).payload;
  return {payload.begin(), payload.end()};
}

Bytes framed(ByteView payload) {
  Bytes out;
  append_frame(payload, out);
  return out;
}

Bytes reply(std::string_view text) {
  return framed(encode_message({.type = MessageType::reply, .text = std::string(text)}).value());
}

Bytes records(std::size_t count) {
  std::vector<OutgoingRecord> all;
  for (std::size_t n = 0; n < count; ++n) {
    Record record{.time = base::UtcTime(std::chrono::milliseconds(1'763'000'000'000 + 1000 * n)),
                  .longitude_e7 = 252'797'000,
                  .latitude_e7 = 546'872'000,
                  .altitude_m = -5,
                  .angle_deg = 359,
                  .satellites = 9,
                  .speed_kmh = 90};
    all.push_back({record, {element(io::ignition, 1, 1), {10'000, hex("00112233445566778899")}}});
  }
  return framed(encode_records(Codec::codec8e, all).value());
}

std::vector<OutgoingRecord> outgoing(const Records& records) {
  std::vector<OutgoingRecord> all;
  for (const Record& record : records.all()) {
    OutgoingRecord& copy = all.emplace_back(OutgoingRecord{record, {}});
    for (const Element& element : records.elements(record))
      copy.elements.push_back({element.id, {element.bytes.begin(), element.bytes.end()}});
  }
  return all;
}

}  // namespace avl::test
