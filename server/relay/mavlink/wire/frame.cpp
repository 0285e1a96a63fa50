#include "server/relay/mavlink/wire/frame.hpp"

#include <algorithm>
#include <type_traits>

#include "server/relay/mavlink/wire/codec.hpp"
#include "server/relay/mavlink/wire/framing.hpp"

namespace mavlink {

using namespace framing;

namespace {

struct Decoder {
  std::uint32_t id;
  std::uint8_t base_size;
  Message (*decode)(const std::uint8_t* payload);
};

template <class M>
Message decode_as(const std::uint8_t* payload) noexcept {
  return load_payload<M>(payload);
}

template <class... M>
constexpr auto all_decoders(std::type_identity<std::variant<M...>>) noexcept {
  std::array decoders{Decoder{M::info.id, M::info.base_size, &decode_as<M>}...};
  std::ranges::sort(decoders, {}, &Decoder::id);
  return decoders;
}
constexpr auto decoders = all_decoders(std::type_identity<Message>{});

// Zeros at the end are not sent in MAVLink 2, but for the first byte.
std::size_t without_zeros(base::ByteView payload) noexcept {
  std::size_t size = payload.size();
  while (size > 1 && payload[size - 1] == 0) --size;
  return size;
}

void store_header_1(std::uint8_t* data, Address from, std::uint8_t sequence, std::uint32_t id) noexcept {
  data[0] = magic_1;
  data[2] = sequence;
  data[source_1_at] = from.system;
  data[source_1_at + 1] = from.component;
  data[id_1_at] = static_cast<std::uint8_t>(id);
}

void store_header_2(std::uint8_t* data, Address from, std::uint8_t sequence, std::uint32_t id) noexcept {
  data[0] = magic_2;
  data[incompatible_at] = 0;
  data[incompatible_at + 1] = 0;  // no flags that a receiver may ignore, either
  data[4] = sequence;
  data[source_2_at] = from.system;
  data[source_2_at + 1] = from.component;
  base::store_le(data + id_2_at, static_cast<std::uint16_t>(id));
  data[id_2_at + 2] = static_cast<std::uint8_t>(id >> 16);
}

}  // namespace

std::optional<Message> decode(const Frame& frame) noexcept {
  const auto* decoder = std::ranges::lower_bound(decoders, frame.message_id, {}, &Decoder::id);
  if (!frame.checked || decoder == decoders.end() || decoder->id != frame.message_id) return std::nullopt;
  if (frame.version == 1 && frame.payload.size() != decoder->base_size) return std::nullopt;
  std::array<std::uint8_t, longest_payload> payload{};
  std::ranges::copy(frame.payload.first(std::min(frame.payload.size(), payload.size())), payload.begin());
  return decoder->decode(payload.data());
}

FrameBytes encode(const Message& message, Address from, std::uint8_t sequence, int version) noexcept {
  const MessageInfo& info = info_of(message);
  const bool is_1 = version == 1 && info.id <= last_id_1;
  const std::size_t header = is_1 ? header_1 : header_2;
  FrameBytes frame;
  std::uint8_t* const data = frame.data.data();
  (is_1 ? store_header_1 : store_header_2)(data, from, sequence, info.id);
  std::visit([&](const auto& made) { store_payload(made, !is_1, data + header); }, message);
  const std::size_t size = is_1 ? info.base_size : without_zeros({data + header, info.full_size});
  data[length_at] = static_cast<std::uint8_t>(size);
  base::store_le(data + header + size, crc_of_frame({data + 1, header - 1 + size}, info.crc_extra));
  frame.size = header + size + crc_size;
  return frame;
}

}  // namespace mavlink
