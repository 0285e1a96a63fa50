// What a tracker's connection tells the recorder, where its session is recorded.
#include "server/net/avl_connection.hpp"
#include "server/net/recorded.hpp"

namespace net {

pcapng::Peers AvlConnection::recorded_peers() const {
  return {.device = recorded_endpoint(peer_.endpoint),
          .server = recorded_endpoint<asio::ip::tcp>(stream_.local_endpoint())};
}

void AvlConnection::begin_recording() {
  if (shared_.recorder != nullptr && shared_.recorder->mode() != recorder::Mode::off)
    recording_ = shared_.recorder->begin(recorder::Kind::tracker, name_, recorded_peers());
}

// Now it is known whose session it is. What was read of it is in the core's buffer still, where it begins only now.
void AvlConnection::go_on_recording(const base::Imei& imei) {
  if (shared_.recorder == nullptr) return;
  recording_ = shared_.recorder->go_on(
      std::move(recording_), recorder::Kind::tracker, name_, [this] { return recorded_peers(); }, imei,
      base::ByteView(core_.buffer).first(in_buffer_));
}

void AvlConnection::record_failure() {
  if (recording_) recording_->failed();
}

void AvlConnection::end_recording(const std::string& reason) {
  if (!recording_) return;
  // Who never said who it is, and what makes no sense, is what one wants to look at.
  if (!session_.imei() || session_.bad_frames() != 0) recording_->failed();
  recording_->end(recording_end_, reason);
  recording_.reset();
}

}  // namespace net
