// One conversation over TCP against a session of the server, on a virtual clock. Internal to the offline replay.
#pragma once

#include <optional>
#include <string>

#include "tools/replay/offline.hpp"
#include "tools/replay/server_frames.hpp"

namespace replay::detail {

class OfflinePlay {
 public:
  OfflinePlay(Offline& offline, std::size_t index);
  virtual ~OfflinePlay() = default;
  OfflinePlay(const OfflinePlay&) = delete;
  OfflinePlay& operator=(const OfflinePlay&) = delete;

  OfflineResult run();

 protected:
  using Values = std::vector<std::pair<std::string_view, Value>>;

  // What a session is asked for; each carries out the actions that come of it.
  virtual void begin() = 0;
  virtual std::size_t step(base::ByteView in) = 0;  // bytes that were taken; actions that borrow from them are done
  virtual void time_out() = 0;
  virtual void end(const std::string& how) = 0;            // of the device, or of what is known of it
  virtual void server_said(const ServerFrame& frame) = 0;  // in the recording
  virtual void shut_down(const std::string& reason) = 0;   // as the recorded server did
  virtual std::string state() const = 0;

  void line(std::string_view action, Values values);
  void sent(base::ByteView bytes);
  void deadline(std::chrono::milliseconds after);
  void closed(const std::string& reason);
  bool is_closed() const noexcept { return closed_; }
  // The first frame that the recorded server sent behind what was taken in last; nothing: none, or its bytes are
  // missing.
  const ServerFrame* recorded_next() const;

  Offline& offline_;
  const captures::Conversation& conversation_;
  OfflineResult result_;

 private:
  void play();
  void take(const captures::Event& event);
  bool deadline_is_due(const captures::Event& event) const;
  void take_bytes(base::ByteView bytes);
  bool over() const noexcept { return closed_ || broken_off_ || offline_.stopped; }

  std::vector<ServerFrame> recorded_;
  std::size_t next_recorded_ = 0;  // not said yet
  std::size_t event_ = 0;
  captures::Time begun_{};
  captures::Time now_{};
  std::optional<captures::Time> deadline_;
  base::Bytes pending_;  // read, not yet taken by the session
  bool closed_ = false;
  bool broken_off_ = false;
};

}  // namespace replay::detail
