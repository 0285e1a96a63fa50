// What a connection tells the recorder, where its session is recorded; where it is not, nothing is done. Belongs to the
// connection and its thread.
#pragma once

#include <memory>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/imei.hpp"
#include "server/net/stream.hpp"
#include "server/recorder/recorder.hpp"

namespace net {

class SessionRecording {
 public:
  // `recorder` may be null; it, `name`, `stream` and `peer` are the connection's and outlive this.
  SessionRecording(recorder::Recorder* recorder, recorder::Kind kind, const std::string& name, const Stream& stream,
                   const std::string& peer)
      : recorder_(recorder), kind_(kind), name_(name), stream_(stream), peer_(peer) {}

  void begin();
  // Now it is known whose session it is. `so_far`: what was read of it is told only now, where it begins only now.
  void go_on(const base::Imei& imei, base::ByteView so_far);
  void received(base::ByteView bytes) {
    if (recording_) recording_->received(bytes);
  }
  void sent(base::ByteView bytes) {
    if (recording_) recording_->sent(bytes);
  }
  // A decision. `words()` is asked for only where they are written.
  template <class Words>
  void say(Words&& words) {
    if (recording_) recording_->say(words());
  }
  void failed() {
    if (recording_) recording_->failed();
  }
  // Who ends the connection; the server, unless told.
  void ends_by(pcapng::TcpConversation::End how) noexcept { how_ = how; }
  void end(const std::string& reason);

 private:
  pcapng::Peers peers() const;

  recorder::Recorder* recorder_;
  recorder::Kind kind_;
  const std::string& name_;
  const Stream& stream_;
  const std::string& peer_;  // "address:port", the device's own
  std::unique_ptr<recorder::Recording> recording_;
  pcapng::TcpConversation::End how_ = pcapng::TcpConversation::End::by_server;
};

}  // namespace net
