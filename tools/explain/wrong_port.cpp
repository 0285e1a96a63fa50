#include "tools/explain/wrong_port.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "tools/explain/fields.hpp"

namespace explain {

namespace {
Item whole(base::ByteView bytes, std::string title, std::string problem) {
  return {.offset = 0,
          .size = bytes.size(),
          .from = From::either,
          .title = std::move(title),
          .fields = {},
          .notes = {},
          .problems = {std::move(problem)}};
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
  for (const auto recognize : {text_protocol, tls_hello})
    if (auto item = recognize(bytes)) return item;
  return std::nullopt;
}

}  // namespace explain
