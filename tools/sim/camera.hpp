// One camera: the device side of the file transfer, SANS-IO. What happens to it goes in (connected, received, closed,
// time), and poll() says what it does next: bytes to send, how long to wait, close, connect.
//
// It behaves as real devices do, faults included (faults.hpp): it drops a file when 0009 comes and at no other time,
// goes on where SYNC says, still sends what was on its way when a RESUME arrives, and comes back when a connection
// ends. Times are virtual: microseconds since the start of the run. The same seed and the same inputs give the same
// outputs.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/files.hpp"

namespace sim {

using Time = std::chrono::microseconds;
constexpr Time forever = Time::max();

enum class Dialect : std::uint8_t {
  identifiers,  // protocol 5, "%photof": packets
  paths,        // protocol 5, ADAS and DSM path files: bytes
  enhanced,     // protocol 6, path files, ENHANCED DATA
};

struct CameraOptions {
  std::uint64_t imei = 0;
  Dialect dialect = Dialect::identifiers;
  int meta_version = 3;                // 1..4, identifiers only
  bool dsm = false;                    // paths only: DSM instead of ADAS
  std::uint32_t bytes_per_second = 0;  // of frames with file bytes; 0: as fast as the driver asks
  unsigned in_flight = 4;              // DATA still sent after a RESUME arrives in the middle of a file
  Time start_at{0};                    // first connect
  Time reconnect_delay{1'000'000};     // between two connections; half of it up to all of it, by dice
  Time longest_delay{10'000'000};      // refused connects double the delay up to this
  Time reply_delay{0};                 // between a request and its answer
  Time answer_timeout{60'000'000};     // without a word from the server the device closes and comes back
  Time shortest_stall{500'000};
  Time longest_stall{4'000'000};
  Time silence{2'000'000};  // fault "silent": from 0009 until the device closes
  bool on_call = false;     // never done before dismiss(): without a file it waits, offline, for add()
  std::uint64_t seed = 1;
};

struct CameraStatistics {
  std::uint32_t connects = 0;
  std::uint32_t failed_connects = 0;
  std::uint32_t acknowledged = 0;  // files
  std::uint32_t abandoned = 0;     // files, by the fault of that name
  std::uint32_t resumes = 0;       // RESUME received in the middle of a file
  std::uint32_t timeouts = 0;      // connections given up because the server said nothing
  std::uint64_t wire_bytes = 0;
  std::uint64_t file_bytes = 0;      // in DATA frames, repeated ones included
  std::uint64_t repeated_bytes = 0;  // of file_bytes: those sent before
  std::uint32_t violations = 0;      // the server broke the protocol; the last one in words:
  std::string violation;
};

// Told while poll() and the inputs run, on their thread.
class CameraObserver {
 public:
  virtual ~CameraObserver() = default;
  virtual void on_acknowledged(const FileSpec&) {}                       // 0009 after the last byte
  virtual void on_abandoned(const FileSpec&, std::uint32_t /*sent*/) {}  // bytes of it that had left the device
  // SYNC sent on a new connection for a file of which `sent` bytes had left the device before.
  virtual void on_resumed(const FileSpec&, std::uint32_t /*offset*/, std::uint32_t /*sent*/) {}
  virtual void on_fault(Fault) {}
};

struct Step {
  enum class Kind : std::uint8_t {
    send,     // bytes were appended to `out`; ask again
    wait,     // send what there is, then ask again at `until` or after the next input
    connect,  // open a connection and call connected() or connect_failed()
    close,    // send what there is, close the connection, ask again; `reset`: by RST
    done,     // nothing left to deliver; the connection is closed
  };
  Kind kind = Kind::wait;
  Time until = forever;
  bool reset = false;
};

class Camera {
 public:
  // `files`: what is on the card, oldest first. `observer` may be null and must outlive the camera.
  Camera(const CameraOptions& options, const FaultOptions& faults, std::shared_ptr<const FileMaker> maker,
         std::vector<FileSpec> files, CameraObserver* observer);
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  void connected(Time now);
  void connect_failed(Time now);
  void received(base::ByteView bytes, Time now);
  void closed(Time now);  // by the server or the network
  Step poll(Time now, base::Bytes& out);

  // A new capture on the card. A camera that is offline without one connects at `at`; any other says so in its next
  // INIT. Precondition: not done.
  void add(FileSpec spec, Time at);
  std::uint32_t take_number() noexcept { return next_number_++; }  // of a capture to be added
  void dismiss() noexcept;                                         // done when the card is empty

  bool wants_close() const noexcept { return closing_; }  // a write in progress need not be finished
  const CameraOptions& options() const noexcept { return options_; }
  const CameraStatistics& statistics() const noexcept { return statistics_; }
  const FaultCounts& faults() const noexcept { return faults_.counts(); }
  std::size_t files_left() const noexcept { return files_.size(); }
  std::vector<FileSpec> files() const;  // still on the card

 private:
  enum class Phase : std::uint8_t { offline, connecting, asked, started, sending, sent, silent, done };

  struct Stored {
    FileSpec spec;
    std::uint32_t sent = 0;   // bytes of it that ever left the device, counted from its beginning
    bool short_path = false;  // answers only to the first 7 bytes of its path
  };
  struct Reply {
    base::Bytes bytes;
    Time at;
  };
  struct PendingSync {
    std::uint32_t offset = 0;
    unsigned frames_before = 0;
  };

  // Requests of the server, one function each.
  std::size_t take_command(Time now);  // bytes used of inbox_, 0 when the frame is not complete
  void handle(dualcam::Command command, base::ByteView body, Time now);
  void on_init_repeat(Time now);
  void on_meta_request(base::ByteView name, Time now);
  void on_path_request(Time now);
  void on_file_request(base::ByteView name, Time now);
  void on_resume(std::uint32_t position, Time now);
  void on_status(std::uint32_t status);

  // Outputs.
  Step poll_offline(Time now);
  Step poll_online(Time now, base::Bytes& out);
  Step poll_data(Time now, base::Bytes& out);
  Step hang_up(Time now);
  void send_sync(base::Bytes& out);
  Step send_packet(Time now, base::Bytes& out);
  std::optional<Step> send_faulty(Time now, base::Bytes& frame, base::Bytes& out);
  Step cut_off(Time now, const base::Bytes& frame, base::Bytes& out);
  Step stall(Time now, const base::Bytes& frame, base::Bytes& out);
  Step split(Time now, const base::Bytes& frame, base::Bytes& out);
  Step send_tail(Time now, base::Bytes& out);
  base::Bytes next_frame();

  void reply(base::ByteView frame, Time now);
  void reply_init(Time now);
  void give_up(std::uint32_t status, Time now);  // STATUS, then close
  void go_offline(Time now, Time delay);
  void rest() noexcept;
  void abandon_unfinished();
  void forget_file() noexcept;
  void violated(std::string what);

  Stored* oldest(dualcam::FileClass file_class);
  Stored* find(base::ByteView name);
  bool in_packets() const noexcept { return options_.dialect == Dialect::identifiers; }
  bool happens(Fault fault);
  Time between(Time low, Time high);
  std::size_t inside(std::size_t size);  // 1 .. size-1, by dice

  CameraOptions options_;
  std::mt19937_64 random_;
  Faults faults_;
  std::shared_ptr<const FileMaker> maker_;
  CameraObserver* observer_;
  CameraStatistics statistics_;
  std::deque<Stored> files_;
  std::uint32_t next_number_ = 0;

  Phase phase_ = Phase::offline;
  bool closing_ = false;
  bool reset_ = false;
  Time wake_at_{0};      // offline: when to connect; silent: when to close
  Time deadline_{0};     // the server must have said something by then
  Time quiet_until_{0};  // a stall, or the pause between two segments
  Time next_data_at_{0};
  Time delay_{0};
  base::Bytes inbox_;
  std::deque<Reply> replies_;
  base::Bytes tail_;  // the rest of a frame that went out in part

  // The file being sent.
  Stored* file_ = nullptr;  // in files_
  std::shared_ptr<const Content> content_;
  std::uint32_t position_ = 0;  // byte offset of the next packet
  std::uint32_t synced_at_ = 0;
  std::uint16_t crc_ = 0;
  bool first_sync_ = true;    // of this file on this connection
  bool reached_end_ = false;  // the last byte went out on this connection: an acknowledgement may come
  unsigned joined_ = 0;       // frames that go out with the next one
  std::deque<PendingSync> syncs_;
};

}  // namespace sim
