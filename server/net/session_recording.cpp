#include "server/net/session_recording.hpp"

#include "server/net/recorded.hpp"

namespace net {

pcapng::Peers SessionRecording::peers() const {
  return {.device = recorded_endpoint(peer_), .server = recorded_endpoint<asio::ip::tcp>(stream_.local_endpoint())};
}

void SessionRecording::begin() {
  if (recorder_ != nullptr && recorder_->mode() != recorder::Mode::off)
    recording_ = recorder_->begin(kind_, name_, peers());
}

void SessionRecording::go_on(const base::Imei& imei, base::ByteView so_far) {
  if (recorder_ == nullptr) return;
  recording_ = recorder_->go_on(std::move(recording_), kind_, name_, [this] { return peers(); }, imei, so_far);
}

void SessionRecording::end(const std::string& reason) {
  if (!recording_) return;
  recording_->end(how_, reason);
  recording_.reset();
}

}  // namespace net
