#include "tools/explain/wrong_port.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "server/base/imei.hpp"
#include "tools/explain/fields.hpp"

namespace explain {

namespace {
constexpr std::size_t imei_digits = 15;

Item whole(base::ByteView bytes, std::string title, std::string problem) {
  return {.offset = 0,
          .size = bytes.size(),
          .from = From::either,
          .title = std::move(title),
          .fields = {},
          .notes = {},
          .problems = {std::move(problem)}};
}

std::optional<Item> avl_hello(base::ByteView bytes) {
  if (bytes.size() < 2 + imei_digits || bytes[0] != 0 || bytes[1] != imei_digits) return std::nullopt;
  const std::string_view digits = base::as_text(bytes.subspan(2, imei_digits));
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  Item item =
      whole(bytes, "AVL greeting",
            "This is a tracker's AVL connection, not a camera's: the device's data server is set to the camera port.");
  FieldReader reader(bytes, 0, bytes.size());
  reader.number(2, "length");
  reader.take(imei_digits, "IMEI", std::string(digits));
  reader.last().meaning =
      base::Imei::parse(digits) ? "ASCII; the Luhn check digit is right" : "ASCII; the Luhn check digit is wrong";
  if (reader.left() > 0) reader.take(reader.left(), "rest", fmt::format("{} bytes", reader.left()));
  item.fields = std::move(reader).fields();
  return item;
}

std::optional<Item> avl_packet(base::ByteView bytes) {
  constexpr std::size_t shortest = 10;
  constexpr std::array<std::uint8_t, 6> codecs{0x08, 0x8e, 0x0c, 0x0d, 0x0e, 0x10};
  if (bytes.size() < shortest || base::load_be<std::uint32_t>(bytes.data()) != 0) return std::nullopt;
  if (std::ranges::find(codecs, bytes[8]) == codecs.end()) return std::nullopt;
  const auto length = base::load_be<std::uint32_t>(bytes.data() + 4);
  constexpr std::uint32_t longest = 1U << 20;
  if (length < 2 || length > longest) return std::nullopt;
  Item item =
      whole(bytes, "AVL data",
            "This is AVL data of a tracker, not a camera's: the device's data server is set to the camera port.");
  FieldReader reader(bytes, 0, bytes.size());
  reader.number(4, "preamble");
  reader.number(4, "length");
  const std::uint64_t codec = reader.number(1, "codec");
  reader.last().value = fmt::format("0x{:02x}", codec);
  reader.last().meaning = codec == 0x08   ? "Codec 8"
                          : codec == 0x8e ? "Codec 8 Extended"
                                          : fmt::format("Codec {}", codec);
  reader.number(1, codec == 0x08 || codec == 0x8e || codec == 0x10 ? "records" : "messages");
  if (reader.left() > 0) reader.take(reader.left(), "rest", fmt::format("{} bytes", reader.left()));
  item.fields = std::move(reader).fields();
  return item;
}

std::optional<Item> text_protocol(base::ByteView bytes) {
  struct Row {
    std::string_view beginning, title, problem;
  };
  static constexpr std::array<Row, 10> rows{{
      {"GET ", "HTTP request", "This is HTTP: a browser, a probe or a scanner, not a camera."},
      {"POST ", "HTTP request", "This is HTTP: a browser, a probe or a scanner, not a camera."},
      {"PUT ", "HTTP request", "This is HTTP: a browser, a probe or a scanner, not a camera."},
      {"HEAD ", "HTTP request", "This is HTTP: a browser, a probe or a scanner, not a camera."},
      {"OPTIONS ", "HTTP request", "This is HTTP: a browser, a probe or a scanner, not a camera."},
      {"CONNECT ", "HTTP request", "This is HTTP: a proxy client or a scanner, not a camera."},
      {"HTTP/", "HTTP answer", "This is an HTTP answer: the peer is a web server."},
      {"SSH-", "SSH greeting", "This is SSH, not a camera."},
      {"PROXY ", "PROXY header", "This is a balancer's PROXY header (version 1); the camera's bytes come after it."},
      {"RTSP/", "RTSP", "This is RTSP, another way to speak to cameras."},
  }};
  for (const Row& row : rows)
    if (base::as_text(bytes).starts_with(row.beginning)) {
      Item item = whole(bytes, std::string(row.title), std::string(row.problem));
      const std::string_view line = base::as_text(bytes).substr(0, base::as_text(bytes).find_first_of("\r\n"));
      item.notes.push_back("First line: " + base::printable(base::as_bytes(line)));
      return item;
    }
  return std::nullopt;
}

std::optional<Item> tls_hello(base::ByteView bytes) {
  if (bytes.size() < 3 || bytes[0] != 0x16 || bytes[1] != 0x03) return std::nullopt;
  Item item = whole(bytes, "TLS record",
                    "This is a TLS handshake: the device has TLS switched on, so give it a port that speaks TLS.");
  FieldReader reader(bytes, 0, bytes.size());
  reader.number(1, "type");
  reader.last().meaning = "handshake";
  reader.take(2, "version", fmt::format("{}.{}", bytes[1], bytes[2]));
  reader.last().meaning = "of the record layer; what is spoken in the end is agreed inside";
  item.fields = std::move(reader).fields();
  return item;
}
}  // namespace

std::optional<Item> recognize_wrong_port(base::ByteView bytes) {
  for (const auto recognize : {avl_hello, avl_packet, text_protocol, tls_hello})
    if (auto item = recognize(bytes)) return item;
  return std::nullopt;
}

}  // namespace explain
