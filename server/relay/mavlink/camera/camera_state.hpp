// What a camera component is made of, and its parts by what they deal with; each has a source file of that name.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/relay/mavlink/camera/camera.hpp"
#include "server/relay/mavlink/camera/capture.hpp"
#include "server/relay/mavlink/camera/command.hpp"
#include "server/relay/mavlink/camera/grid.hpp"
#include "server/relay/mavlink/camera/intervals.hpp"
#include "server/relay/mavlink/camera/replay.hpp"
#include "server/relay/mavlink/camera/resent.hpp"

namespace mavlink::camera {

// One call from outside.
struct Turn {
  base::Now now;
  Actions& out;
};

struct Camera::State {
  State(Description what, std::int32_t image_count, base::Now now);

  // camera.cpp
  void hear(const Received& received, Turn turn);
  void answer_ping(const Received& received, Turn turn) const;
  // What is due now; every call from outside ends with it.
  void drive(Turn turn);
  std::optional<base::SteadyTime> next_wake() const noexcept;
  void send(const Message& message, std::optional<Peer> to, Turn turn) const;
  void push_status(Turn turn);  // to all
  void push_settings(Turn turn) const;

  // commands.cpp: which there are, and what they come to.
  struct Row;
  static const Row* find_row(std::uint16_t command) noexcept;
  void carry_out(const Command& command, Turn turn);
  Answer answer_to(const Command& command, Turn turn);
  Answer act(const Row& row, const Command& command, Turn turn);
  void cancel(const CommandCancel& sent, const Received& received, Turn turn);

  // requests.cpp
  Answer request_message(const Command& command, Turn turn);
  Answer request_numbered(std::uint32_t message, std::optional<std::int32_t> number, const Recipient& to, Turn turn);
  Answer request_image(std::optional<std::int32_t> first, std::optional<std::int32_t> last, const Recipient& to);
  Answer request_old(const Command& command, Turn turn);
  Answer set_interval(const Command& command, Turn turn);
  Answer get_interval(const Command& command, Turn turn);
  bool can_send(std::uint32_t message) const noexcept;
  std::size_t count_of(std::uint32_t message) const noexcept;
  Message make(std::uint32_t message, std::size_t index, base::SteadyTime now) const;

  // shots.cpp
  Answer start_capture(const Command& command, Turn turn);
  Answer start_series(const Command& command, Turn turn);
  Answer stop_capture(const Command& command, Turn turn);
  Answer digicam_control(const Command& command, Turn turn);
  Answer trigger_control(const Command& command, Turn turn);
  std::optional<Answer> why_no_shot() const;
  void take_images(Turn turn);
  void image(const Image& taken, Turn turn);

  // video.cpp
  Answer start_video(const Command& command, Turn turn);
  Answer stop_video(const Command& command, Turn turn);
  Answer control_video(const Command& command, Turn turn);
  Answer switch_stream(const Command& command, Turn turn);
  Answer begin_recording(std::uint8_t stream, const Command& command, Turn turn);
  Answer end_recording(std::uint8_t stream, const Command& command, Turn turn);
  std::optional<std::uint8_t> stream_of(const Command& command) const noexcept;
  bool will_record() const noexcept;  // once the device has done what it was asked

  // settings.cpp
  Answer set_mode(const Command& command, Turn turn);
  Answer set_zoom(const Command& command, Turn turn);
  Answer set_focus(const Command& command, Turn turn);
  Answer reset_settings(const Command& command, Turn turn);

  // storage.cpp
  Answer format(const Command& command, Turn turn);
  Answer format_now(std::uint8_t storage, const Command& command, Turn turn);
  void format_ended(const Answer& answer, Turn turn);
  void tell_format(const Answer& answer, Turn turn) const;
  void forget_images(Turn turn);

  // asks.cpp
  struct Pending {
    Wish wish;
    Address by;
    Peer peer;
    base::SteadyTime deadline;
  };
  // Nothing: the device has too much to do already.
  std::optional<AskId> ask(Wish wish, Address by, Peer peer, Turn turn);
  Answer ask_for(Wish wish, const Command& command, Turn turn);
  void done(AskId id, const Outcome& outcome, Turn turn);
  void settle(const Pending& pending, const Outcome& outcome, Turn turn);
  void give_up_overdue(Turn turn);

  // parameters.cpp
  void list_parameters(const Received& received);
  void read_parameter(const ParamExtRequestRead& wanted, const Received& received, Turn turn) const;
  void set_parameter(const ParamExtSet& sent, const Received& received, Turn turn);
  void tell_parameters(Turn turn);
  ParamExtValue value_message(std::size_t index) const noexcept;
  const Parameter* find_parameter(std::string_view id) const noexcept;
  void parameter_settled(const Pending& pending, const SetParameter& wish, const Outcome& outcome, Turn turn);

  bool is_camera_id(std::optional<std::int32_t> target) const noexcept;

  Description description;
  Condition condition;
  Reporter report;
  std::optional<Grid> heartbeat;  // while online

  Capture capture;
  Resent resent;
  Replay replay;
  Intervals intervals;
  std::optional<Grid> recording_status;  // regular ones while recording
  std::optional<Grid> battery_status;    // regular ones while it is known
  CameraCaptureStatus told;              // what all were told last

  std::map<AskId, Pending> asks;
  AskId last_ask = 0;

  struct Format {
    Command command;
    AskId ask = 0;
    std::uint8_t progress = 0;
    Grid tell;
  };
  std::optional<Format> formatting;
  struct Formatted {
    Command command;
    Answer answer;
    base::SteadyTime at;
  };
  std::optional<Formatted> formatted;  // the last one

  struct List {
    Peer peer;
    std::size_t next = 0;
  };
  std::deque<List> lists;
  std::optional<base::SteadyTime> list_not_before;
  std::vector<ParameterValue> values;  // of description.parameters, as they are now

  Figures figures;
};

}  // namespace mavlink::camera
