#include "tools/sim/tracker_driver.hpp"

#include <utility>

namespace sim {

namespace {
constexpr Time slow_connect{20'000'000};  // TCP and TLS handshake together
constexpr Time stuck_write{120'000'000};  // a server that reads nothing for so long has lost this tracker
}  // namespace

TrackerDriver::TrackerDriver(Loop& loop, FleetShared& shared, std::uint32_t slot, std::uint32_t index, Driver& camera)
    : loop_(loop),
      shared_(shared),
      slot_(slot),
      index_(index),
      camera_(camera),
      tracker_(tracker_options(shared.options, index), this) {}

void TrackerDriver::due() {
  armed_ = 0;
  const Time now = shared_.now();
  if (connecting_since_ && now - *connecting_since_ > slow_connect) refuse(asio::error::timed_out);
  if (writing_since_ && now - *writing_since_ > stuck_write) lost();
  pump();
}

void TrackerDriver::stop() {
  drop();
  finished_ = true;
}

void TrackerDriver::pump() {
  while (!finished_ && !writing_since_) {
    const Time now = shared_.now();
    const Step step = tracker_.poll(now, output());
    switch (step.kind) {
      case Step::Kind::send: break;
      case Step::Kind::wait:
        if (output().empty()) return arm(step.until);
        flush(now);
        break;
      case Step::Kind::connect: return connect();
      case Step::Kind::close:
        if (output().empty()) {
          drop();
          break;
        }
        close_after_write_ = true;
        flush(now);
        break;
      case Step::Kind::done: return finish();
    }
  }
}

void TrackerDriver::connect() {
  connecting_since_ = shared_.now();
  arm(*connecting_since_ + slow_connect + Wheel::tick);
  const AvlOptions& avl = *shared_.options.avl;
  link_ = std::make_shared<Link>(loop_.io, avl.tls ? &*shared_.tls : nullptr, avl.host);
  const auto source = source_address(shared_.options, shared_.avl_server, index_);
  link_->connect(shared_.avl_server, source, [this, link = link_](std::error_code error) {
    if (link != link_) return;
    connecting_since_.reset();
    if (error) {
      refuse(error);
    } else {
      tracker_.connected(shared_.now());
      read();
    }
    pump();
  });
}

void TrackerDriver::refuse(std::error_code error) {
  shared_.refused.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.connect_error = refusal_text(shared_.options.avl->host, shared_.options.avl->port, error);
  }
  drop();
  tracker_.connect_failed(shared_.now());
}

void TrackerDriver::read() {
  link_->read([this, link = link_](std::error_code error, std::size_t count) {
    if (link != link_) return;
    if (error) {
      lost();
      return pump();
    }
    tracker_.received(link->input(count), shared_.now());
    const std::uint32_t commands = tracker_.statistics().commands;
    shared_.commands.fetch_add(commands - std::exchange(commands_, commands), std::memory_order_relaxed);
    pump();
    if (link == link_) read();
  });
}

void TrackerDriver::flush(Time now) {
  writing_since_ = now;
  arm(now + stuck_write + Wheel::tick);
  shared_.wire_bytes.fetch_add(output().size(), std::memory_order_relaxed);
  link_->write([this, link = link_](std::error_code error, std::size_t) {
    if (link != link_) return;
    writing_since_.reset();
    link->output().clear();
    if (close_after_write_)
      drop();  // the tracker knows: it was its own wish
    else if (error)
      lost();
    pump();
  });
}

// The connection ended by another's doing.
void TrackerDriver::lost() {
  const bool own_wish = close_after_write_;
  drop();
  if (!own_wish) tracker_.closed(shared_.now());
}

void TrackerDriver::drop() {
  if (!link_) return;
  link_->close(false);
  link_.reset();
  scratch_.clear();
  connecting_since_.reset();
  writing_since_.reset();
  close_after_write_ = false;
}

void TrackerDriver::arm(Time at) {
  if (at == forever) return;
  if (armed_ != 0 && armed_ <= loop_.wheel.due_tick(at)) return;
  armed_ = loop_.wheel.add(slot_, at);
}

void TrackerDriver::finish() {
  drop();
  finished_ = true;
  camera_.dismiss();
}

void TrackerDriver::on_records_answered(std::uint32_t records, Time waited) {
  shared_.records.fetch_add(records, std::memory_order_relaxed);
  if (answer_times_.size() < most_answer_times) answer_times_.push_back(waited);
}

void TrackerDriver::add_to(CameraReport& report) const {
  report.tracker = tracker_.statistics();
  report.commands = tracker_.seen();
  report.records_left = tracker_.kept();
  report.answer_times = answer_times_;
}

}  // namespace sim
