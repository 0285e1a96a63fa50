#include "tools/mavlink/frame_text.hpp"

#include <fmt/format.h>

#include "server/relay/mavlink/wire/describe.hpp"

namespace mavlink::tool {

namespace {
constexpr std::string_view bold = "1", red = "31", yellow = "33", dim = "2";
constexpr std::size_t shown_of_refused = 64;  // bytes: a wrong baud rate makes garbage without end

struct Paint {
  bool on;
  std::string operator()(std::string_view code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

std::string body_of(const Frame& frame, const Paint& paint) {
  if (const auto message = decode(frame)) {
    const std::string words = describe(*message);
    const std::size_t name = info_of(*message).name.size();
    return paint(bold, words.substr(0, name)) + words.substr(name);
  }
  const auto about = known(frame.message_id);
  const std::string name = about ? std::string(about->name) : fmt::format("message {}", frame.message_id);
  return fmt::format("{} {}", paint(about ? bold : yellow, name),
                     frame.payload.empty() ? "without payload" : base::to_hex(frame.payload));
}

std::string remarks_on(const Heard& heard, const Paint& paint) {
  std::string remarks;
  const auto add = [&](std::string_view code, std::string_view text) {
    remarks += fmt::format("  {}", paint(code, fmt::format("[{}]", text)));
  };
  if (heard.frame.version == 1) add(dim, "MAVLink 1");
  if (!heard.frame.checked) add(yellow, "CRC not checked");
  if (!heard.signature) {
    if (heard.frame.is_signed) add(dim, "signed");
  } else if (heard.trusted()) {
    add(dim, heard.frame.is_signed ? "signature good" : "needs no signature");
  } else {
    add(red, fmt::format("signature: {}", to_string(*heard.signature)));
  }
  return remarks;
}

std::string spaced(base::ByteView bytes, std::size_t most) {
  std::string hex;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), most)))
    hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", byte);
  return bytes.size() > most ? hex + " …" : hex;
}
}  // namespace

std::string as_text(const Heard& heard, base::UtcTime at, const TextStyle& style) {
  const Paint paint{style.colours};
  const Frame& frame = heard.frame;
  std::string line =
      fmt::format("{}  {}  {}/{}  {}{}", paint(dim, base::to_iso8601(at)), heard.address, frame.from.system,
                  frame.from.component, body_of(frame, paint), remarks_on(heard, paint));
  if (style.raw) line += fmt::format("\n    {}", spaced(frame.bytes, frame.bytes.size()));
  return line;
}

std::string as_text(const Refused& refused, base::UtcTime at, const TextStyle& style) {
  const Paint paint{style.colours};
  return fmt::format("{}  {}  {}  {}", paint(dim, base::to_iso8601(at)), refused.address,
                     paint(red, fmt::format("refused: {}", to_string(refused.fault))),
                     spaced(refused.bytes, style.raw ? refused.bytes.size() : shown_of_refused));
}

}  // namespace mavlink::tool
