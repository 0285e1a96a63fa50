#include "server/avl/command.hpp"

#include <fmt/format.h>

#include <cctype>

#include "server/avl/reader.hpp"

namespace avl {

namespace {
constexpr std::size_t imei_bytes = 8;  // 16 digits, the first is 0
constexpr std::size_t time_bytes = 4;
constexpr std::size_t head_size = 7;  // codec, count, type, size

std::optional<base::Imei> read_bcd(base::ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) {
    if (byte >> 4 > 9 || (byte & 0xf) > 9) return std::nullopt;
    number = number * 100 + static_cast<std::uint64_t>((byte >> 4) * 10 + (byte & 0xf));
  }
  return base::Imei::from_number(number);
}

void append_bcd(base::Bytes& out, std::uint64_t number) {
  std::uint64_t bcd = 0;
  for (unsigned shift = 0; shift < 64; shift += 4, number /= 10) bcd |= number % 10 << shift;
  append_be(out, bcd);
}

std::unexpected<base::Error> wrong(Codec codec, std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("A message of {} makes no sense: {}.", to_string(codec), what));
}

std::size_t extra_of(Codec codec) {
  return codec == Codec::codec13 ? time_bytes : codec == Codec::codec14 ? imei_bytes : 0;
}

base::Result<> read_extra(Message& message, base::ByteView extra) {
  if (message.codec == Codec::codec13)
    message.time = base::UtcTime(std::chrono::seconds(base::load_be<std::uint32_t>(extra.data())));
  if (message.codec != Codec::codec14) return {};
  message.imei = read_bcd(extra);
  if (!message.imei) return wrong(message.codec, fmt::format("{} is no IMEI", base::to_hex(extra)));
  return {};
}

bool is_known(MessageType type) {
  return type == MessageType::command || type == MessageType::reply || type == MessageType::nack;
}
}  // namespace

base::Result<Message> decode_message(base::ByteView payload) {
  const std::optional<Codec> codec = payload.empty() ? std::nullopt : parse_codec(payload[0]);
  if (!codec || carries_records(*codec))
    return base::fail(base::Errc::invalid, "A message begins with 0c, 0d or 0e: this is none.");
  const std::size_t extra = extra_of(*codec);
  if (payload.size() < head_size + extra + 1) return wrong(*codec, fmt::format("{} bytes are too few", payload.size()));
  if (payload[1] != 1 || payload.back() != 1)
    return wrong(*codec, fmt::format("{} messages are announced before the text and {} behind it; there is always one",
                                     payload[1], payload.back()));
  Message message{.codec = *codec, .type = static_cast<MessageType>(payload[2])};
  if (!is_known(message.type)) return wrong(*codec, fmt::format("type {:02x} is not known", payload[2]));
  const auto size = base::load_be<std::uint32_t>(payload.data() + 3);
  const base::ByteView body = payload.subspan(head_size, payload.size() - head_size - 1);
  // The size counts time or IMEI. Whether time is among it reads differently in descriptions: both are taken.
  const bool text_alone = *codec == Codec::codec13 && size + std::uint64_t{extra} == body.size();
  if (size != body.size() && !text_alone)
    return wrong(*codec, fmt::format("it says that it has {} bytes, and has {}", size, body.size()));
  if (auto read = read_extra(message, body.first(extra)); !read) return std::unexpected(read.error());
  message.text = base::as_text(body.subspan(extra));
  return message;
}

base::Result<base::Bytes> encode_message(const Message& message) {
  if (carries_records(message.codec)) return wrong(message.codec, "it carries records, not text");
  if (message.codec == Codec::codec13 && !message.time) return wrong(message.codec, "it needs a time");
  if (message.codec == Codec::codec14 && !message.imei) return wrong(message.codec, "it needs an IMEI");
  const std::size_t extra = extra_of(message.codec);
  const std::size_t longest =
      message.type == MessageType::command ? max_command_size : max_payload_size - head_size - extra - 1;
  if (message.text.size() > longest)
    return wrong(message.codec,
                 fmt::format("the text has {} bytes, at most {} can be sent", message.text.size(), longest));

  base::Bytes out{static_cast<std::uint8_t>(message.codec), 1, static_cast<std::uint8_t>(message.type)};
  append_be(out, static_cast<std::uint32_t>(extra + message.text.size()));
  if (message.codec == Codec::codec13)
    append_be(out, static_cast<std::uint32_t>(
                       std::chrono::floor<std::chrono::seconds>(*message.time).time_since_epoch().count()));
  if (message.codec == Codec::codec14) append_bcd(out, message.imei->number());
  const base::ByteView text = base::as_bytes(message.text);
  out.insert(out.end(), text.begin(), text.end());
  out.push_back(1);
  return out;
}

std::string tidy_text(std::string_view text) {
  std::string tidy;
  for (const char c : text) {
    const bool blank = c == '\0' || std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank)
      tidy += c;
    else if (!tidy.empty() && tidy.back() != ' ')
      tidy += ' ';
  }
  if (!tidy.empty() && tidy.back() == ' ') tidy.pop_back();
  return tidy;
}

}  // namespace avl
