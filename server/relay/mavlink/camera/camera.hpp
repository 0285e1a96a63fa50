// One of our cameras as a MAVLink camera component (Camera Protocol v2). Sans-IO: it knows no socket, clock, thread or
// file. One thread. Messages that are not for it are left alone, so every message may be passed to every component.
//
// The driver of the device behind it carries out what is asked (Actions::asks) and says what happens, whoever caused
// it. The caller sends Actions::send, keeps Actions::keep before that, reads Actions::pages from what was kept, and
// calls wake() at next_wake().
//
// Commands are acknowledged at once; only formatting takes its time with IN_PROGRESS. What came of the others shows in
// the messages that follow: CAMERA_IMAGE_CAPTURED, CAMERA_CAPTURE_STATUS, CAMERA_SETTINGS.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/now.hpp"
#include "server/relay/mavlink/camera/actions.hpp"
#include "server/relay/mavlink/camera/description.hpp"
#include "server/relay/mavlink/camera/information.hpp"

namespace mavlink::camera {

// What came of a capture.
struct Image {
  bool ok = true;  // stored; false: there is no image
  std::optional<base::UtcTime> taken_at;
  std::string url;  // http, as the ground station reaches it, below 205 bytes; a longer one is left out
  std::optional<Position> position;
  std::array<float, 4> orientation{1, 0, 0, 0};  // quaternion w, x, y, z
  std::string reason;                            // of a failure, for the log
};

struct Outcome {
  bool ok = true;
  std::string reason;  // a sentence, where it failed
};

// Since the start.
struct Figures {
  std::uint64_t commands = 0;  // for this component
  std::uint64_t refused = 0;   // DENIED, UNSUPPORTED, rejected for now
  std::uint64_t repeated = 0;  // sent again, and not carried out again
  std::uint64_t shots = 0;     // asked of the device
  std::uint64_t skipped = 0;   // of series, while the camera was busy or away
  std::uint64_t images = 0;
  std::uint64_t failures = 0;  // captures without an image
};

class Camera {
 public:
  // Precondition: check(description). `image_count`: of what was kept, see Keep. Offline at first.
  Camera(Description description, std::int32_t image_count, base::Now now);
  ~Camera();
  Camera(Camera&&) noexcept;
  Camera& operator=(Camera&&) noexcept;

  void hear(const Received& received, base::Now now, Actions& out);
  void wake(base::Now now, Actions& out);
  std::optional<base::SteadyTime> next_wake() const noexcept;

  // The camera itself is there, or not: without it there are no heartbeats, and commands that act are rejected for now.
  // What it was asked before stays asked.
  void online(base::Now now, Actions& out);
  void offline(base::Now now, Actions& out);

  // A capture came to its end: the file is stored, or there will be none. Without `ask`, or with one that was given up,
  // it was taken by somebody else's doing, and is told all the same.
  void image(std::optional<AskId> ask, const Image& taken, base::Now now, Actions& out);
  // The other asks. A refused TakeImage may end here as well. Ids that are not asked (any more) are left alone.
  void done(AskId ask, const Outcome& outcome, base::Now now, Actions& out);
  void progress(AskId ask, std::uint8_t percent, base::Now now, Actions& out);  // of FormatStorage

  // States, at any time, whatever caused them. What did not change is not told.
  void recording(bool is_recording, base::Now now, Actions& out);
  void storage(std::uint8_t id, const StorageNumbers& numbers, base::Now now, Actions& out);
  // Told when it changes, and now and then; nothing: not known.
  void battery(std::optional<std::int8_t> percent, base::Now now, Actions& out);
  void settings(const Settings& settings, base::Now now, Actions& out);
  // Unknown names and values that the parameter cannot have are left alone.
  void parameter(std::string_view id, const ParameterValue& value);

  // Answers to Actions::pages: those records of first..last that there are, in order.
  void page(std::uint64_t id, std::vector<ImageRecord> records, base::Now now, Actions& out);
  void page_failed(std::uint64_t id, base::Now now, Actions& out);

  // That neighbour is gone: what it asked for is not sent any more.
  void forget(Peer peer);

  const Description& description() const noexcept;
  const Condition& condition() const noexcept;
  Figures figures() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mavlink::camera
