#include "tests/bench/ingest_sink.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "server/dualcam/crc16.hpp"
#include "server/dualcam/framer.hpp"

namespace bench {

namespace {
constexpr std::size_t read_size = 64 * 1024;  // as dualcamd
constexpr int backlog = 4096;
constexpr int exit_on_error = 3;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Listens on `port`, or on a free one when it is 0; says which.
int listen_on(std::uint16_t& port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(descriptor, raw, size) != 0 || listen(descriptor, backlog) != 0 || getsockname(descriptor, raw, &size) != 0)
    fail("A listening socket for the sink");
  port = ntohs(address.sin_port);
  return descriptor;
}

// One thread's connections.
class Loop {
 public:
  Loop(SinkWork work, int listener, std::filesystem::path folder, Sink::Counters& counters)
      : work_(work), listener_(listener), folder_(std::move(folder)), counters_(counters) {}

  [[noreturn]] void run() {
    watch(listener_);
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int n = 0; n < count; ++n) handle(events[static_cast<std::size_t>(n)].data.fd);
    }
  }

 private:
  struct Connection {
    int file = -1;
    std::uint64_t written = 0;
    std::uint16_t crc = 0;
    base::Bytes carry;  // the beginning of a frame
  };

  void watch(int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void handle(int descriptor) {
    if (descriptor == listener_) return accept_all();
    Connection* connection = work_ == SinkWork::write ? &connections_[descriptor] : nullptr;
    std::size_t carried = 0;
    if (connection != nullptr) {
      std::ranges::copy(connection->carry, buffer_.begin());
      carried = connection->carry.size();
    }
    const ssize_t count = recv(descriptor, buffer_.data() + carried, buffer_.size() - carried, MSG_DONTWAIT);
    if (count <= 0) {
      if (count == 0 || errno != EAGAIN) close(descriptor);
      return;
    }
    counters_.bytes.fetch_add(static_cast<std::uint64_t>(count), std::memory_order_relaxed);
    counters_.reads.fetch_add(1, std::memory_order_relaxed);
    if (connection != nullptr) write(*connection, carried + static_cast<std::size_t>(count));
  }

  void accept_all() {
    for (int descriptor; (descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
      watch(descriptor);
      if (work_ != SinkWork::write) continue;
      const auto name = folder_ / (std::to_string(listener_) + "-" + std::to_string(descriptor));
      connections_[descriptor].file = open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    }
  }

  // The good frames in the first `filled` bytes of the buffer, with one system call for all of them.
  void write(Connection& connection, std::size_t filled) {
    base::ByteView rest(buffer_.data(), filled);
    payload_.clear();
    for (;;) {
      const auto [framing, frame] = dualcam::next_frame(rest);
      if (framing == dualcam::Framing::incomplete) break;
      const dualcam::DataView data = dualcam::data_of(frame);
      connection.crc = dualcam::crc16(connection.crc, data.bytes);
      if (framing == dualcam::Framing::lost || connection.crc != data.crc) _exit(exit_on_error);
      payload_.insert(payload_.end(), data.bytes.begin(), data.bytes.end());
      rest = rest.subspan(frame.size);
    }
    connection.carry.assign(rest.begin(), rest.end());
    const auto at = static_cast<off_t>(connection.written);
    if (pwrite(connection.file, payload_.data(), payload_.size(), at) != static_cast<ssize_t>(payload_.size()))
      _exit(exit_on_error);
    connection.written += payload_.size();
  }

  const SinkWork work_;
  const int listener_;
  const std::filesystem::path folder_;
  Sink::Counters& counters_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  base::Bytes buffer_ = base::Bytes(read_size);
  base::Bytes payload_;
  std::map<int, Connection> connections_;
};
}  // namespace

Sink::Sink(SinkWork work, unsigned threads, const std::filesystem::path& folder) {
  void* memory = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("Shared memory for the sink");
  counters_ = new (memory) Counters;
  std::vector<int> listeners;
  for (unsigned n = 0; n < threads; ++n) listeners.push_back(listen_on(port_));
  pid_ = fork();
  if (pid_ < 0) fail("A process for the sink");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::vector<std::thread> loops;
    for (const int listener : listeners)
      loops.emplace_back([&, listener] { Loop(work, listener, folder, *counters_).run(); });
    loops.front().join();  // never
  }
  for (const int listener : listeners) close(listener);
}

Sink::~Sink() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  munmap(counters_, sizeof(Counters));
}

}  // namespace bench
