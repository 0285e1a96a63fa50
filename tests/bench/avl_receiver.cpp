#include "tests/bench/avl_receiver.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <unordered_map>

#include "server/avl/codec.hpp"
#include "server/base/bytes.hpp"
#include "server/base/log.hpp"
#include "server/net/avl_server.hpp"
#include "server/tracking/record_writer.hpp"
#include "storage/catalog/catalog.hpp"

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

[[noreturn]] void run_server(int to, const std::filesystem::path& folder) {
  base::log::configure({.level = base::log::Level::error});
  auto catalog = storage::open_catalog("sqlite:" + (folder / "catalog.db").string());
  if (!catalog || !(*catalog)->migrate()) {
    fmt::print(stderr, "The catalog cannot be opened.\n");
    _exit(6);
  }
  prometheus::Registry registry;
  tracking::RecordWriter writer((*catalog)->tracking(), registry);
  constexpr std::uint64_t links = 20'000;
  auto server = net::AvlServer::create(
      {.listen = {{.host = "127.0.0.1"}}, .admission = {.total = links, .per_ip = links}, .node = "bench"},
      {(*catalog)->tracking(), writer, {}, {}}, registry);
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message);
    _exit(7);
  }
  (*server)->start();
  tell_port(to, (*server)->listening()[0].port);
  while (true) pause();
}
}  // namespace

Receiver::Receiver(bool sink, const std::filesystem::path& folder) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("There is no pipe.");
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    if (sink) run_sink(ends[1]);
    run_server(ends[1], folder);
  }
  close(ends[1]);
  const bool told = read(ends[0], &port_, sizeof port_) == sizeof port_;
  close(ends[0]);
  if (!told) throw std::runtime_error("The receiver does not start.");
}

Receiver::~Receiver() {
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
