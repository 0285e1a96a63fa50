// A camera in the packet dialect, step by step over a socket: the test decides what it sends and when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/dualcam/wire.hpp"
#include "tests/support/client_socket.hpp"
#include "tests/support/server_process.hpp"

namespace e2e {

// The `index`-th made-up device.
std::uint64_t imei(std::uint64_t index);

struct CameraFile {
  base::Bytes bytes;  // of no known format: every one of them is whole
  dualcam::FileClass file_class = dualcam::FileClass::photo_front;
  std::int64_t captured_ms = 0;
  std::uint8_t trigger = 0;  // on request of the server

  std::uint32_t packets() const noexcept;
};
// Different bytes and another time of capture for another seed.
CameraFile make_file(unsigned seed, std::size_t size = 20'000,
                     dualcam::FileClass file_class = dualcam::FileClass::photo_front);

struct Request {
  dualcam::Command command;
  base::Bytes body;
};

class WireCamera {
 public:
  struct Options {
    bool tls = false;
    std::string from = "127.0.0.1";
    std::string preface{};  // what a balancer says first, before TLS
  };
  WireCamera(const tests::ServerProcess& server, std::uint64_t imei) : WireCamera(server, imei, Options{}) {}
  WireCamera(const tests::ServerProcess& server, std::uint64_t imei, const Options& options);

  tests::ClientSocket& socket() noexcept { return socket_; }

  bool init(std::initializer_list<dualcam::FileClass> waiting);
  // INIT and answers to META REQ and FILE REQ, up to the RESUME: the packet it asks for.
  std::optional<std::uint32_t> offer(const CameraFile& file);
  // The same behind an INIT that was sent already.
  std::optional<std::uint32_t> answer_requests(const CameraFile& file);
  // The same behind a META REQ that was read already.
  std::optional<std::uint32_t> continue_from_meta(const CameraFile& file);
  // INIT and META of a file that is not asked for: CLOSE is what comes.
  bool declined(const CameraFile& file);
  // SYNC at packet `first`, 1-based, and the packets up to and with `last`.
  bool send_packets(const CameraFile& file, std::uint32_t first, std::uint32_t last);
  bool send_rest(const CameraFile& file, std::uint32_t first) { return send_packets(file, first, file.packets()); }
  // From INIT to the acknowledgement.
  bool upload(const CameraFile& file);

  std::optional<Request> next(std::chrono::milliseconds limit = tests::patience);
  bool acknowledged();   // INIT REPEAT is what comes next
  bool told_to_leave();  // CLOSE is what comes next
  bool ended() { return socket_.ended(); }

 private:
  bool send(const dualcam::Frame& frame) { return socket_.send(frame.view()); }

  std::uint64_t imei_;
  tests::ClientSocket socket_;
};

}  // namespace e2e
