#include "server/net/avl_datagrams.hpp"

#include <fmt/format.h>

#include "server/net/recorded.hpp"

namespace net {

using asio::ip::udp;

namespace {
// Before other sockets of the thread get their turn.
constexpr int datagrams_per_turn = 64;
// Beyond it they are dropped: each holds up to 64 KiB, and trackers send again what is not answered.
constexpr std::size_t max_under_way = 1024;
// Bursts of a fleet wait in the kernel while the thread is busy; 4 MiB are some thousand datagrams.
constexpr int receive_buffer = 4 << 20;

std::string text_of(const udp::endpoint& peer) {
  const std::string address = peer.address().to_string();
  return fmt::format(fmt::runtime(peer.address().is_v6() ? "[{}]:{}" : "{}:{}"), address, peer.port());
}
}  // namespace

AvlDatagrams::AvlDatagrams(AvlCore& core, AvlShared& shared, TurnedAway& turned_away)
    : core_(core), shared_(shared), turned_away_(turned_away), socket_(core.context) {}

base::Result<std::shared_ptr<AvlDatagrams>> AvlDatagrams::open(AvlCore& core, AvlShared& shared,
                                                               TurnedAway& turned_away, const std::string& host,
                                                               std::uint16_t port) {
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return base::fail(base::Errc::invalid,
                      fmt::format("{} is no IP address to receive on. Use 0.0.0.0 or [::] for all.", host));
  auto datagrams = std::make_shared<AvlDatagrams>(core, shared, turned_away);
  const udp::endpoint endpoint{address, port};
  udp::socket& socket = datagrams->socket_;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.bind(endpoint, error);
  if (!error) socket.non_blocking(true, error);
  if (error == asio::error::address_in_use)
    return base::fail(base::Errc::conflict,
                      fmt::format("Trackers cannot send datagrams to {}: another program receives there already. Stop "
                                  "it, or choose another address or port.",
                                  text_of(endpoint)));
  if (error) return base::fail_errno(error.value(), fmt::format("Cannot receive datagrams on {}", text_of(endpoint)));
  socket.set_option(asio::socket_base::receive_buffer_size(receive_buffer), error);  // as far as the system allows it
  return datagrams;
}

std::uint16_t AvlDatagrams::port() const {
  std::error_code ignored;
  return socket_.local_endpoint(ignored).port();
}

void AvlDatagrams::start() {
  receiving_ = true;
  if (shared_.recorder != nullptr)
    channel_ = shared_.recorder->channel(recorder::Kind::tracker, fmt::format("avl-udp:{}", port()));
  wait();
}

void AvlDatagrams::stop_receiving() {
  receiving_ = false;
  std::error_code ignored;
  socket_.cancel(ignored);
}

recorder::Channel* AvlDatagrams::recording(const base::Imei& imei) const {
  return channel_ && shared_.recorder->mode_for(imei) == recorder::Mode::all ? channel_.get() : nullptr;
}

pcapng::Peers AvlDatagrams::recorded_peers(const Endpoint& tracker) const {
  std::error_code ignored;
  return {.device = recorded_endpoint(tracker), .server = recorded_endpoint(socket_.local_endpoint(ignored))};
}

void AvlDatagrams::close() {
  channel_.reset();
  stop_receiving();
  std::error_code ignored;
  socket_.close(ignored);
}

void AvlDatagrams::wait() {
  socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](const std::error_code& error) {
    if (!error && self->receiving_) self->receive_some();
  });
}

void AvlDatagrams::receive_some() {
  for (int i = 0; i < datagrams_per_turn; ++i) {
    std::error_code error;
    Endpoint from;
    const std::size_t size = socket_.receive_from(asio::buffer(core_.buffer), from, 0, error);
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error) continue;  // of an answer before: its tracker is gone
    received(base::ByteView(core_.buffer).first(size), from);
  }
  wait();
}

void AvlDatagrams::received(base::ByteView bytes, const Endpoint& from) {
  const auto datagram = avl::decode_datagram(bytes);
  if (!datagram) {
    if (channel_ && shared_.recorder->mode() == recorder::Mode::all)
      channel_->received(recorded_peers(from), bytes, datagram.error().message);
    return bad(from, datagram.error().message);
  }
  if (auto* const recorded = recording(datagram->imei)) recorded->received(recorded_peers(from), bytes);
  if (const auto objection = shared_.devices.objection(datagram->imei)) {
    shared_.metrics.datagram(DatagramOutcome::refused);
    return turned_away_.as_stranger(from.address().to_string(), text_of(from), *objection);
  }
  const auto codec = datagram->payload.empty() ? std::nullopt : avl::parse_codec(datagram->payload[0]);
  if (!codec || !avl::carries_records(*codec))
    return bad(from, "a datagram without records: commands need the tracker's TCP link");
  if (under_way_ >= max_under_way) return shared_.metrics.datagram(DatagramOutcome::busy);
  if (const auto decoded = records_.decode(*codec, datagram->payload); !decoded)
    return bad(from, decoded.error().message);
  submit(*datagram, *codec, from);
}

void AvlDatagrams::submit(const avl::Datagram& datagram, avl::Codec codec, const Endpoint& from) {
  const auto count = static_cast<std::uint8_t>(records_.all().size());  // one byte in the payload, too
  auto answer = avl::acknowledge(datagram, count);
  ++under_way_;
  const Asked asked{datagram.imei, from, base::steady_now()};
  if (count == 0) return stored({}, answer, asked);
  // The next node that a balancer chooses may be another one: what is remembered of the device here may be old.
  shared_.writer.forget(datagram.imei);
  shared_.writer.submit(datagram.imei, codec, records_, base::utc_now(),
                        [weak = weak_from_this(), mailbox = core_.mailbox, answer = std::move(answer),
                         asked](base::Result<> outcome) mutable {
                          mailbox->post([weak, answer = std::move(answer), asked, outcome = std::move(outcome)] {
                            if (const auto self = weak.lock()) self->stored(outcome, answer, asked);
                          });
                        });
}

void AvlDatagrams::stored(const base::Result<>& outcome, const base::Bytes& answer, const Asked& asked) {
  --under_way_;
  auto* const recorded = recording(asked.imei);
  if (!outcome) {
    shared_.metrics.storage_errors.Increment();
    if (recorded) recorded->say("not answered: " + outcome.error().message);
    return shared_.metrics.datagram(DatagramOutcome::failed);
  }
  std::error_code ignored;  // an answer that is lost is asked for again
  socket_.send_to(asio::buffer(answer), asked.from, 0, ignored);
  if (recorded) recorded->sent(recorded_peers(asked.from), answer, fmt::format("{} records stored", answer.back()));
  shared_.metrics.datagram(DatagramOutcome::answered);
  shared_.metrics.records.Increment(answer.back());
  shared_.metrics.answer_seconds.Observe(std::chrono::duration<double>(base::steady_now() - asked.came).count());
}

void AvlDatagrams::bad(const Endpoint& from, const std::string& why) {
  shared_.metrics.datagram(DatagramOutcome::bad);
  turned_away_.as_stranger(from.address().to_string(), text_of(from), why);
}

}  // namespace net
