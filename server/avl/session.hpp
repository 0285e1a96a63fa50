// One tracker's link over TCP, sans-IO: bytes, time-outs and the driver's answers in, actions out. No socket, clock or
// file in here.
//
// The driver
//   · calls step() with what it has read, again and again, until it consumes nothing, and carries out the actions in
//     order before it reuses the buffer;
//   · keeps one deadline: Deadline replaces it, on_deadline() tells that it has passed;
//   · answers Identify with admit() or refuse(), Store with stored() or storage_failed(). step() consumes nothing until
//     then: a tracker waits for the answer to its records before it sends more, and deletes what is answered.
// A Session belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/avl/command.hpp"
#include "server/avl/framer.hpp"
#include "server/avl/record.hpp"
#include "server/base/imei.hpp"

namespace avl {

using Duration = std::chrono::milliseconds;

struct SessionOptions {
  Duration login_deadline = std::chrono::seconds{30};
  // A tracker that sends nothing for so long is gone: the longest interval of records that is usual on an open link is
  // five minutes, and mobile networks drop quiet connections before that.
  Duration idle_deadline = std::chrono::minutes{15};
  Duration store_deadline = std::chrono::seconds{60};  // for the driver's answer to Store
};
// Bad frames in a row on which a link is given up. A tracker repeats a frame that is not answered.
constexpr int max_bad_frames = 5;
// What a session keeps for its next frame. Trackers send a record or two at a time, unless they were out of reach; ten
// thousand links must not keep what the longest frame of each once took.
constexpr std::size_t max_kept_memory = 4 * 1024;

struct Send {
  base::Bytes bytes;
};
struct Deadline {
  Duration after;
};
struct Identify {
  base::Imei imei;
};  // → admit() / refuse()
// Every record of one frame, decoded and checked; at least one. → stored() / storage_failed()
struct Store {
  Codec codec;
  const Records* records;  // the session's; its bytes are in the driver's buffer: to be copied before that is reused
};
// A text that the tracker sent, asked or not: a reply, or a nack of Codec 14.
struct Reply {
  Message message;
};
enum class Severity : std::uint8_t { debug, info, warning };
struct Note {
  Severity severity;
  std::string text;
};
struct Close {
  std::string reason;
};  // the last action of a session

using Action = std::variant<Send, Deadline, Identify, Store, Reply, Note, Close>;
using Actions = std::vector<Action>;

class Session {
 public:
  explicit Session(const SessionOptions& options) : options_(&options) {}  // borrowed

  void start(Actions& out);
  // Consumes at most one unit from the front of `in`; returns how many bytes. Needs never more than a whole frame of
  // max_payload_size at once. A camera that calls here is told apart and said so in the reason of Close.
  std::size_t step(base::ByteView in, Actions& out);
  void on_deadline(Actions& out);
  void on_end(std::string_view how, Actions& out);

  void admit(Actions& out);
  void refuse(std::string_view reason, Actions& out);  // answers 00
  void stored(Actions& out);
  // Nothing is answered, and the link ends: the tracker keeps its records and comes again.
  void storage_failed(std::string_view reason, Actions& out);
  // False where the link cannot take it now (not admitted, or closed), or the command cannot be encoded. Records may be
  // waiting for their answer meanwhile: trackers take a command at any time.
  bool send_command(const Message& command, Actions& out);
  void shut_down(std::string_view reason, Actions& out);

  const std::optional<base::Imei>& imei() const noexcept { return imei_; }
  bool waits_for_driver() const noexcept;
  std::uint64_t records() const noexcept { return record_count_; }        // answered so far
  std::size_t kept_memory() const noexcept { return records_.memory(); }  // for the next frame

 private:
  enum class State : std::uint8_t { awaiting_login, awaiting_admission, open, storing, closed };
  std::size_t step_login(base::ByteView in, Actions& out);
  std::size_t step_open(base::ByteView in, Actions& out);
  std::size_t step_login_again(base::ByteView in, Actions& out);
  void on_first_frame(base::ByteView in, Actions& out);
  void on_records(const FrameView& frame, Actions& out);
  void on_message(const FrameView& frame, Actions& out);
  void good(Actions& out);
  void bad(std::string reason, Actions& out);
  void deny(std::string reason, Actions& out);  // answers 00
  void close(std::string reason, Actions& out);
  void wait_for(State state, Duration duration, Actions& out);

  const SessionOptions* options_;
  State state_ = State::awaiting_login;
  std::optional<base::Imei> imei_;
  Records records_;
  std::uint64_t record_count_ = 0;
  int bad_frames_ = 0;
};

constexpr std::size_t max_session_input = frame_head_size + max_payload_size + frame_tail_size;  // 64 KiB

}  // namespace avl
