#include "tests/bench/avl_receiver.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "server/avl/codec.hpp"
#include "server/base/bytes.hpp"

namespace bench {

namespace {
constexpr std::size_t login_size = 17;

void tell_port(int to, std::uint16_t port) {
  if (write(to, &port, sizeof port) != sizeof port) _exit(3);
}

// ---- The sink: what any receiver has to do, and nothing else.

struct SinkLink {
  base::Bytes bytes;
  bool greeted = false;
};

// The answers to what is there; false at nonsense.
void answer(int descriptor, SinkLink& link) {
  std::size_t used = 0;
  base::Bytes answers;
  while (true) {
    const base::ByteView left = base::ByteView(link.bytes).subspan(used);
    if (!link.greeted) {
      if (left.size() < login_size) break;
      used += login_size;
      link.greeted = true;
      answers.push_back(1);
      continue;
    }
    if (left.size() < avl::frame_head_size + 2) break;
    const std::size_t size =
        avl::frame_head_size + base::load_be<std::uint32_t>(left.data() + 4) + avl::frame_tail_size;
    if (left.size() < size) break;
    answers.insert(answers.end(), {0, 0, 0, left[avl::frame_head_size + 1]});
    used += size;
  }
  link.bytes.erase(link.bytes.begin(), link.bytes.begin() + static_cast<std::ptrdiff_t>(used));
  if (!answers.empty() && send(descriptor, answers.data(), answers.size(), MSG_NOSIGNAL) < 0) _exit(4);
}

[[noreturn]] void run_sink(int to) {
  constexpr int backlog = 4096;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener, backlog) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    _exit(5);
  const int epoll = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  tell_port(to, ntohs(address.sin_port));
  std::unordered_map<int, SinkLink> links;
  std::array<epoll_event, 256> events{};
  std::array<std::uint8_t, 16 * 1024> buffer{};
  while (true) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int n = 0; n < count; ++n) {
      const int descriptor = events[static_cast<std::size_t>(n)].data.fd;
      if (descriptor == listener) {
        event.data.fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (event.data.fd >= 0) epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      const ssize_t got = recv(descriptor, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        close(descriptor);
        links.erase(descriptor);
        continue;
      }
      SinkLink& link = links[descriptor];
      link.bytes.insert(link.bytes.end(), buffer.begin(), buffer.begin() + got);
      answer(descriptor, link);
    }
  }
}

// ---- The server.

tests::ServerStart server_in(const std::filesystem::path& folder) {
  constexpr const char* places = "20000";
  return {.data_dir = folder / "data",
          .flags = {"--threads", "1", "--transcode-jobs", "0", "--log-level", "error", "--max-trackers-per-ip", places,
                    "--max-connections", places, "--max-connections-per-ip", places},
          .log_file = {},
          .ignores_log = true};
}
}  // namespace

void run_on(unsigned core, bool others) {
  const unsigned cores = std::thread::hardware_concurrency();
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned n = 0; n < cores; ++n)
    if ((n == core) != others) CPU_SET(n, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::runtime_error("This needs two cores: one for the receiver, and one for its load.");
}

Receiver::Receiver(bool sink, const std::filesystem::path& folder) {
  if (!sink) {
    server_.emplace(server_in(folder));
    if (!server_->wait_ready()) throw std::runtime_error("dualcamd does not start.");
    process_ = server_->pid();
    port_ = server_->port("avl");
    return;
  }
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("There is no pipe.");
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    run_sink(ends[1]);
  }
  close(ends[1]);
  const bool told = read(ends[0], &port_, sizeof port_) == sizeof port_;
  close(ends[0]);
  if (!told) throw std::runtime_error("The receiver does not start.");
}

Receiver::~Receiver() {
  if (server_) return;  // ends it
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

ReceiverUse Receiver::use() const {
  constexpr double ns = 1e9;
  ReceiverUse use;
  std::map<std::string, double> by_name;
  for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process_))) {
    std::string name;
    double on_cpu = 0;
    std::getline(std::ifstream(thread.path() / "comm"), name);
    std::ifstream(thread.path() / "schedstat") >> on_cpu;
    by_name[name] += on_cpu / ns;
    use.seconds += on_cpu / ns;
  }
  use.by_threads = by_name;
  return use;
}

}  // namespace bench
