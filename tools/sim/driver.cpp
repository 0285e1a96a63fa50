#include "tools/sim/driver.hpp"

#include <fmt/format.h>

namespace sim {

namespace {
constexpr std::size_t batch_bytes = 32 * 1024;  // at full speed: one write per so many bytes
constexpr Time slow_connect{20'000'000};        // TCP and TLS handshake together
constexpr Time stuck_write{120'000'000};        // a server that reads nothing for so long has lost this camera
}  // namespace

Driver::Driver(Loop& loop, FleetShared& shared, std::uint32_t slot, std::uint32_t index)
    : loop_(loop),
      shared_(shared),
      slot_(slot),
      index_(index),
      camera_(camera_options(shared.options, index), shared.options.faults, shared.maker,
              plan_files(shared.options.plan, camera_options(shared.options, index), *shared.maker), this) {
  shared_.planned += static_cast<std::uint32_t>(camera_.files_left());
  for (const FileSpec& spec : camera_.files()) shared_.planned_bytes += shared_.maker->estimated_size(spec);
}

void Driver::due() {
  armed_ = 0;
  const Time now = shared_.now();
  if (connecting_since_ && now - *connecting_since_ > slow_connect) refuse(asio::error::timed_out);
  if (writing_since_ && now - *writing_since_ > stuck_write) lost();
  pump();
}

void Driver::stop() {
  drop(false);
  finished_ = true;
}

void Driver::bring(const CaptureOrder& order, Time at) {
  if (finished_) return;
  for (const bool rear : {false, true}) {
    if (!(rear ? order.rear : order.front)) continue;
    FileSpec spec = ordered_file(shared_.options.plan, camera_.options(), order,
                                 rear ? base::Camera::rear : base::Camera::front, camera_.take_number());
    shared_.planned.fetch_add(1, std::memory_order_relaxed);
    shared_.planned_bytes.fetch_add(shared_.maker->estimated_size(spec), std::memory_order_relaxed);
    camera_.add(std::move(spec), at);
  }
  pump();
}

void Driver::dismiss() {
  camera_.dismiss();
  pump();
}

void Driver::pump() {
  while (!finished_ && !writing_since_) {
    const Time now = shared_.now();
    const Step step = camera_.poll(now, output());
    switch (step.kind) {
      case Step::Kind::send:
        if (output().size() >= batch_bytes) flush(now);
        break;
      case Step::Kind::wait:
        if (!output().empty()) {
          flush(now);
          break;
        }
        return arm(step.until);
      case Step::Kind::connect: return connect();
      case Step::Kind::close:
        if (output().empty()) {
          drop(step.reset);
          break;
        }
        close_after_write_ = step.reset;
        flush(now);
        break;
      case Step::Kind::done: return finish();
    }
  }
  if (writing_since_ && camera_.wants_close() && !close_after_write_) {
    lost();
    pump();
  }
}

void Driver::connect() {
  connecting_since_ = shared_.now();
  arm(*connecting_since_ + slow_connect + Wheel::tick);
  link_ = std::make_shared<Link>(loop_.io, shared_.options.tls ? &*shared_.tls : nullptr, shared_.options.host);
  link_->connect(shared_.server, source_address(shared_.options, shared_.server, index_),
                 [this, link = link_](std::error_code error) {
                   if (link != link_) return;
                   if (error) {
                     refuse(error);
                     return pump();
                   }
                   connecting_since_.reset();
                   up_ = true;
                   shared_.connected.fetch_add(1, std::memory_order_relaxed);
                   camera_.connected(shared_.now());
                   read();
                   pump();
                 });
}

void Driver::refuse(std::error_code error) {
  shared_.refused.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.connect_error = refusal_text(shared_.options.host, shared_.options.port, error);
  }
  drop(false);
  camera_.connect_failed(shared_.now());
}

void Driver::read() {
  link_->read([this, link = link_](std::error_code error, std::size_t count) {
    if (link != link_) return;
    if (error) {
      lost();
      return pump();
    }
    camera_.received(link->input(count), shared_.now());
    pump();
    if (link == link_) read();
  });
}

void Driver::flush(Time now) {
  writing_since_ = now;
  const CameraStatistics& statistics = camera_.statistics();
  const std::uint64_t fresh = statistics.file_bytes - statistics.repeated_bytes;
  shared_.wire_bytes.fetch_add(output().size(), std::memory_order_relaxed);
  shared_.file_bytes.fetch_add(fresh - std::exchange(fresh_bytes_, fresh), std::memory_order_relaxed);
  arm(now + stuck_write + Wheel::tick);
  link_->write([this, link = link_](std::error_code error, std::size_t) {
    if (link != link_) return;
    writing_since_.reset();
    link->output().clear();
    if (close_after_write_)
      drop(*close_after_write_);  // the camera knows: it was its own wish
    else if (error)
      lost();
    pump();
  });
}

// The connection ended by another's doing.
void Driver::lost() {
  const bool own_wish = close_after_write_.has_value();
  drop(false);
  if (!own_wish) camera_.closed(shared_.now());
}

void Driver::drop(bool reset) {
  if (!link_) return;
  link_->close(reset);
  link_.reset();
  scratch_.clear();
  connecting_since_.reset();
  writing_since_.reset();
  close_after_write_.reset();
  if (std::exchange(up_, false)) shared_.connected.fetch_sub(1, std::memory_order_relaxed);
}

void Driver::arm(Time at) {
  if (at == forever) return;
  if (armed_ != 0 && armed_ <= loop_.wheel.due_tick(at)) return;
  armed_ = loop_.wheel.add(slot_, at);
}

void Driver::finish() {
  drop(false);
  finished_ = true;
  shared_.done.fetch_add(1, std::memory_order_relaxed);
  if (--loop_.active == 0) loop_.io.stop();
}

std::string refusal_text(const std::string& host, const std::string& port, std::error_code error) {
  return fmt::format("{}:{} refuses connections ({})", host, port, error.message());
}

asio::ip::address source_address(const FleetOptions& options, const asio::ip::tcp::endpoint& server,
                                 std::uint32_t index) {
  if (!options.spread_sources || !server.address().is_v4()) return {};
  constexpr std::uint32_t first = 0x7f010001;  // 127.1.0.1
  return asio::ip::address_v4(first + index);
}

// ---- What the camera tells

void Driver::on_acknowledged(const FileSpec& spec) {
  acknowledged_.push_back(spec);
  shared_.acknowledged.fetch_add(1, std::memory_order_relaxed);
  if (shared_.hooks.acknowledged) shared_.hooks.acknowledged(index_, spec);
}

void Driver::on_abandoned(const FileSpec& spec, std::uint32_t sent) {
  abandoned_.push_back(spec);
  shared_.planned_bytes.fetch_add(sent, std::memory_order_relaxed);  // they were sent, and so many more are to come
}

void Driver::on_resumed(const FileSpec& spec, std::uint32_t offset, std::uint32_t sent) {
  if (shared_.hooks.resumed) shared_.hooks.resumed(index_, spec, offset, sent);
}

CameraReport Driver::report() const {
  return {.imei = camera_.options().imei,
          .dialect = camera_.options().dialect,
          .statistics = camera_.statistics(),
          .faults = camera_.faults(),
          .acknowledged = acknowledged_,
          .abandoned = abandoned_,
          .left = camera_.files()};
}

}  // namespace sim
