// The driver of one camera session: moves bytes between the socket and dualcam::Session, carries out its actions, keeps
// its deadline. Lives on the thread of one core, holds no read buffer while nothing arrives, takes no lock per frame.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/dualcam/session.hpp"
#include "server/net/admission.hpp"
#include "server/net/capture_progress.hpp"
#include "server/net/deadline.hpp"
#include "server/net/devices.hpp"
#include "server/net/live_transfers.hpp"
#include "server/net/metrics.hpp"
#include "server/net/session_recording.hpp"
#include "server/net/storm_breaker.hpp"
#include "server/net/stream.hpp"
#include "server/net/transfer.hpp"
#include "storage/catalog/catalog.hpp"

namespace net {

// What is read at once. Must hold the most a session may need at a time.
constexpr std::size_t read_buffer_size = 64 * 1024;
static_assert(read_buffer_size >= dualcam::max_session_input);

// One thread of the server and what its connections share without locks.
struct Core {
  asio::io_context context{1};
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(read_buffer_size);
  dualcam::Actions actions;
};

struct ProgressRule {
  std::uint64_t bytes = 8 * 1024;  // the slowest links seen bring 180 KiB in that time
  std::chrono::milliseconds within{60'000};
};

// What connections share in a server. Outlives them; every member is thread-safe or constant.
struct CameraServices {
  dualcam::SessionOptions session;
  ProgressRule progress;
  std::string node;
  Admission& admission;
  Devices& devices;
  StormBreaker& storms;
  LiveTransfers& live;
  Metrics& metrics;
  TransferServices& transfers;
  storage::Catalog& catalog;
  storage::CapturePatience patience;
  base::WorkerPool& notes;                 // for the catalog, that nobody waits for
  recorder::Recorder* recorder = nullptr;  // null: nothing is recorded
};

class CameraConnection final : public TransferOwner, public std::enable_shared_from_this<CameraConnection> {
 public:
  struct Peer {
    std::string address;
    std::string endpoint;  // address:port
  };
  // On the connection's thread; the last thing it does. An unidentified peer never sent a good INIT.
  using Ended = std::function<void(std::uint64_t id, const std::string& reason)>;

  CameraConnection(std::uint64_t id, std::string session_name, Core& core, CameraServices& services, Stream stream,
                   Peer peer, Ended ended);
  ~CameraConnection() override;

  void start();
  // Ends at once, or with `when_idle` as soon as no file is under way. What is kept of a file stays kept.
  void stop(const std::string& reason, bool when_idle);

  bool identified() const noexcept { return session_.imei().has_value(); }
  const Peer& peer() const noexcept { return peer_; }
  Core& core() const noexcept { return core_; }

 private:
  void transfer_opened(const dualcam::KeptFile& kept) override;
  void transfer_writable() override;
  void transfer_stored(const storage::Media& media, bool duplicate) override;
  void transfer_not_whole(const std::string& defect) override;
  void transfer_failed(const std::string& reason) override;
  void transfer_superseded() override;

  // Bytes.
  void wait_readable();
  void wait_writable();
  void on_readable();
  bool consume(std::size_t& filled);
  std::span<std::uint8_t> space_behind(std::size_t filled) const;
  bool blocked() const;
  void on_deadline();
  void pump();
  void flush();
  void send(base::ByteView bytes);

  // Actions.
  template <class Call>
  void drive(Call&& call);
  void shut_down(const std::string& reason, bool polite);
  void carry_out();
  void perform(const dualcam::Send& action);
  void perform(const dualcam::Deadline& action);
  void perform(const dualcam::Identify& action);
  void perform(const dualcam::Decline& action);
  void perform(const dualcam::Open& action);
  void perform(const dualcam::Write& action);
  void perform(const dualcam::StartOver& action);
  void perform(const dualcam::Finish& action);
  void perform(const dualcam::Abandon& action);
  void perform(const dualcam::Note& action);
  void perform(const dualcam::Close& action);

  // Bookkeeping of the file under way: camera_connection_file.cpp.
  bool bookkeep(std::function<void()> job);  // false: left out
  void note_seen();
  void count_stored(const storage::Media& media, bool duplicate);
  void begin_live();
  void update_live();
  void end_file(std::string state, std::string reason, const storage::Media* media);
  void begin_capture();
  void record_end(const std::shared_ptr<const storage::Transfer>& record);
  void begin_progress_window();
  void check_progress();
  storage::Arrival arrival(std::uint64_t size) const;
  std::string imei_text() const;
  void end(const std::string& reason);

  const std::uint64_t id_;
  const std::string name_;
  Core& core_;
  CameraServices& services_;
  Stream stream_;
  const Peer peer_;
  Ended ended_;
  dualcam::Session session_;

  std::vector<std::uint8_t> carry_;     // read, not yet consumed
  std::vector<std::uint8_t> outgoing_;  // not yet taken by the socket
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool in_drive_ = false;
  bool ended_already_ = false;
  std::optional<std::string> stop_when_idle_;

  SessionRecording recording_;
  std::size_t in_buffer_ = 0;  // bytes at the front of the core's, while they are consumed

  LazyDeadline deadline_;
  LazyDeadline progress_deadline_;
  std::uint64_t progress_mark_ = 0;

  std::optional<dualcam::FileClass> opened_class_;  // the last one of which a file was opened
  std::shared_ptr<Transfer> transfer_;
  std::shared_ptr<LiveTransfer> live_;
  std::shared_ptr<CaptureProgress> capture_;  // where the file may be one that somebody asked for
  base::SteadyTime file_started_;
  base::SteadyTime last_data_;
  base::SteadyTime finish_started_;
  base::SteadyTime rate_mark_;
  std::uint64_t rate_received_ = 0;
  dualcam::FileCounters counted_;  // what the metrics have of the session's counters
};

}  // namespace net
