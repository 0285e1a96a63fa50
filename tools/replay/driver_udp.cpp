// A device that sends datagrams.
#include <array>
#include <utility>

#include "tools/replay/driver.hpp"

namespace replay {

namespace {
class UdpDriver final : public Driver, public std::enable_shared_from_this<UdpDriver> {
 public:
  UdpDriver(Run& run, asio::ip::udp::endpoint server, std::unique_ptr<Device> device, Done done)
      : run_(run),
        server_(std::move(server)),
        device_(std::move(device)),
        done_(std::move(done)),
        timer_(run.io),
        socket_(run.io) {}

  void start() override {
    std::error_code error;
    socket_.open(server_.protocol(), error);
    if (!error) socket_.connect(server_, error);
    if (error) {
      device_->connect_failed(run_.now(), error.message());
    } else {
      device_->connected(run_.now());
      receive();
    }
    pump();
  }
  const DeviceReport& report() const override { return device_->report(); }

 private:
  void pump() {
    while (!done_told_) {
      base::Bytes out;
      const Step step = device_->poll(run_.now(), out);
      if (step.kind == Step::Kind::done) {
        done_told_ = true;
        std::error_code ignored;
        timer_.cancel();
        socket_.close(ignored);
        return done_();
      }
      if (step.kind == Step::Kind::wait) return wait(step.until);
      std::error_code ignored;  // of an answer that was refused before: the device sends again what is not answered
      run_.sent_bytes += socket_.send(asio::buffer(out), 0, ignored);
    }
  }
  void wait(Time until) {
    if (until == sim::forever) return;
    timer_.expires_at(run_.epoch + until);
    timer_.async_wait([this, self = shared_from_this()](const std::error_code& error) {
      if (!error) pump();
    });
  }
  void receive() {
    socket_.async_receive(asio::buffer(input_),
                          [this, self = shared_from_this()](const std::error_code& error, std::size_t count) {
                            if (error == asio::error::operation_aborted || done_told_) return;
                            if (!error) {
                              device_->received(base::ByteView(input_).first(count), run_.now());
                              pump();
                            }
                            if (!done_told_) receive();
                          });
  }

  Run& run_;
  asio::ip::udp::endpoint server_;
  std::unique_ptr<Device> device_;
  Done done_;
  asio::steady_timer timer_;
  asio::ip::udp::socket socket_;
  std::array<std::uint8_t, 2048> input_{};  // answers have seven bytes
  bool done_told_ = false;
};
}  // namespace

std::shared_ptr<Driver> drive_udp(Run& run, const asio::ip::udp::endpoint& server, std::unique_ptr<Device> device,
                                  Done done) {
  return std::make_shared<UdpDriver>(run, server, std::move(device), std::move(done));
}

}  // namespace replay
