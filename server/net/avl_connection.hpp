// The driver of one tracker's session: moves bytes between the socket and avl::Session, carries out its actions, keeps
// its deadline. Lives on one thread, and holds no read buffer while nothing arrives.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/session.hpp"
#include "server/net/admission.hpp"
#include "server/net/avl_link_notes.hpp"
#include "server/net/avl_links.hpp"
#include "server/net/avl_metrics.hpp"
#include "server/net/deadline.hpp"
#include "server/net/devices.hpp"
#include "server/net/mailbox.hpp"
#include "server/net/session_recording.hpp"
#include "server/net/stream.hpp"
#include "server/tracking/record_writer.hpp"

namespace net {

// What is read at once: a tracker has one frame under way, and most are far smaller.
constexpr std::size_t avl_read_size = 16 * 1024;

// One thread of the trackers' server and what its connections share without locks.
struct AvlCore {
  asio::io_context context{1};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(context);
  // The beginning of the longest frame, and what is read behind it.
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(avl::max_session_input + avl_read_size);
  avl::Actions actions;
};

// What connections share in a server. Outlives them; every member is thread-safe or constant.
struct AvlShared {
  // What a tracker said, asked or not. On an I/O thread: not to block.
  using Said = std::function<void(const base::Imei& imei, std::string_view text)>;

  avl::SessionOptions session;
  std::string node;
  Admission& admission;
  Devices& devices;
  AvlLinks& links;
  AvlLinkNotes& notes;
  AvlMetrics& metrics;
  tracking::RecordWriter& writer;
  Said said;
  recorder::Recorder* recorder = nullptr;  // null: nothing is recorded
};

class AvlConnection final : public std::enable_shared_from_this<AvlConnection> {
 public:
  struct Peer {
    std::string address;
    std::string endpoint;  // address:port
  };
  // On the connection's thread; the last thing it does. An unidentified peer never sent a good login.
  using Ended = std::function<void(std::uint64_t id, const std::string& reason)>;

  AvlConnection(std::uint64_t id, std::string session_name, AvlCore& core, AvlShared& shared, Stream stream, Peer peer,
                Ended ended);

  // All on the connection's thread.
  void start();
  // Ends at once, or with `when_answered` as soon as the records under way are.
  void stop(const std::string& reason, bool when_answered);
  void send_command(const std::string& text);

  bool identified() const noexcept { return session_.imei().has_value(); }
  const Peer& peer() const noexcept { return peer_; }

 private:
  // Bytes.
  void wait_readable();
  void wait_writable();
  void on_readable();
  bool consume(std::size_t& filled);
  void go_on();
  void send(base::ByteView bytes);
  void flush();

  // Actions.
  template <class Call>
  void drive(Call&& call);
  void carry_out();
  void perform(const avl::Send& action);
  void perform(const avl::Deadline& action);
  void perform(const avl::Identify& action);
  void perform(const avl::Store& action);
  void perform(const avl::Reply& action);
  void perform(const avl::Note& action);
  void perform(const avl::Close& action);
  void stored(const base::Result<>& outcome);
  void end(const std::string& reason);
  std::string imei_text() const;

  const std::uint64_t id_;
  const std::string name_;
  AvlCore& core_;
  AvlShared& shared_;
  Stream stream_;
  const Peer peer_;
  Ended ended_;
  avl::Session session_;

  std::vector<std::uint8_t> carry_;     // read, not yet consumed
  std::vector<std::uint8_t> outgoing_;  // not yet taken by the socket
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool in_drive_ = false;
  bool ended_already_ = false;
  std::optional<std::string> stop_when_answered_;
  SessionRecording recording_;
  std::size_t in_buffer_ = 0;  // bytes at the front of the core's, while they are consumed
  LazyDeadline deadline_;
  base::SteadyTime frame_came_;  // the one under way
  std::size_t frame_records_ = 0;
  std::uint64_t bad_frames_counted_ = 0;
};

}  // namespace net
