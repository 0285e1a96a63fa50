// What a connection tells the recorder, where its session is recorded.
#include "server/net/camera_connection.hpp"
#include "server/net/recorded.hpp"

namespace net {

pcapng::Peers CameraConnection::recorded_peers() const {
  return {.device = recorded_endpoint(peer_.endpoint),
          .server = recorded_endpoint<asio::ip::tcp>(stream_.local_endpoint())};
}

void CameraConnection::begin_recording() {
  if (services_.recorder != nullptr && services_.recorder->mode() != recorder::Mode::off)
    recording_ = services_.recorder->begin(recorder::Kind::camera, name_, recorded_peers());
}

// Now it is known whose session it is. What was read of it is in the core's buffer still, where it begins only now.
void CameraConnection::go_on_recording(const base::Imei& imei) {
  if (services_.recorder == nullptr) return;
  recording_ = services_.recorder->go_on(
      std::move(recording_), recorder::Kind::camera, name_, [this] { return recorded_peers(); }, imei,
      base::ByteView(core_.buffer).first(in_buffer_));
}

void CameraConnection::record_failure() {
  if (recording_) recording_->failed();
}

void CameraConnection::end_recording(const std::string& reason) {
  if (!recording_) return;
  // Who never said who it is, and what a device complains of, is what one wants to look at.
  if (!session_.imei() || session_.last_status()) recording_->failed();
  recording_->end(recording_end_, reason);
  recording_.reset();
}

}  // namespace net
