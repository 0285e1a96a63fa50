#include "server/avl/datagram.hpp"

#include <fmt/format.h>

#include "server/avl/reader.hpp"

namespace avl {

namespace {
constexpr std::uint8_t packet_type = 1;
constexpr std::uint16_t imei_digits = 15;
constexpr std::size_t length_size = 2;
constexpr std::size_t head_size = 2 + 1 + 1 + 2 + imei_digits;  // packet id, type, AVL packet id, IMEI with its length

std::unexpected<base::Error> wrong(std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("A datagram makes no sense: {}.", what));
}
}  // namespace

base::Result<Datagram> decode_datagram(base::ByteView bytes) {
  if (bytes.size() < length_size + head_size + min_payload_size)
    return wrong(fmt::format("{} bytes are too few", bytes.size()));
  Reader in(bytes);
  const std::size_t length = in.number<std::uint16_t>();
  if (length != bytes.size() - length_size)
    return wrong(fmt::format("it says that {} bytes follow, and {} do", length, bytes.size() - length_size));
  const auto packet_id = in.number<std::uint16_t>();
  if (const auto type = in.number<std::uint8_t>(); type != packet_type)
    return wrong(fmt::format("its third field is {:02x}, not 01", type));
  const auto avl_packet_id = in.number<std::uint8_t>();
  if (const auto size = in.number<std::uint16_t>(); size != imei_digits)
    return wrong(fmt::format("its IMEI has {} digits, not {}", size, imei_digits));
  const base::ByteView digits = in.take(imei_digits);
  const auto imei = base::Imei::parse(base::as_text(digits));
  if (!imei) return wrong(fmt::format("\"{}\" is no IMEI", base::printable(digits)));
  if (imei->is_reserved()) return wrong(fmt::format("{} is a number that no device has", imei->str()));
  return Datagram{packet_id, avl_packet_id, *imei, in.take(in.left())};
}

base::Bytes encode_datagram(const Datagram& datagram) {
  base::Bytes out;
  append_be(out, static_cast<std::uint16_t>(head_size + datagram.payload.size()));
  append_be(out, datagram.packet_id);
  append_be(out, packet_type);
  append_be(out, datagram.avl_packet_id);
  append_be(out, imei_digits);
  const std::string imei = datagram.imei.str();
  out.insert(out.end(), imei.begin(), imei.end());
  out.insert(out.end(), datagram.payload.begin(), datagram.payload.end());
  return out;
}

base::Bytes acknowledge(const Datagram& datagram, std::uint8_t records) {
  base::Bytes out;
  append_be(out, std::uint16_t{5});
  append_be(out, datagram.packet_id);
  append_be(out, packet_type);
  append_be(out, datagram.avl_packet_id);
  append_be(out, records);
  return out;
}

}  // namespace avl
