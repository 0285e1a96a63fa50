// The published documents, and how tests look at what comes out.
#pragma once

#include <string>
#include <string_view>

#include "server/relay/shogun/decode.hpp"

namespace shogun::test {

inline std::string wire(std::string_view root) {
  return R"(<?xml version="1.0" encoding="UTF-8" standalone="no"?>)" + std::string(root) + '\0';
}

inline const std::string start = wire(
    R"(<CaptureStart><Name VALUE="dance"/><Notes VALUE="first &amp; last"/><Description VALUE="a dance"/>)"
    R"(<DatabasePath VALUE="D:/Jeremy/Susan/Captures/Take"/><Delay VALUE="33"/><PacketID VALUE="33360"/></CaptureStart>)");
inline const std::string stop =
    wire(R"(<CaptureStop RESULT="SUCCESS"><Name VALUE="dance"/><DatabasePath VALUE="D:/Jeremy/Susan/Captures/Take"/>)"
         R"(<Delay VALUE="33"/><PacketID VALUE="33361"/></CaptureStop>)");
inline const std::string complete =
    wire(R"(<CaptureComplete><Name VALUE="dance"/><DatabasePath VALUE="D:/Jeremy/Susan/Captures/Take"/>)"
         R"(<PacketID VALUE="33362"/></CaptureComplete>)");
inline const std::string timecode_start = wire(
    R"(<CaptureStart><TimeCode VALUE="0 38 10 17 0 0 0 4"/><Name VALUE="slip"/><Notes VALUE="n"/><Description VALUE="d"/>)"
    R"(<DatabasePath VALUE="D:/T"/><PacketID VALUE="33364"/></CaptureStart>)");
inline const std::string timecode_stop =
    wire(R"(<CaptureStop><TimeCode VALUE="0 46 27 15 0 0 0 4"/><Name VALUE="slip"/><DatabasePath VALUE="D:/T"/>)"
         R"(<PacketID VALUE="33365"/></CaptureStop>)");
inline const std::string duration_stop =
    wire(R"(<CaptureStop><Duration FRAMES="12867" PERIOD="32865" TICKS="5553087"/><Name VALUE="memorise"/>)"
         R"(<DatabasePath VALUE="D:/T"/><PacketID VALUE="33367"/></CaptureStop>)");

// 164 bytes, as published.
constexpr std::string_view complete_hex =
    "3c3f786d6c2076657273696f6e3d22312e302220656e636f64696e673d225554462d3822207374616e64616c6f6e653d226e6f223f3e"
    "3c43617074757265436f6d706c6574653e3c4e616d652056414c55453d2264616e6365222f3e3c4461746162617365506174682056414c"
    "55453d22443a2f54222f3e3c5061636b657449442056414c55453d223333333632222f3e3c2f43617074757265436f6d706c6574653e00";

inline std::expected<Notification, Refusal> read(std::string_view datagram, Flavour flavour = Flavour::vicon) {
  return decode(base::as_bytes(datagram), flavour);
}

// The kind, or the reason why there is none.
inline std::string_view outcome(std::string_view datagram, Flavour flavour = Flavour::vicon) {
  const auto notification = read(datagram, flavour);
  return notification ? to_string(notification->kind) : to_string(notification.error());
}

}  // namespace shogun::test
