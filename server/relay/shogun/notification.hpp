// What a motion-capture stage says of its recordings, and what it can be told: one XML document per UDP datagram, each
// value in VALUE="…" of an element of its own. Vicon's Shogun, Nexus, Tracker and Blade speak it, and kin with forms of
// their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/relay/shogun/timecode.hpp"

namespace shogun {

constexpr std::uint16_t default_port = 30;  // below 1024: binding to it takes a privilege

// The form an endpoint speaks. All take Vicon's form with all its variants; they differ in
//   · what a time code in a start means: `vicon` announces when the capture will begin, the others tell the time it is
//   · documents of their own: `xsens` StartRecordingReq, StopRecordingReq, CaptureName, IdentifyReq and their answers
//   · what is sent, see encode.hpp
enum class Flavour : std::uint8_t { vicon, optitrack, rokoko, qtm, xsens, manus, nokov };
std::string_view to_string(Flavour flavour) noexcept;
std::optional<Flavour> parse_flavour(std::string_view text) noexcept;
// "Xsens MVN", and the port it is reached at by default.
std::string_view product(Flavour flavour) noexcept;
std::uint16_t port_of(Flavour flavour) noexcept;

enum class Kind : std::uint8_t {
  start,           // the capture begins, `delay` after the datagram
  stop,            // it has ended
  complete,        // its file lies ready
  timecode_start,  // armed: it will begin at `timecode`. No shot; sent again when it is edited
  timecode_stop,   // armed: it will end at `timecode`
  duration_stop,   // armed: it will end after `duration`
  // Xsens and Rokoko only.
  name,                // what the next take is called
  identify,            // who is there?
  start_acknowledged,  // `result` and `description` say how it went
  stop_acknowledged,
};
constexpr int kinds = 10;
std::string_view to_string(Kind kind) noexcept;  // "timecode_start"
std::optional<Kind> parse_kind(std::string_view text) noexcept;
constexpr bool begins_capture(Kind kind) noexcept {
  return kind == Kind::start;
}
constexpr bool is_announcement(Kind kind) noexcept {
  return kind == Kind::timecode_start || kind == Kind::timecode_stop || kind == Kind::duration_stop;
}

enum class Result : std::uint8_t { unknown, success, fail, cancel };  // after cancel there is no complete
std::string_view to_string(Result result) noexcept;                   // "SUCCESS"; empty for unknown

struct Duration {
  std::uint64_t frames = 0;
  std::uint64_t period = 0, ticks = 0;  // ticks of a frame and of a second: the exact rate. 0: not told

  std::optional<double> seconds() const noexcept;  // nothing where the rate was not told
  std::optional<double> frames_per_second() const noexcept;
  bool operator==(const Duration&) const = default;
};
std::string to_words(const Duration& duration);  // "12867 frames, 76.151 s"

// What a document departed from the published form in, and was taken with.
enum class Tolerated : std::uint16_t {
  no_nul = 1,  // at its end
  bytes_behind_nul = 2,
  leading_blanks = 4,
  no_declaration = 8,
  broken_declaration = 16,
  quotes_in_values = 32,  // not escaped
  bad_delay = 64,         // negative, no number, or too long: taken as none
  bad_packet_id = 128,    // no number or beyond 64 bit: taken as none
  bad_timecode = 256,     // of a flavour where it is information only: left out
  not_utf8 = 512,
};
std::string tolerated_in_words(std::uint16_t tolerated);  // "no NUL at the end, no declaration"

// All text is untrusted: names are no paths to use on this machine before they went through a sanitise function.
struct Notification {
  Kind kind = Kind::start;
  std::string name;           // of the trial, its file name; perhaps empty
  std::string database_path;  // folder on the stage's computer; perhaps empty
  std::optional<std::string> notes, description;
  std::chrono::milliseconds delay{0};      // from the datagram to the event
  std::optional<std::uint64_t> packet_id;  // 0 means none, to many
  Result result = Result::unknown;
  std::optional<Timecode> timecode;
  std::optional<Duration> duration;
  std::string host_name, session_name, take;  // kin only
  std::optional<std::uint64_t> process_id;    // kin: the sender's, to know its own
  Flavour recognised = Flavour::vicon;        // by what is in the document; a guess for people
  std::uint16_t tolerated = 0;

  void tolerate(Tolerated what) noexcept {
    tolerated = static_cast<std::uint16_t>(tolerated | static_cast<std::uint16_t>(what));
  }
  bool tolerates(Tolerated what) const noexcept { return (tolerated & static_cast<std::uint16_t>(what)) != 0; }
};

// Delays beyond this are mistakes: nobody announces a shot so long before. Both ways.
constexpr std::chrono::milliseconds longest_delay{600'000};
// What we send: some products refuse ids beyond, and 0 means none.
constexpr std::uint64_t highest_packet_id = 0x7fffffff;

}  // namespace shogun
