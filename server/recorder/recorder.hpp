// Records sessions as pcapng files, on a thread of its own. Whoever has a connection tells what happens on it and never
// waits: what the disk does not take in time is left out, and the file says so. While nothing is recorded there is no
// Recording, and nothing is done. Thread-safe.
#pragma once

#include <prometheus/registry.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/base/threads.hpp"
#include "server/pcapng/conversation.hpp"
#include "server/recorder/options.hpp"
#include "server/recorder/shelf.hpp"

namespace recorder {

class Tape;
struct Queue;
struct Happening;

// One session over TCP: belongs to the thread of its connection. Ends with it.
class Recording {
 public:
  Recording(std::shared_ptr<Queue> queue, std::shared_ptr<Tape> tape);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void received(base::ByteView bytes);  // from the device, as they were read
  void sent(base::ByteView bytes);      // to the device, as they were written
  void say(std::string what);           // a decision, in words
  void identified(const base::Imei& imei);
  void failed();         // something went wrong: it is kept where failed ones are
  void keep(Mode mode);  // from now on known of the device; `off`: it is forgotten
  // The last call.
  void end(pcapng::TcpConversation::End how, std::string reason);

 private:
  void tell(Happening happening, bool must);
  std::shared_ptr<Queue> queue_;
  std::shared_ptr<Tape> tape_;
  std::uint64_t left_out_[2] = {0, 0};
  bool ended_ = false;
};

// What comes without a session: datagrams, links of the relay. Files begin anew now and then. Any thread.
class Channel {
 public:
  Channel(std::shared_ptr<Queue> queue, std::shared_ptr<Tape> tape);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // `said` may be empty.
  void received(const pcapng::Peers& peers, base::ByteView bytes, std::string said = {});
  void sent(const pcapng::Peers& peers, base::ByteView bytes, std::string said = {});
  void say(std::string what);

 private:
  void datagram(pcapng::Direction direction, const pcapng::Peers& peers, base::ByteView bytes, std::string said);
  void tell(Happening happening);
  std::shared_ptr<Queue> queue_;
  std::shared_ptr<Tape> tape_;
  std::atomic<std::uint64_t> left_out_ = 0;
};

class Recorder {
 public:
  // Errors: the key of the mask. What earlier starts have left is looked through on the recorder's thread.
  static base::Result<std::unique_ptr<Recorder>> open(Options options, prometheus::Registry& registry);
  // What was told before is written, if the disk takes it within seconds.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Of sessions whose device is not known yet. Null where none is recorded.
  std::unique_ptr<Recording> begin(Kind kind, std::string session, const pcapng::Peers& peers);
  // Of a device that is known by now: what was begun, or begun only now, as its policy says; null where it says off.
  // `so_far`: what has been read of it and told nobody, where it begins only now.
  std::unique_ptr<Recording> go_on(std::unique_ptr<Recording> begun, Kind kind, std::string session,
                                   const std::function<pcapng::Peers()>& peers, const base::Imei& imei,
                                   base::ByteView so_far);
  // Of what has no session: recorded under `all` alone. Null otherwise, unless a device's policy may want it.
  std::shared_ptr<Channel> channel(Kind kind, std::string name);

  Mode mode() const noexcept;
  Mode mode_for(const base::Imei& imei) const;
  // Those there are; the ones before no longer are. Does not block.
  void set_policies(const std::vector<Policy>& policies);

  const Options& options() const noexcept;
  Shelf& shelf() noexcept;
  // Waits until everything told before is in its file, `limit` at most. False: it is not.
  bool flush(std::chrono::milliseconds limit);

 private:
  struct State;
  explicit Recorder(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the thread, which may be left behind
  base::ThreadGroup thread_;
};

}  // namespace recorder
