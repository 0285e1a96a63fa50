// A recorded device that is played against a server: SANS-IO. What happens to it goes in, poll() says what it does
// next.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "tools/capture/camera_files.hpp"
#include "tools/capture/capture.hpp"
#include "tools/replay/pace.hpp"

namespace replay {

// What the conversations of one recorded device hold; shared by its copies. All but `made` is borrowed.
struct DevicePlan {
  std::optional<base::Imei> imei;  // nothing: datagrams of the relay
  captures::Protocol protocol = captures::Protocol::unknown;
  captures::Transport transport = captures::Transport::tcp;
  std::vector<std::size_t> numbers;  // of the conversations, indices into the capture; ascending
  std::vector<const captures::Conversation*> conversations;  // the same
  std::vector<const captures::CameraFile*> files;            // of a camera, in the order in which they begin
  std::list<captures::Conversation> made;                    // what was made up for damaged conversations
  std::uint64_t bytes() const;                               // of the device
};

struct DeviceReport {
  std::uint64_t imei = 0;
  std::uint32_t connections = 0;
  std::uint32_t refused_connections = 0;
  std::uint32_t files = 0;  // that the capture knows whole
  std::uint32_t files_acknowledged = 0;
  std::uint64_t records = 0;    // acknowledged
  std::uint64_t answered = 0;   // requests of the server to a camera
  std::uint32_t datagrams = 0;  // sent
  std::uint64_t wire_bytes = 0;
  std::uint32_t divergences = 0;  // from what the recorded server said
  std::string first_divergence;
  std::vector<std::string> failures;    // what of the capture did not get to the server, and why
  std::vector<std::string> incomplete;  // what the capture itself does not hold
};

class Device {
 public:
  virtual ~Device() = default;
  virtual void connected(Time now) = 0;
  virtual void connect_failed(Time now, const std::string& why) = 0;
  virtual void received(base::ByteView bytes, Time now) = 0;
  virtual void closed(Time now) = 0;  // by the server or the network
  virtual Step poll(Time now, base::Bytes& out) = 0;
  virtual const DeviceReport& report() const = 0;
};

// Tries to connect that fail in a row, and connections without an acknowledgement beyond those of the recording.
constexpr unsigned most_tries = 5;

// A report of a server that says something else than the recorded one.
void diverge(DeviceReport& report, const captures::Conversation& conversation, std::size_t number,
             const std::string& words);

}  // namespace replay
