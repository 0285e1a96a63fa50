// A device over TCP or TLS.
#include <utility>

#include "tools/replay/driver.hpp"

namespace replay {

namespace {
class TcpDriver final : public Driver, public std::enable_shared_from_this<TcpDriver> {
 public:
  TcpDriver(Run& run, asio::ip::tcp::endpoint server, std::string host, bool tls, std::unique_ptr<Device> device,
            Done done)
      : run_(run),
        server_(std::move(server)),
        host_(std::move(host)),
        tls_(tls),
        device_(std::move(device)),
        done_(std::move(done)),
        timer_(run.io) {}

  void start() override { pump(); }
  const DeviceReport& report() const override { return device_->report(); }

 private:
  enum class Close : std::uint8_t { no, orderly, reset };

  void pump();
  void connect();
  void connected(const std::error_code& error);
  void read();
  void flush();
  void lost();
  void drop(bool reset);
  void wake_at(Time at, void (TcpDriver::*call)());
  void too_slow_to_connect() { connected(asio::error::timed_out); }

  base::Bytes& output() { return link_ ? link_->output() : scratch_; }

  Run& run_;
  asio::ip::tcp::endpoint server_;
  std::string host_;
  bool tls_;
  std::unique_ptr<Device> device_;
  Done done_;
  asio::steady_timer timer_;
  std::shared_ptr<sim::Link> link_;  // null when offline; handlers of an older link find that theirs is not this one
  base::Bytes scratch_;
  bool connecting_ = false;
  bool writing_ = false;
  bool done_told_ = false;
  Close close_after_write_ = Close::no;
};

void TcpDriver::wake_at(Time at, void (TcpDriver::*call)()) {
  timer_.expires_at(run_.epoch + at);
  timer_.async_wait([this, self = shared_from_this(), call](const std::error_code& error) {
    if (!error) (this->*call)();
  });
}

void TcpDriver::pump() {
  while (!writing_ && !connecting_ && !done_told_) {
    const Step step = device_->poll(run_.now(), output());
    switch (step.kind) {
      case Step::Kind::send: break;
      case Step::Kind::wait:
        if (!output().empty()) return flush();
        if (step.until != sim::forever) wake_at(step.until, &TcpDriver::pump);
        return;
      case Step::Kind::connect: return connect();
      case Step::Kind::close:
        close_after_write_ = step.reset ? Close::reset : Close::orderly;
        if (!output().empty()) return flush();
        drop(step.reset);
        break;
      case Step::Kind::done:
        drop(false);
        done_told_ = true;
        timer_.cancel();
        return done_();
    }
    constexpr std::size_t one_write = 256 * 1024;
    if (output().size() >= one_write) return flush();
  }
}

void TcpDriver::connect() {
  connecting_ = true;
  wake_at(run_.now() + run_.pace.wait, &TcpDriver::too_slow_to_connect);
  link_ = std::make_shared<sim::Link>(run_.io, tls_ ? &*run_.tls : nullptr, host_);
  link_->connect(server_, {}, [this, self = shared_from_this(), link = link_](std::error_code error) {
    if (link == link_) connected(error);
  });
}

void TcpDriver::connected(const std::error_code& error) {
  connecting_ = false;
  timer_.cancel();
  if (error) {
    drop(false);
    device_->connect_failed(run_.now(), error.message());
  } else {
    device_->connected(run_.now());
    read();
  }
  pump();
}

void TcpDriver::read() {
  link_->read([this, self = shared_from_this(), link = link_](std::error_code error, std::size_t count) {
    if (link != link_) return;
    if (error) {
      lost();
      return pump();
    }
    device_->received(link->input(count), run_.now());
    if (!writing_) pump();
    if (link == link_) read();
  });
}

void TcpDriver::flush() {
  writing_ = true;
  wake_at(run_.now() + run_.pace.wait, &TcpDriver::lost);
  link_->write([this, self = shared_from_this(), link = link_](std::error_code error, std::size_t count) {
    run_.sent_bytes += count;
    if (link != link_) return;
    writing_ = false;
    timer_.cancel();
    link->output().clear();
    if (close_after_write_ != Close::no)
      drop(close_after_write_ == Close::reset);  // the device knows: it was its own wish
    else if (error)
      lost();
    pump();
  });
}

// The connection ended by another's doing, or nobody reads what is sent.
void TcpDriver::lost() {
  const bool own_wish = close_after_write_ != Close::no;
  const bool was_writing = writing_;
  drop(false);
  if (!own_wish) device_->closed(run_.now());
  if (was_writing) pump();
}

void TcpDriver::drop(bool reset) {
  if (!link_) return;
  timer_.cancel();
  link_->close(reset);
  link_.reset();
  scratch_.clear();
  writing_ = connecting_ = false;
  close_after_write_ = Close::no;
}
}  // namespace

std::shared_ptr<Driver> drive_tcp(Run& run, const asio::ip::tcp::endpoint& server, const std::string& host, bool tls,
                                  std::unique_ptr<Device> device, Done done) {
  return std::make_shared<TcpDriver>(run, server, host, tls, std::move(device), std::move(done));
}

}  // namespace replay
