#include "tests/bench/avl_senders.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <queue>
#include <stdexcept>

#include "server/avl/record.hpp"
#include "server/base/imei.hpp"

namespace bench {

namespace {
using std::chrono::milliseconds;
constexpr std::size_t answer_size = 4;
constexpr std::size_t counts_before = 2;  // codec, count
constexpr std::uint64_t first_body = 35630704244101;

base::Bytes payload(std::size_t records) {
  constexpr std::array<std::uint16_t, 5> one_byte{239, 240, 21, 200, 69};
  constexpr std::array<std::uint16_t, 3> two_bytes{181, 182, 66};
  std::vector<avl::OutgoingRecord> all(records);
  for (avl::OutgoingRecord& each : all) {
    each.record.latitude_e7 = 546'870'000;
    each.record.longitude_e7 = 252'790'000;
    each.record.satellites = 9;
    each.record.speed_kmh = 50;
    for (const std::uint16_t id : one_byte) each.elements.push_back(avl::element(id, 1, 1));
    for (const std::uint16_t id : two_bytes) each.elements.push_back(avl::element(id, 12'000, 2));
    each.elements.push_back(avl::element(16, 1'234'567, 4));
    each.elements.push_back(avl::element(78, 0x1122334455667788, 8));
  }
  return *avl::encode_records(avl::Codec::codec8e, all);
}

[[noreturn]] void broken(const char* what) {
  throw std::runtime_error(std::string("A link of the fleet broke: ") + what);
}
}  // namespace

double FleetResult::percentile(double part) const {
  if (answer_ms.empty()) return 0;
  return answer_ms[static_cast<std::size_t>(part * static_cast<double>(answer_ms.size() - 1))];
}

FrameMaker::FrameMaker(std::size_t records) : records_(records) {
  const base::Bytes bytes = payload(records);
  record_size_ = (bytes.size() - counts_before - 1) / records;
  avl::append_frame(bytes, frame_);
}

const base::Bytes& FrameMaker::at(std::int64_t begin_ms) {
  std::uint8_t* record = frame_.data() + avl::frame_head_size + counts_before;
  for (std::size_t n = 0; n < records_; ++n, record += record_size_)
    base::store_be(record, static_cast<std::uint64_t>(begin_ms) + n * 1000);
  const std::size_t size = frame_.size() - avl::frame_head_size - avl::frame_tail_size;
  const auto crc = avl::crc16_ibm(base::ByteView(frame_).subspan(avl::frame_head_size, size));
  base::store_be(frame_.data() + avl::frame_head_size + size, std::uint32_t{crc});
  return frame_;
}

Fleet::Fleet(std::uint16_t port, const FleetPlan& plan)
    : plan_(plan), frames_(plan.records_a_frame), links_(plan.links), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (std::size_t n = 0; n < links_.size(); ++n) {
    Link& link = links_[n];
    link.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(link.descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) broken("connect");
    const int on = 1;
    setsockopt(link.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    log_in(link, base::with_luhn_digit(first_body + n));
    epoll_event event{.events = EPOLLIN, .data = {.u64 = n}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, link.descriptor, &event);
  }
}

Fleet::~Fleet() {
  for (const Link& link : links_) ::close(link.descriptor);
  ::close(epoll_);
}

void Fleet::log_in(Link& link, std::uint64_t number) {
  const std::string login = std::string("\x00\x0f", 2) + base::Imei::from_number(number)->str();
  std::uint8_t answer = 0;
  if (::send(link.descriptor, login.data(), login.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(login.size()) ||
      ::recv(link.descriptor, &answer, 1, 0) != 1 || answer != 1)
    broken("login");
}

// Small against what the kernel takes at once.
void Fleet::send(Link& link) {
  const base::Bytes& frame = frames_.at(link.recorded_ms);
  link.recorded_ms += static_cast<std::int64_t>(plan_.records_a_frame) * 1000;
  link.answered = 0;
  if (::send(link.descriptor, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size()))
    broken("send");
}

bool Fleet::receive(Link& link) {
  std::array<std::uint8_t, answer_size> bytes{};
  const ssize_t size = ::recv(link.descriptor, bytes.data(), bytes.size() - link.answered, 0);
  if (size <= 0) broken("no answer");
  link.answered += static_cast<std::size_t>(size);
  return link.answered == answer_size;
}

FleetResult Fleet::run() {
  const Clock::time_point begin = Clock::now();
  const Clock::time_point end = begin + plan_.duration;
  const double frames_a_second = plan_.records_a_second / static_cast<double>(plan_.records_a_frame);
  const auto interval = plan_.records_a_second > 0
                            ? std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(static_cast<double>(links_.size()) / frames_a_second))
                            : Clock::duration::zero();
  // Who sends next; those that wait for an answer are not in it.
  const auto later = [this](std::size_t one, std::size_t other) { return links_[one].due > links_[other].due; };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> due(later);
  const std::int64_t now_ms =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (std::size_t n = 0; n < links_.size(); ++n) {
    links_[n].due = begin + interval * static_cast<std::int64_t>(n) / static_cast<std::int64_t>(links_.size());
    // Days ago, so that no record of the run is ahead of the clock.
    links_[n].recorded_ms = now_ms - std::chrono::milliseconds(std::chrono::days{20}).count();
    due.push(n);
  }
  std::array<epoll_event, 256> events{};
  std::size_t under_way = 0;
  for (Clock::time_point now = begin; now < end || under_way > 0; now = Clock::now()) {
    while (!due.empty() && now < end && links_[due.top()].due <= now) {
      send(links_[due.top()]);
      due.pop();
      ++under_way;
    }
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
    for (int n = 0; n < count; ++n) {
      const std::size_t number = events[static_cast<std::size_t>(n)].data.u64;
      Link& link = links_[number];
      if (!receive(link)) continue;
      --under_way;
      const Clock::time_point answered = Clock::now();
      if (answered <= end) result_.records += plan_.records_a_frame;
      result_.answer_ms.push_back(std::chrono::duration<float, std::milli>(answered - link.due).count());
      link.due = interval == Clock::duration::zero() ? answered : link.due + interval;
      if (link.due < answered) ++result_.late;
      due.push(number);
    }
  }
  result_.seconds = std::chrono::duration<double>(plan_.duration).count();
  std::ranges::sort(result_.answer_ms);
  return std::move(result_);
}

}  // namespace bench
